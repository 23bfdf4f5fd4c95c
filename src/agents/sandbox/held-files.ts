/** Files that a process and its descendants hold open though they stand in no folder any more: only thus they take up a disk unseen. */
import { readdir, readFile, stat } from 'node:fs/promises';

export interface HeldFiles {
  readonly bytes: number;
  readonly files: number;
}

/** Descriptors that are looked at: more are a sign of nothing good, but not of a full disk. */
const DESCRIPTORS_MAX = 50_000;
const BLOCK_BYTES = 512;

/** None where they cannot be told, as of another user's processes. */
export async function heldFiles(pid: number): Promise<HeldFiles> {
  const seen = new Set<string>();
  let [bytes, left] = [0, DESCRIPTORS_MAX];
  for (const one of await withDescendants(pid)) {
    const folder = `/proc/${one}/fd`;
    const descriptors = await readdir(folder).catch(() => []);
    for (const descriptor of descriptors.slice(0, left)) {
      const found = await stat(`${folder}/${descriptor}`).catch(() => null);
      if (found === null || found.nlink > 0 || !found.isFile()) continue;
      const file = `${found.dev}:${found.ino}`;
      if (!seen.has(file)) bytes += found.blocks * BLOCK_BYTES;
      seen.add(file);
    }
    left -= Math.min(left, descriptors.length);
  }
  return { bytes, files: seen.size };
}

async function withDescendants(pid: number): Promise<readonly number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = await parentOf(name);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found = [pid];
  for (const one of found) found.push(...(children.get(one) ?? []));
  return found;
}

/** 0 of one that is gone. */
async function parentOf(pid: string): Promise<number> {
  const line = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  // The name in brackets may hold anything: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  return Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}
