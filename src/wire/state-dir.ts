/** Whether the state directory can be written, said before anything tries to. Changes nothing. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError } from '../core/errors.ts';

/** Throws ConfigError when `dir` is not a folder that this user may write, and could not be made one. */
export async function checkStateDir(dir: string): Promise<void> {
  const there = await nearestThere(dir);
  const problem = (await stat(there)).isDirectory() ? await writeProblem(there) : `${there} is not a folder`;
  if (problem === null) return;
  throw new ConfigError(
    `CREW_STATE_DIR: ${dir} cannot be written, since ${problem}. Set CREW_STATE_DIR to a folder that this user may write.`,
  );
}

/** `path`, or the first folder above it that is there: what is missing would be made in it. */
async function nearestThere(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (error) {
    const above = dirname(path);
    if (above === path) throw error;
    return nearestThere(above);
  }
}

async function writeProblem(dir: string): Promise<string | null> {
  try {
    await access(dir, constants.W_OK | constants.X_OK);
    return null;
  } catch {
    return `${dir} does not let this user write`;
  }
}
