/** A folder beside what a trial lets loose, which nobody may read or change: files with a canary in them, and links among them. */
import { createHash } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface CanaryTree {
  readonly dir: string;
  /** Stands in every file, and nowhere else. */
  readonly canary: string;
  /** What of the folder is not as it was, as sentences. */
  changes(): Promise<readonly string[]>;
}

export async function canaryTree(dir: string, canary: string): Promise<CanaryTree> {
  await mkdir(join(dir, 'deep/er'), { recursive: true });
  for (const name of ['secret', 'config', 'deep/secret', 'deep/er/secret', '.npmrc', 'package.json'])
    await writeFile(join(dir, name), `${canary} of ${name}\n`);
  await symlink('deep', join(dir, 'shallow'));
  const before = await standsIn(dir);
  return { dir, canary, changes: async () => changesBetween(before, await standsIn(dir)) };
}

/** Each as a sentence. */
export function changesBetween(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path))
    .map((path) => `${path} was ${before.get(path) ?? 'nothing'} and is ${after.get(path) ?? 'nothing'}`);
}

/** What stands at each path below a folder, but for those that are left out: kind, permissions, content. */
export async function standsIn(
  dir: string,
  isLeftOut: (path: string) => boolean = () => false,
  below = '',
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of await readdir(join(dir, below))) {
    const path = join(below, name);
    if (isLeftOut(path)) continue;
    const { mode } = await lstat(join(dir, path));
    const kind = mode.toString(8);
    if ((mode & 0o170000) === 0o040000) {
      found.set(path, kind);
      for (const entry of await standsIn(dir, isLeftOut, path)) found.set(...entry);
    } else if ((mode & 0o170000) === 0o120000) found.set(path, `${kind} ${await readlink(join(dir, path))}`);
    else if ((mode & 0o170000) === 0o100000)
      found.set(
        path,
        `${kind} ${createHash('sha256')
          .update(await readFile(join(dir, path)))
          .digest('hex')}`,
      );
    else found.set(path, kind);
  }
  return found;
}
