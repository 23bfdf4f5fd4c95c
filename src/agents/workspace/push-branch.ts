/** Pushes a commit to a branch that must stand where it is said to stand, or at that commit already. Never moves another one. */
import { TransientError, UserError } from '../../core/errors.ts';
import { branchMoved, branchStandsElsewhere } from '../../core/messages/branches.ts';
import { fetchFailure } from './failures.ts';
import { GitError, type GitMachine, type RemoteAccess, tryGit } from './git.ts';

const BRANCH = /^(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[\w][\w./-]{0,199}(?<![./])$/;

export async function pushBranch(
  machine: GitMachine,
  push: {
    readonly gitDir: string;
    readonly branch: string;
    readonly headSha: string;
    /** Where it stands; null: it must not exist yet. */
    readonly onto: string | null;
    readonly remote: RemoteAccess;
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
  },
): Promise<void> {
  const { branch, headSha, onto, remote } = push;
  if (!BRANCH.test(branch)) throw new Error(`not a branch name of the crew's: ${branch}`);
  const ref = `refs/heads/${branch}`;
  // The lease makes it an error that the branch stands elsewhere, even where it could be moved on.
  const lease = `--force-with-lease=${ref}:${onto ?? ''}`;
  const args = ['push', '--porcelain', '--no-verify', '--no-follow-tags', lease];
  const result = await tryGit(machine, [...args, '--', remote.url, `${headSha}:${ref}`], push);
  if (result.exitCode === 0) return;
  const printed = `${result.stdout.toString('utf8')}\n${result.stderr}`;
  if (/^!\t.*\[rejected\]/m.test(printed)) {
    throw onto === null ? branchStandsElsewhere(branch) : branchMoved(branch);
  }
  const refused = /^!\t[^\t]*\t\[remote rejected\] \((.*)\)$/m.exec(printed)?.[1];
  if (refused !== undefined) {
    const passing = /cannot lock ref|failed to update ref|internal|timeout/i.test(refused);
    const message = `GitHub refused the branch \`${branch}\`: ${refused}`;
    throw passing ? new TransientError(message) : new UserError(message);
  }
  throw fetchFailure(new GitError('push', result), `pushing \`${branch}\``);
}
