/** Where a path leads in truth, for trials that write: one that finds its defence gone must not do to the machine what it warns of. */
import { realpath } from 'node:fs/promises';
import { dirname, resolve, sep } from 'node:path';

/** Whether what is written to `path`, as it stands in `dir`, ends below `root`, which is a real path. */
export async function endsBelow(root: string, dir: string, path: string): Promise<boolean> {
  for (let at = resolve(dir, path); ; at = dirname(at)) {
    const real = await realpath(at).catch(() => null);
    if (real !== null) return real === root || real.startsWith(root + sep);
    if (at === dirname(at)) return false;
  }
}
