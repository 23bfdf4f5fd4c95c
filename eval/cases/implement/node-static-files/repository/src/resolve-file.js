import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The file that a request is for, or null. `urlPath` is the path of the request as it was sent, without the query. */
export function resolveFile(root, urlPath) {
  const path = join(root, decodeURIComponent(urlPath.replaceAll('../', '')));
  if (!path.startsWith(root) || !existsSync(path)) return null;
  return path;
}
