import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { serve } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIngest, WEBHOOK_PATH } from '../../src/app/ingest/ingest.ts';
import { ConfigError, TransientError } from '../../src/core/errors.ts';
import type { Doorbell } from '../../src/core/ports.ts';
import type { Store } from '../../src/core/store-ports.ts';
import { silentLog } from '../support/silent-log.ts';
import { webhookExamples } from '../support/webhook-examples.ts';
import { type Intake, SECRET, signedHeaders, startIntake } from './intake-parts.ts';

const BODY = JSON.stringify({
  action: 'created',
  repository: { full_name: 'acme/pantry' },
  installation: { id: 7 },
});
const quiet: Doorbell = { ring: async () => undefined };
let intake: Intake;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());

describe('the webhook route', () => {
  it('stores a signed delivery, answers 202, and rings for it once', async () => {
    const guid = randomUUID();
    const headers = await signedHeaders('star', BODY, guid);

    const first = await intake.post(BODY, headers);
    const second = await intake.post(BODY, headers);

    expect([first.status, await first.json()]).toEqual([202, { guid, state: 'received' }]);
    expect([second.status, await second.json()]).toEqual([202, { guid, state: 'known' }]);
    expect(intake.rung.filter(({ job }) => job.step === 'dispatch' && job.guid === guid)).toHaveLength(1);
    expect(await intake.store.deliveries.get(guid)).toMatchObject({
      event: 'star',
      action: 'created',
      installationId: 7,
      repository: 'acme/pantry',
      state: 'received',
      payload: JSON.parse(BODY),
    });
  });

  it.each([
    ['a wrong signature', 401, { 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` }],
    ['a signature of another length', 401, { 'x-hub-signature-256': 'sha256=00' }],
    ['no event', 400, { 'x-github-event': '' }],
    ['no GUID', 400, { 'x-github-delivery': '' }],
    ['a GUID that is none', 400, { 'x-github-delivery': 'a b' }],
    ['a form', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
    ['an announced length above 25 MB', 413, { 'content-length': String(25 * 1024 * 1024 + 1) }],
  ])('refuses %s with %i and leaves no row', async (_what, status, headers) => {
    const guid = randomUUID();

    const answer = await intake.post(BODY, { ...(await signedHeaders('star', BODY, guid)), ...headers });

    expect(answer.status).toBe(status);
    expect(await intake.store.deliveries.get(guid)).toBeNull();
  });

  it('refuses without a signature', async () => {
    const { 'x-hub-signature-256': _signature, ...headers } = await signedHeaders('star', BODY, randomUUID());

    expect((await intake.post(BODY, headers)).status).toBe(400);
  });

  it.each(['', 'not JSON', '[]', '"text"', 'null'])('refuses the signed body %j with 400', async (body) => {
    const guid = randomUUID();
    const headers = await signedHeaders('star', body || ' ', guid);

    expect((await intake.post(body, headers)).status).toBe(400);
    expect(await intake.store.deliveries.get(guid)).toBeNull();
  });

  it('takes what any of several secrets signed', async () => {
    const ingest = createIngest({
      secrets: ['the newest secret', SECRET],
      store: intake.store,
      doorbell: quiet,
      log: silentLog,
    });
    const headers = await signedHeaders('star', BODY, randomUUID());

    expect((await ingest.request(WEBHOOK_PATH, { method: 'POST', body: BODY, headers })).status).toBe(202);
  });

  it('stops to read a body that goes on above 25 MB, whatever was announced', async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024 * 1024;
        controller.enqueue(new Uint8Array(1024 * 1024));
      },
    });
    const headers = await signedHeaders('star', BODY, randomUUID());

    const answer = await intake.ingest.request(WEBHOOK_PATH, {
      method: 'POST',
      body,
      headers,
      duplex: 'half',
    } as RequestInit);

    expect(answer.status).toBe(413);
    expect(sent).toBeLessThan(60 * 1024 * 1024);
  });

  it('has large bodies share a room, and answers 503 to what does not fit', async () => {
    const piece = new Uint8Array(1024 * 1024);
    const sender = () => {
      const { readable, writable } = new TransformStream<Uint8Array>();
      return { body: readable, writer: writable.getWriter() };
    };
    const headers = await signedHeaders('star', BODY, randomUUID());
    const post = (body: ReadableStream) =>
      intake.ingest.request(WEBHOOK_PATH, { method: 'POST', body, headers, duplex: 'half' } as RequestInit);
    const [first, second, third] = [sender(), sender(), sender()];

    const answered = post(first.body);
    for (let sent = 0; sent < 20; sent += 1) await first.writer.write(piece);
    const refused = post(second.body);
    for (let sent = 0; sent < 13; sent += 1) void second.writer.write(piece).catch(() => {});
    expect((await refused).status).toBe(503);
    await first.writer.close();
    expect((await answered).status).toBe(401);
    const after = post(third.body);
    for (let sent = 0; sent < 20; sent += 1) await third.writer.write(piece);
    await third.writer.close();
    expect((await after).status).toBe(401);
  });

  it('gives a body up that does not arrive', async () => {
    const options = {
      secrets: [SECRET],
      store: intake.store,
      doorbell: quiet,
      log: silentLog,
      bodyTimeoutMs: 20,
    };
    const headers = await signedHeaders('star', BODY, randomUUID());
    const init = { method: 'POST', body: new ReadableStream<Uint8Array>({}), headers, duplex: 'half' };

    const answer = await createIngest(options).request(WEBHOOK_PATH, init as RequestInit);

    expect(answer.status).toBe(408);
  });

  it('gives a body up of which less arrives than a real client announced', async () => {
    const options = {
      secrets: [SECRET],
      store: intake.store,
      doorbell: quiet,
      log: silentLog,
      bodyTimeoutMs: 50,
    };
    const headers = { ...(await signedHeaders('star', BODY, randomUUID())), 'content-length': '100' };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = [`POST ${WEBHOOK_PATH} HTTP/1.1`, 'host: localhost', 'connection: close', ...lines].join(
      '\r\n',
    );
    const server = serve({ fetch: createIngest(options).fetch, port: 0, hostname: '127.0.0.1' });
    await once(server, 'listening');
    const address = server.address();
    const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1');

    socket.write(`${head}\r\n\r\n{"action":`);
    const [chunk] = await once(socket, 'data');

    expect(String(chunk)).toMatch(/^HTTP\/1\.1 408/);
    socket.destroy();
    server.close();
  });

  it('answers 503 when the store cannot take it, so that GitHub shows a failed delivery', async () => {
    const down: Pick<Store, 'deliveries'> = {
      deliveries: {
        ...intake.store.deliveries,
        add: () => Promise.reject(new TransientError('the database does not answer')),
      },
    };
    const ingest = createIngest({ secrets: [SECRET], store: down, doorbell: quiet, log: silentLog });
    const headers = await signedHeaders('star', BODY, randomUUID());

    expect((await ingest.request(WEBHOOK_PATH, { method: 'POST', body: BODY, headers })).status).toBe(503);
  });

  it('answers 503 in time when the database does not answer at all', async () => {
    const frozen: Pick<Store, 'deliveries'> = {
      deliveries: { ...intake.store.deliveries, add: () => new Promise(() => undefined) },
    };
    const options = { secrets: [SECRET], store: frozen, doorbell: quiet, log: silentLog, storeTimeoutMs: 20 };
    const headers = await signedHeaders('star', BODY, randomUUID());

    const answer = await createIngest(options).request(WEBHOOK_PATH, { method: 'POST', body: BODY, headers });

    expect(answer.status).toBe(503);
  });

  it.each([
    ['lists', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`],
    ['objects', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  ])('refuses for good what nests thousands of %s', async (_what, body) => {
    const guid = randomUUID();

    const answer = await intake.post(body, await signedHeaders('star', body, guid));

    expect([answer.status, await answer.json()]).toEqual([
      422,
      { error: 'the payload nests deeper than 100 levels: it is not taken' },
    ]);
    expect(await intake.store.deliveries.get(guid)).toBeNull();
  });

  it.each([
    ['lists', (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`],
    ['objects', (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
  ])('takes 100 levels of %s and not 101', async (_what, nested) => {
    const statuses = [];
    for (const levels of [100, 101]) {
      const body = nested(levels);
      statuses.push((await intake.post(body, await signedHeaders('star', body, randomUUID()))).status);
    }

    expect(statuses).toEqual([202, 422]);
  });

  it('counts no brackets within texts, and none that are closed', async () => {
    const marks = ['"[{', '\\"[{', '\\', '[{'.repeat(200)];
    const body = JSON.stringify({ marks, '"[{': marks, closed: Array(200).fill([{}]) });

    const answer = await intake.post(body, await signedHeaders('star', body, randomUUID()));

    expect(answer.status).toBe(202);
  });

  it.each([[[]], [['development']], [['short']], [['a good long secret', 'development']]])(
    'does not start with the secrets %j',
    (secrets) => {
      expect(() => createIngest({ secrets, store: intake.store, doorbell: quiet, log: silentLog })).toThrow(
        ConfigError,
      );
    },
  );
});

describe('every example payload that GitHub publishes', () => {
  it('is answered 202, stored, and decided with a reason', async () => {
    const undecided: string[] = [];
    for (const { event, payload } of webhookExamples) {
      const guid = await intake.deliver(event, payload);
      const delivery = await intake.store.deliveries.get(guid);
      const decided = delivery?.state === 'handled' && delivery.decisions.length > 0;
      const reasoned = delivery?.decisions.every(({ reason }) => reason.length > 10);
      if (!decided || !reasoned) undecided.push(`${event}.${delivery?.action}: ${delivery?.error}`);
    }

    expect(webhookExamples).toHaveLength(329);
    expect(undecided).toEqual([]);
  });

  it('is decided also when it comes from an installation', async () => {
    const undecided: string[] = [];
    for (const { event, payload } of webhookExamples) {
      const guid = await intake.deliver(event, { ...payload, installation: { id: 7 } });
      const delivery = await intake.store.deliveries.get(guid);
      if (delivery?.state !== 'handled') undecided.push(`${event}.${delivery?.action}: ${delivery?.error}`);
    }

    expect(undecided).toEqual([]);
  });
});
