import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterEach, expect, test, vi } from 'vitest';
import { findBinaries } from '../../src/store/embedded/binaries.ts';
import { processIdentity } from '../../src/store/embedded/processes.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { silentLog } from '../support/silent-log.ts';

// Making a data directory flushes a thousand files: seconds on a busy disk.
vi.setConfig({ testTimeout: 120_000 });

const isRoot = process.getuid?.() === 0;
const started: EmbeddedPostgres[] = [];
const made: string[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.remove()));
  await Promise.all(made.splice(0).map((dir) => rm(dir, { recursive: true, force: true })));
});

async function newDir(parent = tmpdir()): Promise<string> {
  const dir = await mkdtemp(join(parent, 'crew-pg-'));
  made.push(dir);
  return join(dir, 'postgres');
}

async function open(): Promise<string> {
  const dir = await newDir();
  await chmod(join(dir, '..'), 0o755);
  return dir;
}

async function start(dir: string, options: { readonly stuckAfterMs?: number; readonly port?: number } = {}) {
  const server = await startEmbeddedPostgres({ dir, log: silentLog, ...options });
  started.push(server);
  return server;
}

async function query(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const answers = [await client.query<Record<string, unknown>>(text)].flat();
    return answers.at(-1)?.rows ?? [];
  } finally {
    await client.end();
  }
}

async function serverPid(url: string): Promise<number> {
  const [row] = await query(url, `select pg_read_file('postmaster.pid') as text`);
  return Number(String(row?.text).split('\n')[0]);
}

/** Another process of the crew, which holds the server until it is killed. */
async function startElsewhere(dir: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'embedded-postgres-process.ts'), dir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = Promise.withResolvers<string>();
  createInterface({ input: child.stdout }).once('line', line.resolve);
  child.once('exit', (code) => line.reject(new Error(`ended with ${code}`)));
  return { child, url: await line.promise };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = Promise.withResolvers<void>();
  child.once('exit', () => ended.resolve());
  child.kill('SIGKILL');
  await ended.promise;
}

test('a server is durable, private and UTF-8, keeps its data, and comes back under the same URL', async () => {
  const dir = await open();
  const first = await start(dir);
  await query(first.url, 'create table kept (n int); insert into kept values (42)');
  const settings = await query(
    first.url,
    `select current_setting('fsync') as fsync, current_setting('server_encoding') as encoding,
            current_setting('listen_addresses') as addresses, current_setting('password_encryption') as password`,
  );
  await first.stop();

  const second = await start(dir);

  expect(settings).toEqual([
    { fsync: 'on', encoding: 'UTF8', addresses: '127.0.0.1', password: 'scram-sha-256' },
  ]);
  expect(second.url).toBe(first.url);
  expect(await query(second.url, 'select n from kept')).toEqual([{ n: 42 }]);
  expect((await stat(join(dir, 'password'))).mode & 0o777).toBe(0o600);
  const stranger = first.url.replace(/:[^:@]+@/, ':wrong@');
  await expect(query(stranger, 'select 1')).rejects.toThrow(/password authentication failed/);
});

test('two starts at once share one server, which the one that started it stops', async () => {
  const dir = await open();

  const servers = await Promise.all([startElsewhere(dir), startElsewhere(dir), startElsewhere(dir)]);
  const urls = new Set(servers.map((server) => server.url));
  const pid = await serverPid(servers[0].url);
  const guest = await start(dir);
  await guest.stop();

  expect(urls).toEqual(new Set([guest.url]));
  expect(await serverPid(guest.url)).toBe(pid);
  await Promise.all(servers.map((server) => kill(server.child)));
});

test('the server of a process that was killed is taken over, and stopped by whoever took it over', async () => {
  const dir = await open();
  const { child, url } = await startElsewhere(dir);
  const pid = await serverPid(url);
  await kill(child);

  const heir = await start(dir);
  const samePid = await serverPid(heir.url);
  await heir.stop();

  expect(heir.url).toBe(url);
  expect(samePid).toBe(pid);
  expect(await processIdentity(pid)).toBeNull();
});

test('a server that does not answer is ended and started anew', async () => {
  const dir = await open();
  const { child, url } = await startElsewhere(dir);
  const pid = await serverPid(url);
  await kill(child);
  process.kill(pid, 'SIGSTOP');

  const server = await start(dir, { stuckAfterMs: 100 });

  expect(await processIdentity(pid)).toBeNull();
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a pid file that names a process of another program does not stand in the way', async () => {
  const dir = await open();
  const first = await start(dir);
  const data = String((await query(first.url, 'show data_directory'))[0]?.data_directory);
  await first.stop();
  await writeFile(join(data, 'postmaster.pid'), `${process.pid}\n${data}\n1\n1\n\n127.0.0.1\n\nready\n`);

  const second = await start(dir);

  expect(await query(second.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a port that is taken by somebody else gives way to a free one', async () => {
  const [one, two] = [await open(), await open()];
  const first = await start(one);
  await first.stop();
  const second = await start(two, { port: Number(new URL(first.url).port) });

  const again = await start(one);

  expect(new URL(again.url).port).not.toBe(new URL(second.url).port);
  expect(await query(again.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('a server that cannot start says what the server itself said last', async () => {
  const dir = await open();
  const first = await start(dir);
  const data = String((await query(first.url, 'show data_directory'))[0]?.data_directory);
  await first.stop();
  await writeFile(join(data, 'postgresql.conf'), 'shared_buffers = lots\n');

  await expect(start(dir)).rejects.toThrow(/ended while it started.*shared_buffers/s);
});

test('nothing of our environment reaches the server', async () => {
  const server = await start(await open());

  const rows = await query(
    server.url,
    `create temp table environment (line text); copy environment from program 'env'; select line from environment`,
  );

  const names = rows.map((row) => String(row.line).replace(/=.*/, ''));
  const itsOwn = /^(LC_[A-Z]+|LANG|TZ|PGSYSCONFDIR|PGLOCALEDIR|PWD|OLDPWD|SHLVL|_)$/;
  expect(names).toContain('TZ');
  expect(names.filter((name) => !itsOwn.test(name))).toEqual([]);
});

test('programs whose install script never ran get their links made, in a copy when they may not be touched', async () => {
  const dir = await open();
  await mkdir(dir);
  const installed = await findBinaries(null, dir);
  const native = join(installed.postgres, '../..');
  const copy = join(dir, 'checkout');
  await cp(native, join(copy, 'native'), { recursive: true, filter: async (path) => !(await isLink(path)) });
  await cp(join(native, '../package.json'), join(copy, 'package.json'));

  const found = await findBinaries(null, dir, join(copy, 'native'));

  const { stdout } = await promisify(execFile)(found.initdb, ['--version'], { env: {} });
  expect(stdout).toMatch(/^initdb \(PostgreSQL\) \d/);
  expect(found.postgres).toBe(join(copy, 'native/bin/postgres'));
});

test.runIf(isRoot)(
  'root in a home that only root can read gets a server, with data and programs elsewhere',
  async () => {
    const dir = await newDir();
    await chmod(join(dir, '..'), 0o700);
    const home = join(dir, '../checkout/native');
    const installed = join((await findBinaries(null, tmpdir())).postgres, '../..');
    await cp(installed, home, { recursive: true, verbatimSymlinks: true });
    await cp(join(installed, '../package.json'), join(home, '../package.json'));

    const server = await start(dir);
    const data = String((await query(server.url, 'show data_directory'))[0]?.data_directory);
    const owner = await stat(data);
    const shared = join(data, '../..');
    const programs = await findBinaries({ uid: owner.uid, gid: owner.gid }, shared, home);

    expect(owner.uid).not.toBe(0);
    expect(data.startsWith(dir)).toBe(false);
    expect(programs.postgres.startsWith(shared)).toBe(true);
    expect(await readdir(dir)).toContain('moved-to');
    await server.stop();
    const again = await start(dir);
    expect(await query(again.url, 'show data_directory')).toEqual([{ data_directory: data }]);
  },
);

async function isLink(path: string): Promise<boolean> {
  return (await lstat(path)).isSymbolicLink();
}
