/** Ends a command that fills the disk: each file has a limit, but a command may write any number of them. */
import { execFile } from 'node:child_process';
import { statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

export interface DiskLimits {
  /** Of the folders that a command may write, together. */
  readonly maxBytes: number;
  readonly maxFiles: number;
}

export const DISK_LIMITS: DiskLimits = { maxBytes: 20 * 1024 ** 3, maxFiles: 2_000_000 };

const LOOK_EVERY_MS = 250;
/** What must have gone from the file system since the last look before the folders are measured: a share of the limit. */
const MEASURED_EACH = 1 / 16;
/** So many times the limit gone from the file system: what a command holds open and removed stands in no folder. */
const GONE_FACTOR = 2;

export interface DiskWatch extends Disposable {
  /** Aborts when it was too much. */
  readonly signal: AbortSignal;
}

export function watchDisk(folders: readonly string[], limits: DiskLimits): DiskWatch {
  const tooMuch = new AbortController();
  let measured: Left | null = null;
  let first: Left | null = null;
  const look = async (): Promise<void> => {
    const left = await leftAt(folders[0] ?? '/');
    first ??= left;
    measured ??= left;
    if (isGone(first, left, limits, GONE_FACTOR)) return tooMuch.abort();
    if (!isGone(measured, left, limits, MEASURED_EACH)) return;
    measured = left;
    const bytes = await measure(folders, ['-sk']);
    const files = await measure(folders, ['-s', '--inodes']);
    if (bytes * 1024 > limits.maxBytes || files > limits.maxFiles) tooMuch.abort();
  };
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    // A file system that cannot be asked now is asked again.
    await look().catch(() => {});
    looking = false;
  }, LOOK_EVERY_MS);
  return { signal: tooMuch.signal, [Symbol.dispose]: () => clearInterval(timer) };
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
