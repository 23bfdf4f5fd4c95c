/** Whether the places at which faults are expected are there: a wrong one would count against every reviewer. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { ConfigError } from '../../src/core/errors.ts';
import type { Expected } from './score.ts';

type Place = Pick<Expected, 'path' | 'side' | 'lines'>;

const GIT_TIMEOUT_MS = 30_000;

/** Of a case made of folders. Throws ConfigError. */
export function checkInFolders(dir: string, expected: readonly Expected[]): Promise<void> {
  return check(expected, ({ side, path }) =>
    readFile(join(dir, side === 'LEFT' ? 'before' : 'after', path), 'utf8').catch(() => null),
  );
}

/** Of a range in a repository of our own. Throws ConfigError. */
export async function checkInRange(
  {
    gitDir,
    baseSha,
    headSha,
  }: { readonly gitDir: string; readonly baseSha: string; readonly headSha: string },
  expected: readonly Expected[],
): Promise<void> {
  if (expected.length === 0) return;
  const git = simpleGit({
    baseDir: gitDir,
    config: ['safe.bareRepository=all'],
    timeout: { block: GIT_TIMEOUT_MS },
  });
  // What a review calls the old lines is the merge base.
  const oldSha = (await git.raw(['merge-base', baseSha, headSha])).trim();
  await check(expected, ({ side, path }) =>
    git.raw(['cat-file', 'blob', `${side === 'LEFT' ? oldSha : headSha}:${path}`]).catch(() => null),
  );
}

async function check(
  expected: readonly Expected[],
  read: (place: Place) => Promise<string | null>,
): Promise<void> {
  for (const place of expected.flatMap((one): Place[] => [one, ...one.or])) {
    const { path, side, lines } = place;
    const text = await read(place);
    const where = side === 'LEFT' ? 'before the change' : 'after the change';
    if (text === null) throw new ConfigError(`expected: there is no ${path} ${where}.`);
    const count = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    if (lines[1] > count) {
      throw new ConfigError(
        `expected: ${path} has ${count} lines ${where}; lines ${lines[0]} to ${lines[1]} are not there.`,
      );
    }
  }
}
