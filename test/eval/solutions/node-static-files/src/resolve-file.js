import { realpathSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The file that a request is for, or null. `urlPath` is the path of the request as it was sent, without the query. */
export function resolveFile(root, urlPath) {
  try {
    const parts = decodeURIComponent(urlPath).split('/').filter(Boolean);
    const shown = parts[0] === '.well-known' ? parts.slice(1) : parts;
    if (parts.length === 0 || shown.some((part) => part.startsWith('.'))) return null;
    const path = join(root, ...parts);
    const below = relative(realpathSync(root), realpathSync(path));
    if (below === '' || below === '..' || below.startsWith(`..${sep}`)) return null;
    return statSync(path).isFile() ? path : null;
  } catch {
    return null;
  }
}
