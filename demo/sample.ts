/** The sample repository of the demo: builds it as a bare git repository that comes out the same on every machine. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

const FOLDER = join(import.meta.dirname, 'sample');
const PULL_BRANCH = 'search-and-notes';
const GIT_TIMEOUT_MS = 30_000;

export interface SeededSample {
  readonly mainSha: string;
  readonly pullBranch: string;
  readonly pullSha: string;
}

export interface SampleText {
  readonly title: string;
  readonly body: string;
}

interface Commit {
  readonly message: string;
  readonly author: string;
  readonly date: string;
  /** Folder with the files, and which of them the commit brings. */
  readonly tree: 'base' | 'pull-request';
  readonly paths: readonly string[];
}

const MAIN_COMMITS: readonly Commit[] = [
  commit('Items, with an API and a database', 'Ines Moreau', '2026-09-02T08:10:00Z', [
    'package.json',
    'db/migrate.js',
    'db/migrations/001_items.up.sql',
    'db/migrations/001_items.down.sql',
    'server',
  ]),
  commit('A page that lists them', 'Jonas Weber', '2026-09-05T17:32:00Z', ['web', 'README.md']),
  commit('Prices, in cents', 'Ines Moreau', '2026-09-21T06:55:00Z', [
    'db/migrations/002_price.up.sql',
    'db/migrations/002_price.down.sql',
  ]),
  commit('Tests for the API, the migrations and the page', 'Jonas Weber', '2026-09-22T19:04:00Z', ['test']),
  commit('An image, checks on every push, and our rules', 'Ines Moreau', '2026-10-01T07:20:00Z', [
    'Dockerfile',
    '.github',
    'AGENTS.md',
  ]),
];

const PULL_COMMIT: Commit = {
  ...commit('Search items, and keep a note with each', 'Jonas Weber', '2026-10-12T20:41:00Z', ['.']),
  tree: 'pull-request',
};

/** `bareDir` must not exist yet, or be empty. */
export async function seedSample({ bareDir }: { readonly bareDir: string }): Promise<SeededSample> {
  await git(['init', '--quiet', '--bare', '--template=', '--initial-branch=main', bareDir], {});
  const scratch = await mkdtemp(join(tmpdir(), 'sample-'));
  try {
    const index = join(scratch, 'index');
    let mainSha: string | undefined;
    for (const one of MAIN_COMMITS) mainSha = await addCommit(bareDir, index, one, mainSha);
    if (mainSha === undefined) throw new Error('the sample has no commits');
    const pullSha = await addCommit(bareDir, index, PULL_COMMIT, mainSha);
    await git(['update-ref', 'refs/heads/main', mainSha], { GIT_DIR: bareDir });
    await git(['update-ref', `refs/heads/${PULL_BRANCH}`, pullSha], { GIT_DIR: bareDir });
    return { mainSha, pullBranch: PULL_BRANCH, pullSha };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Title (the file's heading) and body of the sample's issue and of its pull request. */
export async function readSampleTexts(): Promise<{ readonly issue: SampleText; readonly pull: SampleText }> {
  const [issue, pull] = await Promise.all([readText('issue.md'), readText('pull-request.md')]);
  return { issue, pull };
}

/** The index carries what earlier commits brought, so a commit adds to it and removes nothing. */
async function addCommit(
  bareDir: string,
  index: string,
  { message, author, date, tree, paths }: Commit,
  parent: string | undefined,
): Promise<string> {
  const email = `${author.toLowerCase().replace(' ', '.')}@example.com`;
  const environment = {
    GIT_DIR: bareDir,
    GIT_WORK_TREE: join(FOLDER, tree),
    GIT_INDEX_FILE: index,
    GIT_AUTHOR_NAME: author,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
  const folder = join(FOLDER, tree);
  await git(['-C', folder, 'add', '--force', '--ignore-removal', '--', ...paths], environment);
  const treeSha = await git(['write-tree'], environment);
  const parents = parent === undefined ? [] : ['-p', parent];
  return git(['commit-tree', '--no-gpg-sign', ...parents, '-m', message, treeSha], environment);
}

/** What a surrounding git (a hook, say) leaves in the environment and would lead ours astray. */
const UNSET = ['GIT_CONFIG_PARAMETERS', 'GIT_CONFIG_COUNT', 'GIT_OBJECT_DIRECTORY', 'GIT_NAMESPACE'] as const;

const ENVIRONMENT = {
  LC_ALL: 'C',
  TZ: 'UTC',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_ATTR_NOSYSTEM: '1',
} as const;

const SETTINGS = ['core.autocrlf=false', 'core.fileMode=false', 'core.hooksPath=/dev/null'] as const;

/** Runs git without the machine's configuration, so that line endings, modes, hooks and signing are the same anywhere. */
async function git(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  const variables = Object.entries({ ...ENVIRONMENT, ...environment }).map(
    ([name, value]) => `${name}=${value}`,
  );
  const { stdout } = await run(
    'env',
    [
      ...UNSET.flatMap((name) => ['-u', name]),
      ...variables,
      'git',
      ...SETTINGS.flatMap((setting) => ['-c', setting]),
      ...args,
    ],
    { timeout: GIT_TIMEOUT_MS },
  );
  return stdout.trim();
}

function commit(message: string, author: string, date: string, paths: readonly string[]): Commit {
  return { message, author, date, tree: 'base', paths };
}

async function readText(file: string): Promise<SampleText> {
  const text = await readFile(join(FOLDER, file), 'utf8');
  const [heading = '', ...rest] = text.split('\n');
  return { title: heading.replace(/^# /, ''), body: rest.join('\n').trim() };
}
