/** A running server, as its postmaster.pid tells of it: found, asked, ended. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { ConfigError } from '../../core/errors.ts';
import { SUPERUSER } from './cluster.ts';
import { commandLine, processIdentity, signal } from './processes.ts';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const POLL_MS = 20;
/** invalid_password */
const WRONG_PASSWORD = '28P01';
const MAX_REFUSALS = 10;
const CONNECT_TIMEOUT_MS = 2_000;
const FAST_SHUTDOWN_MS = 20_000;
const IMMEDIATE_SHUTDOWN_MS = 5_000;

/**
 * The server that runs on this data directory. A pid file that names another program's process is removed: PostgreSQL
 * would take that process for a server. One that names no process is left for PostgreSQL to judge.
 */
export async function findPostmaster(data: string): Promise<Postmaster | null> {
  const path = join(data, 'postmaster.pid');
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1 || (await processIdentity(pid)) === null) return null;
  if ((await commandLine(pid))?.includes(data)) return { pid, port: Number(lines[3]) };
  await rm(path, { force: true });
  return null;
}

export function urlOf(port: number, password: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`;
}

/** `gone` when the process ended, `silent` when it gave no answer within `timeoutMs`, `refused` when it keeps refusing the password. */
export async function waitUntilReady(
  { pid, port }: Postmaster,
  password: string,
  timeoutMs: number,
): Promise<'ready' | 'gone' | 'silent' | 'refused'> {
  const deadline = Date.now() + timeoutMs;
  let refusals = 0;
  while (Date.now() < deadline) {
    const answer = await ask(port, password);
    if (answer === 'ready') return 'ready';
    if ((await processIdentity(pid)) === null) return 'gone';
    // Once may be a stranger's server on a port that ours will not get.
    refusals = answer === 'refused' ? refusals + 1 : 0;
    if (refusals === MAX_REFUSALS) return 'refused';
    await sleep(POLL_MS);
  }
  return 'silent';
}

/** Fast shutdown; immediate when that takes too long; killed when nothing else helps. */
export async function endPostmaster(pid: number, fastMs = FAST_SHUTDOWN_MS): Promise<void> {
  const steps = [
    { name: 'SIGINT', waitMs: fastMs },
    { name: 'SIGQUIT', waitMs: IMMEDIATE_SHUTDOWN_MS },
    { name: 'SIGKILL', waitMs: IMMEDIATE_SHUTDOWN_MS },
  ] as const;
  const identity = await processIdentity(pid);
  if (identity === null) return;
  for (const { name, waitMs } of steps) {
    signal(pid, name);
    const deadline = Date.now() + waitMs;
    while (Date.now() < deadline) {
      if ((await processIdentity(pid)) !== identity) return;
      await sleep(POLL_MS);
    }
  }
  throw new ConfigError(`The embedded PostgreSQL (process ${pid}) cannot be ended: end it by hand.`);
}

async function ask(port: number, password: string): Promise<'ready' | 'refused' | 'silent'> {
  const client = new pg.Client({
    connectionString: urlOf(port, password),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: CONNECT_TIMEOUT_MS,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return 'ready';
  } catch (error) {
    return error instanceof pg.DatabaseError && error.code === WRONG_PASSWORD ? 'refused' : 'silent';
  } finally {
    void client.end().catch(() => {});
  }
}
