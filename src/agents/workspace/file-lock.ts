/**
 * One process at a time does something, across processes and hosts that share a folder: a file made exclusively,
 * kept fresh while it is held. A holder that died is known by its process number, or by a file that went stale.
 */
import { mkdir, open, readFile, rm, rmdir, stat, utimes } from 'node:fs/promises';
import { setInterval } from 'node:timers';
import { TransientError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { isGone, parseOwner, thisOwner } from './owner.ts';

const POLL_MS = 25;
const REFRESH_MS = 10_000;
const STALE_MS = 60_000;

/** Throws TransientError when the lock is not to be had within `waitMs`. */
export async function withFileLock<T>(
  lock: {
    readonly path: string;
    readonly waitMs: number;
    readonly clock: Clock;
    readonly signal?: AbortSignal;
  },
  body: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + lock.waitMs;
  while (!(await take(lock.path))) {
    lock.signal?.throwIfAborted();
    if (performance.now() > deadline)
      throw new TransientError('another process holds the lock of this repository');
    await breakStale(lock.path);
    await lock.clock.sleep(POLL_MS, lock.signal);
  }
  const refresh = setInterval(() => {
    const now = new Date();
    utimes(lock.path, now, now).catch(() => {}); // The folder was removed: there is nothing left to protect.
  }, REFRESH_MS).unref();
  try {
    return await body();
  } finally {
    clearInterval(refresh);
    await rm(lock.path, { force: true });
  }
}

async function take(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(JSON.stringify(thisOwner()));
    } catch (error) {
      // On a full disk: without an owner it would keep everybody out until it is stale.
      await rm(path, { force: true });
      throw error;
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Only one process may remove a stale lock, and it looks once more: a new holder's lock is never removed. */
async function breakStale(path: string): Promise<void> {
  if (!(await isStale(path))) return;
  const breaking = `${path}.breaking`;
  try {
    await mkdir(breaking);
  } catch {
    // A process that died while breaking: its folder is empty and old.
    if ((await ageMs(breaking)) > STALE_MS) await rmdir(breaking).catch(() => {});
    return;
  }
  try {
    if (await isStale(path)) await rm(path, { force: true });
  } finally {
    await rmdir(breaking).catch(() => {});
  }
}

async function isStale(path: string): Promise<boolean> {
  const owner = parseOwner(await readFile(path, 'utf8').catch(() => ''));
  return (owner !== null && isGone(owner)) || (await ageMs(path)) > STALE_MS;
}

/** 0 for what is not there. */
async function ageMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => null);
  return found === null ? 0 : Date.now() - found.mtimeMs;
}
