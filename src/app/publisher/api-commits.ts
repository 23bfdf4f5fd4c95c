/**
 * Makes commits through the API. GitHub signs those that name neither author nor committer in the App's name: Verified. Until a
 * branch is moved to them nobody sees them, so a sending that ends half-way leaves nothing behind.
 */
import { isUtf8 } from 'node:buffer';
import { UserError } from '../../core/errors.ts';
import type { BuiltChange, BuiltCommit, BuiltCommits } from '../../core/workspace-ports.ts';
import { gitCommitAnswer, parseAnswer, shaAnswer } from '../github/answers.ts';
import type { EffectContext } from './effect-definition.ts';

/** Larger files are sent each by itself. */
const INLINE_MAX_BYTES = 256 * 1024;
/** In the time of one lease, and of what GitHub allows in a minute. */
const WRITES_MAX = 60;
const MESSAGE_MAX_CHARS = 20_000;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

type TreeEntry = {
  path: string;
  mode: '100644' | '100755' | '120000';
  type: 'blob';
  sha?: string | null;
  content?: string;
};

/** Why these cannot be made so, following "not Verified: "; null when they can. */
export function whyNotByApi(built: BuiltCommits): string | null {
  if (built.tooLarge !== null) return built.tooLarge;
  const blobs = built.commits.flatMap(({ changes }) => changes).filter((change) => isBlob(change));
  const writes = 2 * built.commits.length + blobs.length + 1;
  return writes > WRITES_MAX ? `${writes} requests are more than the crew makes for one push` : null;
}

/** Answers the last one's name. Throws UserError when GitHub's trees differ from ours. */
export async function makeCommits(
  context: EffectContext,
  built: BuiltCommits,
  baseSha: string,
): Promise<string> {
  let head = { sha: baseSha, treeSha: built.baseTreeSha };
  for (const commit of built.commits) {
    await makeTree(context, commit, head.treeSha);
    head = { sha: await makeCommit(context, commit, head.sha), treeSha: commit.treeSha };
  }
  return head.sha;
}

async function makeTree(context: EffectContext, commit: BuiltCommit, baseTreeSha: string): Promise<void> {
  // GitHub takes no empty tree of changes.
  if (commit.changes.length === 0) return;
  const tree: TreeEntry[] = [];
  for (const change of commit.changes) tree.push(await entryOf(context, change));
  const { github, at } = context;
  const { data } = await github.rest.git.createTree({ ...at, base_tree: baseTreeSha, tree });
  const { sha } = parseAnswer(shaAnswer, data, 'a tree');
  if (sha === commit.treeSha) return;
  throw new UserError(`GitHub made the tree ${sha} and not ${commit.treeSha}: nothing was pushed.`);
}

async function makeCommit(context: EffectContext, commit: BuiltCommit, parent: string): Promise<string> {
  const { github, at, texts, log } = context;
  const message = await texts.plain(commit.message, MESSAGE_MAX_CHARS);
  const wanted = { message, tree: commit.treeSha, parents: [parent] };
  const { data } = await github.rest.git.createCommit({ ...at, ...wanted });
  const { sha, verification } = parseAnswer(gitCommitAnswer, data, 'a commit');
  if (verification?.verified === false) {
    log.warn({ sha, reason: verification.reason }, 'GitHub did not sign a commit of the App');
  }
  return sha;
}

async function entryOf({ github, at }: EffectContext, change: BuiltChange): Promise<TreeEntry> {
  const entry = { path: change.path, mode: change.mode, type: 'blob' } as const;
  if (change.kind === 'delete') return { ...entry, sha: null };
  const bytes = Buffer.from(change.content);
  if (!isBlob(change)) return { ...entry, content: bytes.toString('utf8') };
  const blob = { content: bytes.toString('base64'), encoding: 'base64' };
  const { data } = await github.rest.git.createBlob({ ...at, ...blob });
  return { ...entry, sha: parseAnswer(shaAnswer, data, 'a blob').sha };
}

/** What is no short, plain text keeps its bytes only as a blob of its own; an empty `content` is easily taken for none. */
function isBlob(change: BuiltChange): boolean {
  if (change.kind === 'delete') return false;
  const bytes = Buffer.from(change.content);
  const isPlain = isUtf8(bytes) && !bytes.includes(0) && !bytes.subarray(0, BOM.length).equals(BOM);
  return !isPlain || bytes.length === 0 || bytes.length > INLINE_MAX_BYTES;
}
