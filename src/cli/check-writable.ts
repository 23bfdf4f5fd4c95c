/** Whether a file can be written, looked at before anything is spent on what it is to hold. */
import { open, realpath, rm, stat } from 'node:fs/promises';
import { ConfigError, errorMessage } from '../core/errors.ts';

/** Throws ConfigError. What is there stays as it is; nothing is left behind. */
export async function checkWritable(file: string): Promise<void> {
  const found = await stat(file).catch(() => null);
  // To open and close a pipe would end it for its reader.
  if (found !== null && !found.isFile() && !found.isDirectory()) return;
  try {
    await (await open(file, 'a')).close();
    if (found === null) await rm(await realpath(file));
  } catch (error) {
    throw new ConfigError(unwritable(file, error));
  }
}

export function unwritable(file: string, error: unknown): string {
  return `--json: ${file} cannot be written: ${errorMessage(error)}`;
}
