/** Starts one server process and waits until it answers. */
import { spawn } from 'node:child_process';
import { type FileHandle, open, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../../core/errors.ts';
import type { Binaries } from './binaries.ts';
import { SERVER_ENV } from './cluster.ts';
import type { Location } from './location.ts';
import { forgetOthers, takeOwnership } from './ownership.ts';
import { endPostmaster, type Postmaster, waitUntilReady } from './postmaster.ts';

const READY_TIMEOUT_MS = 60_000;
const MAX_LOG_BYTES = 5_000_000;
const SHOWN_LINES = 20;

/** What the server says when another one is there already, still going down, or on our port. */
const LOST_RACE =
  /lock file "postmaster\.pid" already exists|pre-existing shared memory block|Address already in use/i;

/** Null when something else was in the way that may be gone by now: look again. */
export async function launch(
  location: Location,
  binaries: Binaries,
  options: { readonly password: string; readonly port: number | null },
): Promise<Postmaster | null> {
  const port = options.port ?? (await choosePort(location));
  const path = join(location.dir, 'server.log');
  const logSize = (await stat(path).catch(() => null))?.size ?? 0;
  const log = await open(path, logSize > MAX_LOG_BYTES ? 'w' : 'a', 0o600);
  const offset = logSize > MAX_LOG_BYTES ? 0 : logSize;
  const pid = await spawnServer(location, binaries, port, log).finally(() => log.close());
  // Before it is ready, so that whoever finds it ready finds whose it is.
  await takeOwnership(location, pid);
  const state = await waitUntilReady({ pid, port }, options.password, READY_TIMEOUT_MS);
  if (state === 'ready') {
    await writeFile(join(location.dir, 'port'), String(port), { mode: 0o600 });
    await forgetOthers(location, pid);
    return { pid, port };
  }
  const said = (await readFile(path)).subarray(offset).toString();
  if (state === 'gone' && LOST_RACE.test(said)) return null;
  await endPostmaster(pid);
  const what =
    state === 'gone' ? 'ended while it started' : `was not ready within ${READY_TIMEOUT_MS / 1000} s`;
  const last = said.trim().split('\n').slice(-SHOWN_LINES).join('\n');
  throw new ConfigError(`The embedded PostgreSQL in ${location.dir} ${what}. It said:\n${last}`);
}

/** Detached: a Ctrl-C in the terminal is ours to answer, and its log is a file, which outlives this process. */
async function spawnServer(
  { data, user }: Location,
  { postgres }: Binaries,
  port: number,
  log: FileHandle,
): Promise<number> {
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'timezone=UTC',
    'log_timezone=UTC',
  ];
  const child = spawn(postgres, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...user,
    cwd: '/',
    env: SERVER_ENV,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  const spawned = Promise.withResolvers<void>();
  child.once('spawn', spawned.resolve);
  child.once('error', spawned.reject);
  try {
    await spawned.promise;
  } catch (error) {
    throw new ConfigError(`The embedded PostgreSQL could not be started (${postgres}): ${String(error)}`, {
      cause: error,
    });
  }
  child.unref();
  if (child.pid === undefined) throw new Error('A process that was spawned has no pid.');
  return child.pid;
}

/** The port of last time, so that a URL somebody noted stays right; another one when it is taken. */
async function choosePort({ dir }: Location): Promise<number> {
  const stored = Number(await readFile(join(dir, 'port'), 'utf8').catch(() => '0'));
  return (await freePort(stored)) ?? (await freePort(0)) ?? stored;
}

async function freePort(wanted: number): Promise<number | null> {
  const listening = Promise.withResolvers<number | null>();
  const server = createServer();
  server.once('error', () => listening.resolve(null));
  server.listen(wanted, '127.0.0.1', () => {
    const address = server.address();
    server.close(() =>
      listening.resolve(typeof address === 'object' && address !== null ? address.port : null),
    );
  });
  return listening.promise;
}
