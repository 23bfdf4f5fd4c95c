/** The sample repository of the demo: builds it as a bare git repository that comes out the same on every machine. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { simpleGit } from 'simple-git';

const FOLDER = join(import.meta.dirname, 'sample');
export const PULL_BRANCH = 'search-and-notes';
const GIT_TIMEOUT_MS = 30_000;

/** Those who each have an issue of their own in the sample. */
export const SPECIALISTS = ['frontend', 'backend', 'database', 'qa', 'devops', 'security'] as const;
export type Specialist = (typeof SPECIALISTS)[number];

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

const LATER_PUSHES = [
  { message: 'Bind the search term, and remember what was found', folder: 'second-push' },
  { message: 'Name the image, and test how many items a page has', folder: 'third-push' },
] as const;

/**
 * What a machine's own settings might make different or refuse. simple-git itself takes away what a surrounding git (a
 * hook, say) leaves in the environment.
 */
const SETTINGS = [
  'init.defaultObjectFormat=sha1',
  'init.defaultRefFormat=files',
  'safe.bareRepository=all',
  'gc.auto=0',
];

/** `bareDir` must not exist yet, or be empty. */
export async function seedSample({ bareDir }: { readonly bareDir: string }): Promise<SeededSample> {
  await mkdir(bareDir, { recursive: true });
  const history = await readHistory();
  const git = simpleGit({
    baseDir: bareDir,
    config: SETTINGS,
    trimmed: true,
    timeout: { block: GIT_TIMEOUT_MS },
    input: (args) => (args.includes('fast-import') ? history : undefined),
  });
  await git.init(true, ['--initial-branch=main']);
  // From the machine's template: they would run on pushes.
  await rm(join(bareDir, 'hooks'), { recursive: true, force: true });
  await git.raw(['fast-import', '--quiet']);
  const [mainSha, pullSha] = [await git.revparse(['main']), await git.revparse([PULL_BRANCH])];
  return { mainSha, pullBranch: PULL_BRANCH, pullSha };
}

export interface SamplePush {
  readonly message: string;
  /** Path → content. */
  readonly files: Readonly<Record<string, string>>;
}

/** What the contributor pushes onto the pull request's branch later, one after the other. */
export async function readSamplePushes(): Promise<readonly SamplePush[]> {
  return Promise.all(LATER_PUSHES.map(({ message, folder }) => readPush(message, join(FOLDER, folder))));
}

async function readPush(message: string, folder: string): Promise<SamplePush> {
  const paths = await filesOf(folder, ['.']);
  const texts = await Promise.all(paths.map((path) => readFile(join(folder, path), 'utf8')));
  return { message, files: Object.fromEntries(paths.map((path, at) => [path, texts[at] ?? ''])) };
}

/** Title (the file's heading) and body of the sample's issue and of its pull request. */
export async function readSampleTexts(): Promise<{ readonly issue: SampleText; readonly pull: SampleText }> {
  const [issue, pull] = await Promise.all([readText('issue.md'), readText('pull-request.md')]);
  return { issue, pull };
}

/** An issue for each specialist, by role. */
export async function readSpecialistIssues(): Promise<Readonly<Record<Specialist, SampleText>>> {
  const texts = await Promise.all(
    SPECIALISTS.map(async (role) => [role, await readText(`issues/${role}.md`)] as const),
  );
  return Object.fromEntries(texts) as Record<Specialist, SampleText>;
}

/** All commits as https://git-scm.com/docs/git-fast-import takes them: no work tree, no index, nothing of the machine's. */
async function readHistory(): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const one of MAIN_COMMITS) parts.push(...(await importOf(one, 'main')));
  parts.push(Buffer.from(`reset refs/heads/${PULL_BRANCH}\nfrom refs/heads/main\n`));
  parts.push(...(await importOf(PULL_COMMIT, PULL_BRANCH)));
  return Buffer.concat(parts);
}

/** A commit adds to what its branch holds, and removes nothing. */
async function importOf(
  { message, author, date, tree, paths }: Commit,
  branch: string,
): Promise<readonly Buffer[]> {
  const who = `${author} <${author.toLowerCase().replace(' ', '.')}@example.com>`;
  const when = `${Date.parse(date) / 1_000} +0000`;
  const head = [`commit refs/heads/${branch}`, `author ${who} ${when}`, `committer ${who} ${when}`];
  const parts = [Buffer.from(`${head.join('\n')}\n`), dataOf(Buffer.from(`${message}\n`))];
  for (const path of await filesOf(join(FOLDER, tree), paths)) {
    parts.push(Buffer.from(`M 100644 inline ${path}\n`), dataOf(await readFile(join(FOLDER, tree, path))));
  }
  return parts;
}

function dataOf(content: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${content.length}\n`), content, Buffer.from('\n')]);
}

/** Of the folders and files named by `paths`, with `/` on every machine. */
async function filesOf(folder: string, paths: readonly string[]): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'));
  return files.filter((file) =>
    paths.some((path) => path === '.' || file === path || file.startsWith(`${path}/`)),
  );
}

function commit(message: string, author: string, date: string, paths: readonly string[]): Commit {
  return { message, author, date, tree: 'base', paths };
}

async function readText(file: string): Promise<SampleText> {
  const text = await readFile(join(FOLDER, file), 'utf8');
  const [heading = '', ...rest] = text.split('\n');
  return { title: heading.replace(/^# /, ''), body: rest.join('\n').trim() };
}
