/** The crew's own commits on a branch, as patches to be applied elsewhere. What a person pushed among them is not rewritten. */
import { UserError } from '../../core/errors.ts';
import type { Replay } from '../../core/workspace-ports.ts';
import { type GitCall, type GitMachine, git } from './git.ts';
import { DIFF_OPTIONS } from './tree-diff.ts';

/** More are no branch of the crew's. */
const REPLAY_MAX_COMMITS = 100;
const OWN_TRAILER = /^Crew-Task: \S+$/m;

export interface CommitToReplay {
  readonly sha: string;
  readonly message: string;
  /** Bytes: content need not be UTF-8. */
  readonly patch: Buffer;
  /** Author date, since 1970. */
  readonly seconds: number;
}

type Call = Pick<GitCall, 'gitDir' | 'signal' | 'timeoutMs'>;

/** Along first parents, oldest first. Throws UserError for a merge, a commit of somebody else's, and too many. */
export async function commitsToReplay(
  machine: GitMachine,
  call: Call,
  { fromSha, toSha }: Replay,
): Promise<readonly CommitToReplay[]> {
  const args = ['rev-list', '--first-parent', '--reverse', '--parents', `${fromSha}..${toSha}`, '--'];
  const lines = text(await git(machine, args, call)).split('\n');
  const listed = lines.filter((line) => line !== '');
  if (listed.length > REPLAY_MAX_COMMITS) {
    throw new UserError(
      `The branch has ${listed.length} commits of its own: the crew makes ${REPLAY_MAX_COMMITS} anew at most.`,
    );
  }
  const commits: CommitToReplay[] = [];
  for (const line of listed) {
    const [sha = '', ...parents] = line.split(' ');
    commits.push(await readCommit(machine, call, sha, parents));
  }
  return commits;
}

async function readCommit(
  machine: GitMachine,
  call: Call,
  sha: string,
  parents: readonly string[],
): Promise<CommitToReplay> {
  const told = text(await git(machine, ['log', '-1', '--no-show-signature', '--format=%at%n%B', sha], call));
  const end = told.indexOf('\n');
  const message = `${told.slice(end + 1).trim()}\n`;
  const [parent] = parents;
  if (parent === undefined || parents.length > 1 || !OWN_TRAILER.test(message)) {
    throw new UserError(
      `The commit ${sha.slice(0, 7)} was pushed by a person: the crew does not rewrite it. Rebase the branch by hand, or merge its base into it.`,
    );
  }
  const args = ['diff-tree', '-p', '--binary', ...DIFF_OPTIONS, parent, sha, '--'];
  const patch = await git(machine, args, call);
  return { sha, message, patch, seconds: Number(told.slice(0, end)) };
}

function text(printed: Buffer): string {
  return printed.toString('utf8').trim();
}
