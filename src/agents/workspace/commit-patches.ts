/**
 * Builds commits out of patches in an index, without a work tree: the same base and patches give the same commits
 * on every machine, whatever its line ends, clock or settings.
 */
import { ConflictError, TransientError } from '../../core/errors.ts';
import { parseDiff } from '../../core/parse-diff.ts';
import type { CommitSummary } from '../../core/result-records.ts';
import type { AsOne, CommitAuthor, PatchToApply, Replay, SkippedCommit } from '../../core/workspace-ports.ts';
import { diskFailure } from './failures.ts';
import { type GitCall, GitError, type GitMachine, git, tryGit } from './git.ts';
import { commitsToReplay } from './replay-commits.ts';

/** For commits that stay here. `.invalid` is reserved, so GitHub takes it for nobody's address. */
const LOCAL_AUTHOR: CommitAuthor = { name: 'HyperCode Crew', email: 'crew@hypercode.invalid' };
const CONFLICTS_SHOWN = 10;

export interface Wanted {
  readonly baseSha: string;
  readonly replay?: Replay | null;
  readonly patches: readonly PatchToApply[];
  readonly asOne?: AsOne | null;
  /** Of all commits, also of those that are made anew. */
  readonly author?: CommitAuthor;
}

export interface Committed {
  readonly headSha: string;
  readonly treeSha: string;
  readonly baseTreeSha: string;
  readonly commits: readonly CommitSummary[];
  /** The same ones, as git has them. */
  readonly made: readonly MadeCommit[];
  readonly skipped: readonly SkippedCommit[];
}

export interface MadeCommit {
  readonly sha: string;
  readonly treeSha: string;
  readonly message: string;
}

export type CommitCall = Pick<GitCall, 'gitDir' | 'signal' | 'timeoutMs'>;

/** Throws ConflictError for a patch that does not apply; a commit to replay that does not is skipped. */
export async function commitPatches(
  machine: GitMachine,
  call: CommitCall,
  { baseSha, replay, patches, asOne = null, author = LOCAL_AUTHOR }: Wanted,
): Promise<Committed> {
  const commits: CommitSummary[] = [];
  const made: MadeCommit[] = [];
  const skipped: SkippedCommit[] = [];
  await git(machine, ['read-tree', baseSha], call);
  const baseTreeSha = await treeOf(machine, call, baseSha);
  const head = { sha: baseSha, treeSha: baseTreeSha };
  const commit = async (change: Change, treeSha: string): Promise<void> => {
    const options = { ...call, env: identity(author, change.seconds), stdin: change.message };
    const sha = text(await git(machine, ['commit-tree', '-p', head.sha, treeSha], options));
    Object.assign(head, { sha, treeSha });
    commits.push(summaryOf(sha, change));
    made.push({ sha, treeSha, message: change.message });
  };
  for (const old of replay ? await commitsToReplay(machine, call, replay) : []) {
    if (old.patch.length === 0) continue;
    const change: Change = { ...old, name: `\`${old.sha.slice(0, 7)}\`` };
    const conflict = await tryToApply(machine, call, change);
    if (conflict !== null) {
      skipped.push({ sha: old.sha, message: old.message, patch: String(old.patch), files: conflict.files });
      await git(machine, ['read-tree', head.sha], call);
      continue;
    }
    const treeSha = text(await git(machine, ['write-tree'], call));
    // What it does is on the new base already.
    if (treeSha !== head.treeSha) await commit(change, treeSha);
  }
  for (const patch of patches) {
    if (patch.patch.trim() === '') continue;
    const change: Change = { ...patch, name: patch.subtaskKey, seconds: secondsOf(patch) };
    const conflict = await tryToApply(machine, call, change);
    if (conflict !== null) throw conflict;
    if (asOne === null) await commit(change, text(await git(machine, ['write-tree'], call)));
  }
  if (asOne !== null) {
    const whole = {
      name: 'the work',
      patch: patches.map(({ patch }) => patch).join(''),
      message: asOne.message,
    };
    await commit({ ...whole, seconds: secondsOf(asOne) }, text(await git(machine, ['write-tree'], call)));
  }
  return { headSha: head.sha, treeSha: head.treeSha, baseTreeSha, commits, made, skipped };
}

async function treeOf(machine: GitMachine, call: CommitCall, sha: string): Promise<string> {
  return text(await git(machine, ['rev-parse', '--verify', `${sha}^{tree}`], call));
}

interface Change {
  /** As an error names it. */
  readonly name: string;
  readonly patch: string | Buffer;
  readonly message: string;
  /** Its date, since 1970. */
  readonly seconds: number;
}

/** Null when it applies. */
async function tryToApply(
  machine: GitMachine,
  call: CommitCall,
  change: Change,
): Promise<ConflictError | null> {
  const args = ['apply', '--cached', '--3way', '--whitespace=nowarn', '-'];
  const result = await tryGit(machine, args, { ...call, stdin: change.patch });
  if (result.exitCode === 0) return null;
  // Nothing is known of whether it fits.
  if (result.exitCode === null) {
    throw new TransientError(`applying ${change.name} was not finished`, {
      cause: new GitError('apply', result),
    });
  }
  const failure = diskFailure(new Error(result.stderr));
  if (failure instanceof Error && failure.name === 'TransientError') throw failure;
  const unmerged = await git(machine, ['diff', '--cached', '--name-only', '--diff-filter=U', '-z'], call);
  const named = new Set(
    [...text(unmerged).split('\0'), ...pathsIn(result.stderr)].filter((path) => path !== ''),
  );
  const files = [...named];
  const shown = files.slice(0, CONFLICTS_SHOWN).map((path) => `\`${path}\``);
  const more = files.length > CONFLICTS_SHOWN ? ` and ${files.length - CONFLICTS_SHOWN} more` : '';
  return new ConflictError(
    files.length > 0
      ? `The change of ${change.name} does not fit what is there: it conflicts in ${shown.join(', ')}${more}.`
      : `The change of ${change.name} cannot be applied: ${result.stderr.trim().slice(0, 500)}`,
    { subtaskKey: change.name, files, cause: new Error(result.stderr) },
  );
}

/** `error: patch failed: <path>:<line>` and its like, where no three-way merge was possible. */
function pathsIn(stderr: string): readonly string[] {
  const patterns = [
    /^error: patch failed: (.+):\d+$/gm,
    /^error: (.+): (?:does not|patch does not|already exists)/gm,
  ];
  return patterns.flatMap((pattern) => [...stderr.matchAll(pattern)].map((match) => match[1] ?? ''));
}

function secondsOf(patch: AsOne): number {
  const seconds = Math.floor(Date.parse(patch.at) / 1_000);
  if (!Number.isSafeInteger(seconds)) throw new Error(`a patch has no date: ${patch.at}`);
  return seconds;
}

function identity({ name, email }: CommitAuthor, seconds: number): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: `${seconds} +0000`,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: `${seconds} +0000`,
  };
}

function summaryOf(sha: string, change: Change): CommitSummary {
  const role = /^Crew-Role: (.+)$/m.exec(change.message)?.[1] ?? 'crew';
  const subject = change.message.split('\n', 1)[0] ?? '';
  return { sha, role, subject, filesChanged: parseDiff(String(change.patch)).length };
}

function text(printed: Buffer): string {
  return printed.toString('utf8').trim();
}
