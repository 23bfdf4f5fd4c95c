/**
 * What nobody of the crew had a hand in: the branch of each pull request that it opened is cloned from the local GitHub
 * into a folder of its own, and the repository's own tests are run there. `main` is tried as well, for the number of tests
 * that there were.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOut } from './check-out.ts';
import { runCommand } from './run-command.ts';
import type { Stage } from './stage.ts';
import { REPOSITORY } from './stage.ts';

export interface Tried {
  /** Null for `main`. */
  readonly pull: number | null;
  readonly branch: string;
  /** Null when the tests had to be ended. */
  readonly exitCode: number | null;
  /** Tests that ran, by the word of the test runner; null when it said none. */
  readonly tests: number | null;
  /** The end of what was printed. */
  readonly output: string;
}

/** More would only wait for one another. */
const AT_ONCE = 2;
const OUTPUT_SHOWN_CHARS = 2_000;
const TESTS = ['npm', 'test'] as const;

export async function tryPullRequests(stage: Stage): Promise<readonly Tried[]> {
  const { pulls } = await stage.github.snapshot(REPOSITORY);
  const opened = pulls.flatMap(({ number, pull, user }) =>
    user.endsWith('[bot]') && pull !== null ? [{ pull: number, branch: pull.head.ref }] : [],
  );
  const waiting = [{ pull: null, branch: 'main' }, ...opened];
  // Below the run's folder, so that nothing of a demo that was killed stays.
  const parent = join(stage.dir, 'tries');
  await rm(parent, { recursive: true, force: true });
  try {
    const tried: Tried[] = [];
    const takeTurns = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        tried.push(await tryBranch(stage, next, join(parent, String(next.pull))));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, takeTurns));
    return tried.toSorted((a, b) => (a.pull ?? 0) - (b.pull ?? 0));
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

/** Why the pull request is not as it should be; null when it is. `usual` is how many tests `main` has. */
export function whyNotGood({ exitCode, tests }: Tried, usual: number): string | null {
  if (exitCode !== 0)
    return `${TESTS.join(' ')} ended with status ${exitCode ?? 'unknown: it took too long'}`;
  if (tests === null || tests === 0) return `${TESTS.join(' ')} ran no tests`;
  return tests < usual ? `only ${tests} of ${usual} tests are left` : null;
}

async function tryBranch(
  stage: Stage,
  { pull, branch }: Pick<Tried, 'pull' | 'branch'>,
  folder: string,
): Promise<Tried> {
  await mkdir(folder, { recursive: true });
  const tree = join(folder, 'larder');
  await checkOut(`${stage.github.url}/${REPOSITORY}.git`, branch, tree);
  const { exitCode, output } = await runCommand(tree, TESTS);
  return { pull, branch, exitCode, tests: testsIn(output), output: output.slice(-OUTPUT_SHOWN_CHARS) };
}

/** As `node --test` sums up, for people or in TAP. */
function testsIn(output: string): number | null {
  const count = /^(?:ℹ|#) tests (\d+)$/m.exec(output)?.[1];
  return count === undefined ? null : Number(count);
}
