/**
 * What `crew review` reviews: a range of commits of a clone on this machine, as the pull request it would be. The clone's
 * settings, hooks and texts are anybody's. In the clone itself only names are resolved; everything else is done in a bare
 * repository of our own that borrows the clone's objects, and the clone is not written to.
 */
import { inMirror, type MirrorCall, tryInMirror } from '../../agents/workspace/mirror-git.ts';
import { ConfigError } from '../../core/errors.ts';
import type { PullRequestSnapshot } from '../../core/request-records.ts';
import { commitOf, resolved } from './clone-revisions.ts';
import {
  type CloneWanted,
  configAt,
  gitIn,
  LOCAL_DEFAULT_BRANCH,
  type LocalConfig,
  makeStaging,
  nameOf,
  openClone,
  shownText,
} from './clone-staging.ts';

export interface RangeWanted extends CloneWanted {
  /** Null: where the head left origin's default branch. */
  readonly base: string | null;
  readonly head: string;
}

export interface LocalRange {
  /** Bare, ours, with the head as `refs/pull/1/head` and the base as the default branch. */
  readonly gitDir: string;
  readonly name: string;
  readonly pullRequest: PullRequestSnapshot;
  readonly config: LocalConfig;
}

export const LOCAL_NUMBER = 1;

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
  const { place, clone } = await openClone(wanted);
  const headSha = await commitOf(clone, wanted.head, '--head');
  const given = wanted.base === null ? null : await commitOf(clone, wanted.base, '--base');
  const trunk = given === null ? await defaultBranch(clone) : null;
  await makeStaging(wanted, place);
  const staging = gitIn(wanted, wanted.stagingDir);
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
    name: nameOf(place),
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
