/** One request to a deployment, over real servers on this machine. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ProbeRequest } from '../../src/core/ports.ts';
import { createProbe } from '../../src/orchestrator/probe.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  return `localhost:${await listen(server)}`;
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  closing.push(
    () =>
      new Promise((done) => {
        server.close(done);
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  );
  return (server.address() as AddressInfo).port;
}

const asking = (host: string, change: Partial<ProbeRequest> = {}): ProbeRequest => ({
  url: `http://${host}/`,
  method: 'GET',
  hosts: [host],
  timeoutSeconds: 5,
  signal: new AbortController().signal,
  ...change,
});
const probe = createProbe();

describe('a probe', () => {
  it('answers status and body, and sends nothing of ours along', async () => {
    const seen: unknown[] = [];
    const host = await serve(({ method, headers }, response) => {
      seen.push([method, headers.authorization, headers.cookie, headers.host, headers['user-agent']]);
      response.writeHead(201, { 'set-cookie': 'session=1' }).end('ready');
    });

    const answers = [await probe(asking(host)), await probe(asking(host, { method: 'HEAD' }))];

    expect(answers).toEqual([
      { kind: 'answered', status: 201, body: 'ready', cut: false },
      { kind: 'answered', status: 201, body: '', cut: false },
    ]);
    expect(seen).toEqual(
      ['GET', 'HEAD'].map((method) => [method, undefined, undefined, host, 'hypercode-crew-smoke']),
    );
  });

  it('follows redirects between listed hosts, five of them', async () => {
    const end = await serve((_, response) => response.end('there'));
    const host = await serve(({ url = '' }, response) => {
      const left = Number(url.slice(1));
      const location = left === 0 ? `http://${end}/` : `/${left - 1}`;
      response.writeHead(302, { location }).end();
    });
    const asked = { hosts: [host, end] };

    expect(await probe(asking(host, { ...asked, url: `http://${host}/4` }))).toMatchObject({ body: 'there' });
    expect(await probe(asking(host, { ...asked, url: `http://${host}/5` }))).toEqual({
      kind: 'refused',
      why: 'It redirects more than 5 times.',
    });
  });

  it.each([
    [
      'http://evil.example/',
      'It redirects to evil.example, which is not among the hosts that the gate lists.',
    ],
    ['//evil.example/x', 'It redirects to evil.example, which is not among the hosts that the gate lists.'],
    [
      'http://169.254.169.254/',
      'It redirects to 169.254.169.254, which is not among the hosts that the gate lists.',
    ],
    ['file:///etc/passwd', 'It redirects to something that is no http or https URL without credentials.'],
  ])('follows none to %s', async (location, why) => {
    const host = await serve((_, response) => response.writeHead(301, { location }).end());

    expect(await probe(asking(host))).toEqual({ kind: 'refused', why });
  });

  it('shows a redirect without a place as the answer that it is', async () => {
    const host = await serve((_, response) => response.writeHead(302).end('where?'));

    expect(await probe(asking(host))).toEqual({ kind: 'answered', status: 302, body: 'where?', cut: false });
  });

  it('asks no host that is not listed', async () => {
    let asked = 0;
    const host = await serve((_, response) => {
      asked += 1;
      response.end();
    });

    const answer = await probe(asking(host, { hosts: ['staging.example.com'] }));

    expect(answer).toMatchObject({ kind: 'refused' });
    expect(asked).toBe(0);
  });

  it.each([
    ['169.254.169.254', 'a cloud'],
    ['127.0.0.1', "the crew's own machine"],
  ])('refuses a public name that leads to %s', async (address, what) => {
    const rebinding = createProbe({
      resolve: async () => [
        { address: '93.184.216.34', family: 4 },
        { address, family: 4 },
      ],
    });

    const answer = await rebinding(asking('staging.example.com'));

    expect(answer).toMatchObject({ kind: 'refused', why: expect.stringContaining(what) });
  });

  it('connects to the address that it looked at, whatever the name leads to afterwards', async () => {
    const server = createServer((_, response) => response.end('v4'));
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    closing.push(() => new Promise((done) => server.close(done)));
    const host = `app.localhost:${(server.address() as AddressInfo).port}`;
    const answers = ['127.0.0.1', '169.254.169.254'];
    const rebinding = createProbe({ resolve: async () => [{ address: answers.shift() ?? '', family: 4 }] });

    expect(await rebinding(asking(host))).toMatchObject({ kind: 'answered', body: 'v4' });
    expect(answers).toEqual(['169.254.169.254']);
  });

  it('reads a large answer up to its limit', async () => {
    const host = await serve((_, response) => {
      response.write('x'.repeat(999_990));
      response.end('ready'.repeat(1_000));
    });

    const answer = await probe(asking(host));

    expect(answer).toMatchObject({ kind: 'answered', cut: true });
    expect(answer.kind === 'answered' && answer.body.length).toBe(1_000_000);
  });

  it('waits no longer than it is told for an answer, nor for its end', async () => {
    const silent = await serve(() => {});
    const slow = await serve((_, response) => void response.write('begun'));

    const answers = await Promise.all(
      [silent, slow].map((host) => probe(asking(host, { timeoutSeconds: 0.2 }))),
    );

    const why = 'No answer came within 0.2 s.';
    expect(answers).toEqual([
      { kind: 'unreachable', why },
      { kind: 'unreachable', why },
    ]);
  });

  it('says what kept it from an answer', async () => {
    const reset = await serve(({ socket }) => void socket.destroy());
    const half = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.destroy());
    });
    const garbage = createTcpServer((socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n'));
    const odd = `localhost:${await listen(garbage)}`;
    const nobody = createProbe({ resolve: () => Promise.reject(new Error('getaddrinfo ENOTFOUND nowhere')) });

    const answers = [
      await probe(asking(reset)),
      await probe(asking(half)),
      await probe(asking(odd)),
      await nobody(asking('nowhere.example')),
    ];

    expect(answers.map(({ kind }) => kind)).toEqual(new Array(4).fill('unreachable'));
    expect(answers.map((answer) => 'why' in answer && answer.why)).toEqual(
      new Array(4).fill(expect.stringMatching(/^It could not be reached: \S/)),
    );
  });

  it('ends at once when it is told to, by throwing', async () => {
    const host = await serve(() => {});
    const stop = new AbortController();
    const asked = probe(asking(host, { signal: stop.signal }));

    stop.abort(new Error('stopped by mona'));

    await expect(asked).rejects.toThrow('stopped by mona');
  });
});
