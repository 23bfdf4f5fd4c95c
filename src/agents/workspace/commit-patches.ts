/**
 * Builds commits out of patches in an index, without a work tree: the same base and patches give the same commits
 * on every machine, whatever its line ends, clock or settings.
 */
import { ConflictError } from '../../core/errors.ts';
import { parseDiff } from '../../core/parse-diff.ts';
import type { PatchToApply } from '../../core/ports.ts';
import type { CommitSummary } from '../../core/records.ts';
import { diskFailure } from './failures.ts';
import { type GitCall, type GitMachine, git, tryGit } from './git.ts';

/** `.invalid` is reserved, so GitHub takes it for nobody's address. */
const COMMITTER = { name: 'HyperCode Crew', email: 'crew@hypercode.invalid' };
const CONFLICTS_SHOWN = 10;

export interface Committed {
  readonly headSha: string;
  readonly treeSha: string;
  readonly commits: readonly CommitSummary[];
}

/** Throws ConflictError for a patch that does not apply. */
export async function commitPatches(
  machine: GitMachine,
  call: Pick<GitCall, 'gitDir' | 'signal' | 'timeoutMs'>,
  baseSha: string,
  patches: readonly PatchToApply[],
): Promise<Committed> {
  const commits: CommitSummary[] = [];
  let headSha = baseSha;
  await git(machine, ['read-tree', baseSha], call);
  for (const patch of patches) {
    if (patch.patch.trim() === '') continue;
    await applyToIndex(machine, call, patch);
    const tree = text(await git(machine, ['write-tree'], call));
    headSha = text(
      await git(machine, ['commit-tree', '-p', headSha, tree], {
        ...call,
        env: identity(patch),
        stdin: patch.message,
      }),
    );
    commits.push(summaryOf(headSha, patch));
  }
  const treeSha = text(await git(machine, ['rev-parse', '--verify', `${headSha}^{tree}`], call));
  return { headSha, treeSha, commits };
}

async function applyToIndex(
  machine: GitMachine,
  call: Pick<GitCall, 'gitDir' | 'signal' | 'timeoutMs'>,
  patch: PatchToApply,
): Promise<void> {
  const args = ['apply', '--cached', '--3way', '--whitespace=nowarn', '-'];
  const result = await tryGit(machine, args, { ...call, stdin: patch.patch });
  if (result.exitCode === 0) return;
  const failure = diskFailure(new Error(result.stderr));
  if (failure instanceof Error && failure.name === 'TransientError') throw failure;
  const unmerged = await git(machine, ['diff', '--cached', '--name-only', '--diff-filter=U', '-z'], call);
  const named = new Set(
    [...text(unmerged).split('\0'), ...pathsIn(result.stderr)].filter((path) => path !== ''),
  );
  const files = [...named];
  const shown = files.slice(0, CONFLICTS_SHOWN).map((path) => `\`${path}\``);
  const more = files.length > CONFLICTS_SHOWN ? ` and ${files.length - CONFLICTS_SHOWN} more` : '';
  throw new ConflictError(
    files.length > 0
      ? `The change of ${patch.subtaskKey} does not fit what is there: it conflicts in ${shown.join(', ')}${more}.`
      : `The change of ${patch.subtaskKey} cannot be applied: ${result.stderr.trim().slice(0, 500)}`,
    { subtaskKey: patch.subtaskKey, files, cause: new Error(result.stderr) },
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

function identity(patch: PatchToApply): Record<string, string> {
  const seconds = Math.floor(Date.parse(patch.at) / 1_000);
  if (!Number.isSafeInteger(seconds)) throw new Error(`a patch has no date: ${patch.at}`);
  return {
    GIT_AUTHOR_NAME: patch.authorName,
    GIT_AUTHOR_EMAIL: patch.authorEmail,
    GIT_AUTHOR_DATE: `${seconds} +0000`,
    GIT_COMMITTER_NAME: COMMITTER.name,
    GIT_COMMITTER_EMAIL: COMMITTER.email,
    GIT_COMMITTER_DATE: `${seconds} +0000`,
  };
}

function summaryOf(sha: string, patch: PatchToApply): CommitSummary {
  const role = /^Crew-Role: (.+)$/m.exec(patch.message)?.[1] ?? patch.authorName;
  const subject = patch.message.split('\n', 1)[0] ?? '';
  return { sha, role, subject, filesChanged: parseDiff(patch.patch).length };
}

function text(printed: Buffer): string {
  return printed.toString('utf8').trim();
}
