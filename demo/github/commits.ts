// Reads commits and writes new ones in a bare repository, through git's plumbing only.
import { rm } from 'node:fs/promises';
import type { Git } from './git.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 with seconds. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

const format = ['%H', '%T', '%P', '%an', '%ae', '%aI', '%cn', '%ce', '%cI', '%B'].join('%x00');

export async function readCommits(
  git: Git,
  dir: string,
  range: readonly string[],
  limit: number,
): Promise<Commit[]> {
  const text = await git.text(dir, [
    'log',
    '-z',
    `--format=${format}`,
    `--max-count=${limit}`,
    ...range,
    '--',
  ]);
  // With -z each record ends in NUL like its fields do, so the fields of all commits come as one flat list.
  const fields = text.split('\0');
  const commits: Commit[] = [];
  for (let at = 0; at + 9 < fields.length; at += 10) commits.push(toCommit(fields.slice(at, at + 10)));
  return commits;
}

export async function readCommit(git: Git, dir: string, sha: string): Promise<Commit> {
  return git.memo(`commit ${dir} ${sha}`, async () => {
    const [commit] = await readCommits(git, dir, [sha], 1);
    if (!commit) throw new Error(`no commit ${sha}`);
    return commit;
  });
}

function toCommit(fields: readonly string[]): Commit {
  const [
    sha = '',
    tree = '',
    parents = '',
    an = '',
    ae = '',
    aI = '',
    cn = '',
    ce = '',
    cI = '',
    message = '',
  ] = fields;
  return {
    sha,
    tree,
    parents: parents === '' ? [] : parents.split(' '),
    author: { name: an, email: ae, date: utc(aI) },
    committer: { name: cn, email: ce, date: utc(cI) },
    message: message.replace(/\n$/, ''),
  };
}

const utc = (date: string): string => new Date(date).toISOString().replace(/\.\d{3}Z$/, 'Z');

export async function writeCommit(
  git: Git,
  dir: string,
  commit: Pick<Commit, 'tree' | 'parents' | 'author' | 'committer' | 'message'>,
): Promise<string> {
  const parents = commit.parents.flatMap((sha) => ['-p', sha]);
  return git.line(dir, ['commit-tree', commit.tree, ...parents, '-F', '-'], {
    input: commit.message,
    env: {
      GIT_AUTHOR_NAME: commit.author.name,
      GIT_AUTHOR_EMAIL: commit.author.email,
      GIT_AUTHOR_DATE: commit.author.date,
      GIT_COMMITTER_NAME: commit.committer.name,
      GIT_COMMITTER_EMAIL: commit.committer.email,
      GIT_COMMITTER_DATE: commit.committer.date,
    },
  });
}

export const writeBlob = (git: Git, dir: string, content: string | Buffer): Promise<string> =>
  git.line(dir, ['hash-object', '-w', '--stdin'], { input: content });

/** One changed path of a tree; a null sha removes it. */
interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

/** Writes `base` with changes applied, through an index file of its own. */
export async function writeTree(
  git: Git,
  dir: string,
  base: string | null,
  changes: readonly TreeChange[],
): Promise<string> {
  const env = { GIT_INDEX_FILE: `${dir}/index.${crypto.randomUUID()}` };
  try {
    await git.run(dir, ['read-tree', base ?? '--empty'], { env });
    const input = changes
      .map(({ path, mode, sha }) =>
        sha === null ? `0 ${'0'.repeat(40)}\t${path}\0` : `${mode} ${sha}\t${path}\0`,
      )
      .join('');
    await git.run(dir, ['update-index', '-z', '--index-info'], { env, input });
    return await git.line(dir, ['write-tree'], { env });
  } finally {
    await rm(env.GIT_INDEX_FILE, { force: true });
  }
}
