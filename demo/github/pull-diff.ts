// What a pull request changes, computed by real git between the merge base and the head, and remembered by commit ids.
import { type Commit, readCommits } from './commits.ts';
import { type DiffFile, parseDiff } from './diff.ts';
import type { Git } from './git.ts';

/** GitHub ends list-files at 3,000 files and a pull request's commits at 250. */
export const filesLimit = 3_000;
export const commitsLimit = 250;
export const diffMediaFilesLimit = 300;

export const diffFlags = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--src-prefix=a/',
  '--dst-prefix=b/',
  '-M',
];

export interface Range {
  readonly base: string;
  readonly head: string;
}

export async function mergeBase(git: Git, dir: string, { base, head }: Range): Promise<string> {
  return git.memo(`merge-base ${dir} ${base} ${head}`, async () => {
    const { code, stdout } = await git.run(dir, ['merge-base', base, head], { allow: [1, 128] });
    return code === 0 ? stdout.toString().trim() : base;
  });
}

/** Two-dot diff of two commits. */
export async function diffText(git: Git, dir: string, from: string, to: string): Promise<string> {
  return git.memo(`diff ${dir} ${from} ${to}`, () =>
    git.text(dir, ['diff', '--full-index', ...diffFlags, from, to, '--']),
  );
}

export async function diffFiles(git: Git, dir: string, from: string, to: string): Promise<DiffFile[]> {
  return git.memo(`files ${dir} ${from} ${to}`, async () => parseDiff(await diffText(git, dir, from, to)));
}

/** Three-dot diff, as pull requests are shown. */
export async function pullFiles(git: Git, dir: string, range: Range): Promise<DiffFile[]> {
  return diffFiles(git, dir, await mergeBase(git, dir, range), range.head);
}

export async function pullCommits(git: Git, dir: string, { base, head }: Range): Promise<Commit[]> {
  return git.memo(`commits ${dir} ${base} ${head}`, async () => {
    const newestFirst = await readCommits(git, dir, [`${base}..${head}`, '--topo-order'], 10_000);
    return newestFirst.reverse();
  });
}

/** The tree that merging head into base gives, or null when they conflict. */
export async function mergeTree(git: Git, dir: string, { base, head }: Range): Promise<string | null> {
  return git.memo(`merge-tree ${dir} ${base} ${head}`, async () => {
    const { code, stdout } = await git.run(
      dir,
      ['merge-tree', '--write-tree', '--no-messages', '--allow-unrelated-histories', base, head],
      { allow: [1] },
    );
    return code === 0 ? (stdout.toString().split('\n')[0] ?? null) : null;
  });
}

interface PullStats {
  readonly commits: number;
  readonly additions: number;
  readonly deletions: number;
  readonly changedFiles: number;
  readonly mergeable: boolean;
}

export async function pullStats(git: Git, dir: string, range: Range): Promise<PullStats> {
  const [files, commits, tree] = await Promise.all([
    pullFiles(git, dir, range),
    pullCommits(git, dir, range),
    mergeTree(git, dir, range),
  ]);
  return {
    commits: commits.length,
    additions: files.reduce((sum, file) => sum + file.additions, 0),
    deletions: files.reduce((sum, file) => sum + file.deletions, 0),
    changedFiles: files.length,
    mergeable: tree !== null,
  };
}
