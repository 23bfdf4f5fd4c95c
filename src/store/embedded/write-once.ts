/** A small file that the first of several processes writes and all of them read. */
import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

/** Answers what stands there: written aside and linked, so that nobody reads half of it and the first one wins. */
export async function writeOnce(path: string, text: string): Promise<string> {
  const made = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(made, text, { mode: 0o600 });
  await link(made, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(made);
  return readFile(path, 'utf8');
}
