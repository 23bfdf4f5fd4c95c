/** Where history was cut off: git keeps it in a file, and a checkout that borrows a mirror's objects needs its own copy. */
import { copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Does nothing for a mirror with its whole history. */
export async function shareShallow(mirror: string, gitDir: string): Promise<void> {
  if (await isShallow(mirror)) await copyFile(join(mirror, 'shallow'), join(gitDir, 'shallow'));
}

export async function isShallow(gitDir: string): Promise<boolean> {
  return (await stat(join(gitDir, 'shallow')).catch(() => null)) !== null;
}
