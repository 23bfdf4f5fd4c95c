/**
 * What `crew review` reviews: a range of commits of a clone on this machine, as the pull request it would be. The clone's
 * settings, hooks and texts are anybody's. In the clone itself only names are resolved; everything else is done in a bare
 * repository of our own that borrows the clone's objects, and the clone is not written to.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { inMirror, type MirrorCall, tryInMirror } from '../../agents/workspace/mirror-git.ts';
import { ConfigError } from '../../core/errors.ts';
import { CONFIG_PATH } from '../../core/repo-config.ts';
import type { PullRequestSnapshot } from '../../core/request-records.ts';
import { locateRepository, type RepositoryPlace } from './locate-repository.ts';

export interface RangeWanted {
  readonly dir: string;
  /** Null: where the head left origin's default branch. */
  readonly base: string | null;
  readonly head: string;
  /** Folder to make our own repository in. */
  readonly stagingDir: string;
  /** To find git on. */
  readonly path: string;
  readonly signal: AbortSignal;
}

export interface LocalRange {
  /** Bare, ours, with the head as `refs/pull/1/head` and the base as the default branch. */
  readonly gitDir: string;
  readonly name: string;
  readonly pullRequest: PullRequestSnapshot;
  /** `.github/crew.yml` at the base; null when there is none, its size when it is too long to be read. */
  readonly config: string | null | { readonly bytes: number };
}

export const LOCAL_NUMBER = 1;
export const LOCAL_DEFAULT_BRANCH = 'main';
export const CONFIG_MAX_BYTES = 256 * 1024;

const GIT_TIMEOUT_MS = 60_000;
const REVISION_MAX_CHARS = 500;
const COMMITS_MAX = 50;
const BODY_MAX_CHARS = 20_000;
const TITLE_MAX_CHARS = 250;
const DEFAULT_BRANCHES = [
  'refs/remotes/origin/HEAD',
  'refs/remotes/origin/main',
  'refs/remotes/origin/master',
];

/** Throws ConfigError for what the person can mend: no repository, a revision that is none, nothing to compare with. */
export async function readRange(wanted: RangeWanted): Promise<LocalRange> {
  const place = await locateRepository(wanted.dir);
  const clone = callIn(wanted, place.gitDir);
  await refuseShallow(clone);
  await refuseSha256(clone);
  const headSha = await commitOf(clone, wanted.head, '--head');
  const given = wanted.base === null ? null : await commitOf(clone, wanted.base, '--base');
  const trunk = given === null ? await defaultBranch(clone) : null;
  await makeStaging(wanted, place);
  const staging = callIn(wanted, wanted.stagingDir);
  const baseSha = given ?? (await mergeBase(staging, trunk ?? '', headSha));
  if (baseSha === headSha) {
    throw new ConfigError(
      'There is nothing to review: the head is the base. Give --base, such as `--base HEAD~1`.',
    );
  }
  if (given !== null) await refuseSwapped(staging, wanted, { baseSha, headSha });
  await inMirror({ ...staging, stdin: refsOf(baseSha, headSha) }, (git) =>
    git.raw(['update-ref', '--stdin']),
  );
  const range = { baseSha, headSha };
  return {
    gitDir: wanted.stagingDir,
    name: shownText(basename(place.top)).replace(/\.git$/, '') || 'repository',
    pullRequest: {
      number: LOCAL_NUMBER,
      ...(await textsOf(staging, range)),
      ...range,
      headRef: shownText(wanted.head),
      baseRef: shownText(wanted.base ?? LOCAL_DEFAULT_BRANCH),
      authorIsWriter: false,
      comments: [],
      fromFork: false,
      draft: false,
      linkedIssues: [],
    },
    config: await configAt(staging, baseSha),
  };
}

function callIn({ path, signal }: RangeWanted, gitDir: string): MirrorCall {
  // Whatever is not in the clone is not fetched: no remote of its settings is asked.
  return { machine: { path, env: { GIT_NO_LAZY_FETCH: '1' } }, gitDir, timeoutMs: GIT_TIMEOUT_MS, signal };
}

async function refuseShallow(clone: MirrorCall): Promise<void> {
  const answer = await tryInMirror(clone, (git) => git.raw(['rev-parse', '--is-shallow-repository']));
  if (answer === null)
    throw new ConfigError('--repo: git cannot read this repository. Try `git fsck` in it.');
  if (answer === 'true') {
    throw new ConfigError(
      '--repo: this clone is shallow, so that no merge base can be found in it. Run `git fetch --unshallow` first (in GitHub Actions: `fetch-depth: 0`).',
    );
  }
}

/** The mirrors that agents read are of SHA-1, as all of GitHub is. */
async function refuseSha256(clone: MirrorCall): Promise<void> {
  const format = await tryInMirror(clone, (git) => git.raw(['rev-parse', '--show-object-format']));
  if (format === 'sha256') throw new ConfigError('--repo: SHA-256 repositories are not supported.');
}

/** What is reviewed is what the head has beyond its merge base with the base: here, nothing. */
async function refuseSwapped(
  staging: MirrorCall,
  { base, head }: RangeWanted,
  { baseSha, headSha }: Range,
): Promise<void> {
  const found = await tryInMirror(staging, (git) => git.raw(['merge-base', baseSha, headSha]));
  if (found !== headSha) return;
  const [from, to] = [shownText(base ?? ''), shownText(head)];
  throw new ConfigError(
    `There is nothing to review: the base has all commits of the head. They may be swapped: try \`--base ${to} --head ${from}\`.`,
  );
}

/** The name is anybody's text: git gets it where it can only be a revision. */
async function commitOf(clone: MirrorCall, revision: string, option: string): Promise<string> {
  const sayable = revision !== '' && revision.length <= REVISION_MAX_CHARS && !/^-|\p{Cc}/u.test(revision);
  const sha = sayable ? await resolved(clone, revision) : null;
  if (sha !== null) return sha;
  if (sayable) await refuseUnborn(clone, revision, option);
  throw new ConfigError(
    `${option}: ${JSON.stringify(shownText(revision))} names no commit of this clone. Give a branch, a tag or a commit that \`git log\` knows.`,
  );
}

async function refuseUnborn(clone: MirrorCall, revision: string, option: string): Promise<void> {
  const any = await tryInMirror(clone, (git) => git.raw(['for-each-ref', '--count=1']));
  if (any === '') throw new ConfigError(`${option}: this clone has no commits yet.`);
  if (revision !== 'HEAD') return;
  const branch = await tryInMirror(clone, (git) => git.raw(['symbolic-ref', '--quiet', 'HEAD']));
  if (branch === null) return;
  const shown = ['show-ref', '--verify', '--quiet', branch];
  if ((await tryInMirror(clone, (git) => git.raw(shown))) !== null) return;
  throw new ConfigError(
    `${option}: HEAD is a branch with no commits yet. Commit to it, or name another branch.`,
  );
}

async function resolved(clone: MirrorCall, revision: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  const sha = await tryInMirror(clone, (git) => git.raw(args));
  return sha !== null && /^[0-9a-f]{40}$/.test(sha) ? sha : null;
}

async function defaultBranch(clone: MirrorCall): Promise<string> {
  for (const ref of DEFAULT_BRANCHES) {
    const sha = await resolved(clone, ref);
    if (sha !== null) return sha;
  }
  throw new ConfigError(
    "--base is missing, and this clone does not know origin's default branch. Give --base, such as `--base main` or `--base HEAD~1`.",
  );
}

async function mergeBase(staging: MirrorCall, trunk: string, headSha: string): Promise<string> {
  const found = await tryInMirror(staging, (git) => git.raw(['merge-base', trunk, headSha]));
  if (found !== null && found !== '') return found;
  throw new ConfigError(
    "--base is missing, and the head has no commit in common with origin's default branch.",
  );
}

/** Its settings are ours alone. The objects are borrowed: nothing is copied. */
async function makeStaging({ stagingDir, path, signal }: RangeWanted, place: RepositoryPlace): Promise<void> {
  await mkdir(stagingDir, { recursive: true });
  const call = { machine: { path, env: {} }, gitDir: stagingDir, timeoutMs: GIT_TIMEOUT_MS, signal };
  await inMirror(call, (git) => git.init(true, [`--initial-branch=${LOCAL_DEFAULT_BRANCH}`]));
  await rm(join(stagingDir, 'hooks'), { recursive: true, force: true });
  const objects = join(place.commonDir, 'objects');
  // A path in this file ends at the line; in quotes it may hold anything. https://git-scm.com/docs/gitrepository-layout
  await writeFile(join(stagingDir, 'objects', 'info', 'alternates'), `${JSON.stringify(objects)}\n`);
}

function refsOf(baseSha: string, headSha: string): string {
  const refs = [
    `update refs/heads/${LOCAL_DEFAULT_BRANCH} ${baseSha}`,
    `update refs/pull/${LOCAL_NUMBER}/head ${headSha}`,
  ];
  return `${refs.join('\n')}\n`;
}

interface Range {
  readonly baseSha: string;
  readonly headSha: string;
}

async function textsOf(staging: MirrorCall, { baseSha, headSha }: Range) {
  const head = await tryInMirror(staging, (git) =>
    git.raw(['show', '-s', '--format=%an%n%s', headSha, '--']),
  );
  const [author = '', title = ''] = (head ?? '').split('\n');
  const range = [`--max-count=${COMMITS_MAX}`, '--reverse', '--format=%B', `${baseSha}..${headSha}`, '--'];
  const messages = await tryInMirror(staging, (git) => git.raw(['log', ...range]));
  return {
    title: title.slice(0, TITLE_MAX_CHARS).toWellFormed() || '(no title)',
    author: author.slice(0, TITLE_MAX_CHARS).toWellFormed() || '(unknown)',
    body: bodyOf(messages),
  };
}

function bodyOf(messages: string | null): string {
  if (messages === null) return '(the messages of the commits are too long to be read)';
  const text = messages.trim();
  if (text.length <= BODY_MAX_CHARS) return text;
  return `${text.slice(0, BODY_MAX_CHARS).toWellFormed()}\n\n(cut: ${BODY_MAX_CHARS} of ${text.length} characters)`;
}

async function configAt(staging: MirrorCall, baseSha: string): Promise<LocalRange['config']> {
  const blob = `${baseSha}:${CONFIG_PATH}`;
  const size = await tryInMirror(staging, (git) => git.raw(['cat-file', '-s', blob]));
  if (size === null) return null;
  if (Number(size) > CONFIG_MAX_BYTES) return { bytes: Number(size) };
  return tryInMirror(staging, (git) => git.raw(['cat-file', 'blob', blob]));
}

function shownText(revision: string): string {
  return revision
    .replace(/\p{Cc}/gu, '�')
    .slice(0, 100)
    .toWellFormed();
}
