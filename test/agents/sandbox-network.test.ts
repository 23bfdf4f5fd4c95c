// Commands that may reach some hosts, really run, on an internet of the test's own.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/agents/sandbox/sandbox.ts';
import { BUBBLEWRAP_MISSING, hasBubblewrap } from '../support/bubblewrap.ts';
import { internetArgs } from '../support/internet.ts';

const LIMITS = { timeoutMs: 60_000, outputLimitBytes: 50_000 };
const PUBLIC = '203.0.113.5';
/** Where nobody may be led. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  'loopback.example.net': '127.0.0.1',
  'any.example.net': '0.0.0.0',
  'loopback6.example.net': '::1',
  'mapped.example.net': '::ffff:127.0.0.1',
  'metadata.example.net': '169.254.169.254',
  'metadata6.example.net': 'fd00:ec2::254',
  'translated.example.net': '64:ff9b::a9fe:a9fe',
  'private10.example.net': '10.0.0.7',
  'private172.example.net': '172.16.3.4',
  'private192.example.net': '192.168.1.1',
  'shared.example.net': '100.64.0.9',
  'local6.example.net': 'fd12:3456::1',
  'link6.example.net': 'fe80::1',
};

let root = '';
let cwd = '';
let registry: Served;
let trap: Served;
let sandbox: Sandbox;

interface Served {
  readonly port: number;
  readonly asked: string[];
  readonly files: Map<string, Buffer>;
  readonly server: Server;
}

async function serve(): Promise<Served> {
  const asked: string[] = [];
  const files = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.headers.host}${request.url}`);
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200).end(file ?? 'not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, asked, files, server };
}

describe.skipIf(!hasBubblewrap)(`a command that may reach hosts${BUBBLEWRAP_MISSING}`, () => {
  beforeAll(async () => {
    root = await realpath(await mkdtemp(join(tmpdir(), 'sandbox-network-')));
    [registry, trap] = [await serve(), await serve()];
    const forbidden = Object.entries(FORBIDDEN);
    sandbox = await createSandbox({
      mode: 'on',
      path: process.env.PATH ?? '',
      networkAllow: ['registry.example.org', '*.example.net', 'turns.example.com'],
      networkNodeArgs: internetArgs({
        names: {
          'registry.example.org': [[PUBLIC]],
          'public.example.net': [[PUBLIC]],
          'turns.example.com': [[PUBLIC], ['127.0.0.1']],
          'both.example.net': [['127.0.0.1', PUBLIC]],
          'elsewhere.example.com': [[PUBLIC]],
          ...Object.fromEntries(forbidden.map(([name, address]) => [name, [[address]]])),
        },
        machines: {
          [PUBLIC]: registry.port,
          ...Object.fromEntries(forbidden.map(([, address]) => [address, trap.port])),
        },
      }),
    });
  });
  beforeEach(async () => {
    cwd = await mkdtemp(join(root, 'work-'));
    registry.asked.length = 0;
  });
  afterAll(async () => {
    registry?.server.close();
    trap?.server.close();
    await rm(root, { recursive: true, force: true });
  });

  const spawn = (command: string, hosts: readonly string[]) =>
    sandbox.spawn(command, { cwd, hosts, ...LIMITS });
  const get = (url: string, more = '') =>
    `curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' ${more} ${url} 2>&1 || true`;

  test('reaches those, and no others', async () => {
    const asks = [
      'http://registry.example.org/a',
      'http://public.example.net/b',
      'http://elsewhere.example.com/c',
    ];

    const { output } = await spawn(asks.map((url) => get(url)).join('; '), [
      'registry.example.org',
      '*.example.net',
      'elsewhere.example.com',
    ]);

    expect(output.match(/\d{3}$/gm)).toEqual(['404', '404', '403']);
    expect(registry.asked).toEqual(['GET registry.example.org/a', 'GET public.example.net/b']);
  });

  test('is refused with what to do instead when its quotes make it too long', async () => {
    await expect(spawn(`: ${"'".repeat(15_000)}`, ['registry.example.org'])).rejects.toThrow(
      'put it into a file',
    );
  });

  test('reaches none but on the ports of HTTP and HTTPS, and none past the proxy', async () => {
    const asks = [
      get('http://registry.example.org:22/'),
      get('http://registry.example.org/', "--noproxy '*'"),
      get(`http://${PUBLIC}/`),
      get(`http://127.0.0.1:${registry.port}/`, "--noproxy ''"),
      get(`http://127.0.0.1:${registry.port}/`),
    ];

    const { output } = await spawn(asks.join('; '), ['registry.example.org']);

    expect(output).not.toMatch(/^[1-3]\d\d$|404/m);
    expect(registry.asked).toEqual([]);
  });

  test('is led by no name to this machine, to a private network or to where clouds keep credentials', async () => {
    const names = Object.keys(FORBIDDEN);
    const asks = [...names, 'both.example.net'].map((name) => get(`http://${name}/`));

    const { output } = await spawn(asks.join('; '), ['*.example.net']);

    // Of a name with two addresses, the one that may be asked is.
    expect(output.match(/\d{3}$/gm)?.slice(-1)).toEqual(['404']);
    expect(trap.asked).toEqual([]);
    expect(registry.asked).toEqual(['GET both.example.net/']);
  });

  test('gains nothing by a name that leads elsewhere the next time', async () => {
    const { output } = await spawn(
      `${get('http://turns.example.com/1')}; ${get('http://turns.example.com/2')}`,
      ['turns.example.com'],
    );

    expect(output).toMatch(/^404\n/);
    expect(registry.asked).toEqual(['GET turns.example.com/1']);
    expect(trap.asked).toEqual([]);
  });

  test('tells another command nothing that helps it', async () => {
    const first = spawn('env > proxies; while [ ! -e done ]; do sleep 0.05; done', ['registry.example.org']);
    const dir = cwd;
    await vi.waitFor(
      () => expect(readFileSync(join(dir, 'proxies'), 'utf8')).toContain('HTTP_PROXY='),
      20_000,
    );
    const proxy = /^HTTP_PROXY=(.*)$/m.exec(readFileSync(join(dir, 'proxies'), 'utf8'))?.[1] ?? '';
    cwd = await mkdtemp(join(root, 'work-'));

    const unlisted = await spawn(get('http://registry.example.org/', `-x '${proxy}'`), []);
    const other = await spawn(get('http://registry.example.org/', `-x '${proxy}'`), ['*.example.net']);
    await writeFile(join(dir, 'done'), '');
    await first;

    expect(proxy).toMatch(/^http:\/\/srt.*:[0-9a-f]{32}@localhost:/);
    expect([unlisted.output, other.output].join('')).not.toContain('404');
    expect(registry.asked).toEqual([]);
  });

  test('installs dependencies from a registry', { timeout: 60_000 }, async () => {
    const tarball = gzipSync(tarOf('package/package.json', '{"name":"thing","version":"1.0.0"}'));
    registry.files.set('/thing/-/thing-1.0.0.tgz', tarball);
    const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
    const resolved = 'http://registry.example.org/thing/-/thing-1.0.0.tgz';
    const own = { name: 'app', version: '1.0.0', dependencies: { thing: '1.0.0' } };
    const packages = { '': own, 'node_modules/thing': { version: '1.0.0', resolved, integrity } };
    await writeFile(join(cwd, 'package.json'), JSON.stringify(own));
    await writeFile(join(cwd, 'package-lock.json'), JSON.stringify({ ...own, lockfileVersion: 3, packages }));

    const { exitCode, output } = await spawn(
      'npm ci --registry http://registry.example.org --no-audit --no-fund',
      ['registry.example.org'],
    );

    expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
    expect(existsSync(join(cwd, 'node_modules/thing/package.json'))).toBe(true);
  });
});

/** A tar archive of one file. */
function tarOf(name: string, content: string): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(`${octal(0o644, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100);
  header.write(`${octal(content.length, 11)}\0${octal(0, 11)}\0        0`, 124);
  header.write('ustar\x0000', 257);
  header.write(
    `${octal(
      [...header].reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    148,
  );
  const padding = Buffer.alloc((512 - (content.length % 512)) % 512);
  return Buffer.concat([header, Buffer.from(content), padding, Buffer.alloc(1024)]);
}
