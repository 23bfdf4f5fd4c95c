/** Ends a command that fills the disk: each file has a limit, but a command may write any number of them. */
import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';
import { heldFiles } from './held-files.ts';

export interface DiskLimits {
  /** Of the folders that a command may write and of the files that it holds open, together. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export const DISK_LIMITS: DiskLimits = { maxBytes: 20 * 1024 ** 3, maxFiles: 2_000_000 };

const LOOK_EVERY_MS = 250;
/** What must have gone from the file system since the last look before a command is measured: a share of the limit. */
const MEASURED_EACH = 1 / 16;
/** So many times the limit gone from the file system, and nobody's: then every command on it ends, for one may hold it in ways that are not seen. */
const GONE_FACTOR = 4;

export interface DiskWatch extends Disposable {
  /** Aborts when it was too much. */
  readonly signal: AbortSignal;
  /** The process that runs the command: what it holds open counts as well. */
  follow(pid: number): void;
}

/** Has looked once when it answers: what a command writes from then on counts. */
export async function watchDisk(folders: readonly string[], limits: DiskLimits): Promise<DiskWatch> {
  const tooMuch = new AbortController();
  let followed: number | null = null;
  let measured: Left | null = null;
  let first: Left | null = null;
  let measuring = false;
  const look = async (): Promise<void> => {
    const left = await leftAt(folders[0] ?? '/');
    first ??= left;
    measured ??= left;
    if (isGone(first, left, limits, GONE_FACTOR)) return tooMuch.abort();
    if (measuring || !isGone(measured, left, limits, MEASURED_EACH)) return;
    measured = left;
    measuring = true;
    if (await hasTooMuch(folders, followed, limits).finally(() => (measuring = false))) tooMuch.abort();
  };
  // A file system that cannot be asked now is asked again.
  const lookQuietly = () => look().catch(() => {});
  await lookQuietly();
  const timer = setInterval(lookQuietly, LOOK_EVERY_MS);
  return {
    signal: tooMuch.signal,
    follow: (pid) => {
      followed = pid;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

async function hasTooMuch(
  folders: readonly string[],
  pid: number | null,
  { maxBytes, maxFiles }: DiskLimits,
): Promise<boolean> {
  const bytes = (await measure(folders, ['-sk'])) * 1024;
  const files = await measure(folders, ['-s', '--inodes']);
  const held = pid === null ? { bytes: 0, files: 0 } : await heldFiles(pid);
  return bytes + held.bytes > maxBytes || files + held.files > maxFiles;
}

interface Left {
  readonly bytes: number;
  readonly files: number;
}

async function leftAt(path: string): Promise<Left> {
  const { bavail, bsize, ffree } = await statfs(path);
  return { bytes: bavail * bsize, files: ffree };
}

function isGone(before: Left, now: Left, limits: DiskLimits, share: number): boolean {
  return (
    before.bytes - now.bytes > limits.maxBytes * share || before.files - now.files > limits.maxFiles * share
  );
}

/** Not below other mounts; 0 where it cannot be told. */
async function measure(folders: readonly string[], how: readonly string[]): Promise<number> {
  const { stdout } = await promisify(execFile)('du', [...how, '-x', '--', ...folders], {
    env: { PATH: '/usr/bin:/bin' },
    // What goes away meanwhile makes it complain, and end with an error.
  }).catch((error: unknown) => ({
    stdout: error instanceof Object && 'stdout' in error ? String(error.stdout) : '',
  }));
  return stdout
    .split('\n')
    .map((line) => Number.parseInt(line, 10))
    .filter(Number.isFinite)
    .reduce((sum, size) => sum + size, 0);
}
