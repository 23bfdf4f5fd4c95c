/** Where a path leads in truth, for trials that write: one that finds its defence gone must not do to the machine what it warns of. */
import { readlink } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';

/** As many as Linux follows. */
const LINKS_MAX = 40;

/** Whether what is read from or written to `path`, as it stands in `dir`, ends below `root`, which is a real path. */
export async function endsBelow(root: string, dir: string, path: string): Promise<boolean> {
  const end = await endOf(resolve(dir, path));
  return end !== null && (end === root || end.startsWith(root + sep));
}

/** Name by name, through links to what is not there too; null for links that come to no end. */
async function endOf(path: string): Promise<string | null> {
  const names = path.split(sep);
  let at: string = sep;
  for (let links = 0; links <= LINKS_MAX; ) {
    const name = names.shift();
    if (name === undefined) return at;
    if (name === '..') {
      at = dirname(at);
      continue;
    }
    const next = join(at, name);
    const target = await readlink(next).catch(() => null);
    if (target === null) at = next;
    else {
      links += 1;
      if (target.startsWith(sep)) at = sep;
      names.unshift(...target.split(sep));
    }
  }
  return null;
}
