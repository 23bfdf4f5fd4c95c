/** Pushes a commit to a branch that must not exist yet, or must stand there already. Never moves a branch. */
import { TransientError, UserError } from '../../core/errors.ts';
import { fetchFailure } from './failures.ts';
import { GitError, type GitMachine, type RemoteAccess, tryGit } from './git.ts';

const BRANCH = /^(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[\w][\w./-]{0,199}(?<![./])$/;

export async function pushBranch(
  machine: GitMachine,
  push: {
    readonly gitDir: string;
    readonly branch: string;
    readonly headSha: string;
    readonly remote: RemoteAccess;
    readonly signal: AbortSignal;
    readonly timeoutMs: number;
  },
): Promise<void> {
  const { branch, headSha, remote } = push;
  if (!BRANCH.test(branch)) throw new Error(`not a branch name of the crew's: ${branch}`);
  const ref = `refs/heads/${branch}`;
  // The lease on nothing makes it an error that the branch exists elsewhere, even where it could be moved on.
  const args = ['push', '--porcelain', '--no-verify', '--no-follow-tags', `--force-with-lease=${ref}:`];
  const result = await tryGit(machine, [...args, '--', remote.url, `${headSha}:${ref}`], push);
  if (result.exitCode === 0) return;
  const printed = `${result.stdout.toString('utf8')}\n${result.stderr}`;
  if (/^!\t.*\[rejected\]/m.test(printed)) {
    throw new UserError(
      `The branch \`${branch}\` stands at another commit already. Delete it, or ask for a retry.`,
    );
  }
  const refused = /^!\t[^\t]*\t\[remote rejected\] \((.*)\)$/m.exec(printed)?.[1];
  if (refused !== undefined) {
    const passing = /cannot lock ref|failed to update ref|internal|timeout/i.test(refused);
    const message = `GitHub refused the branch \`${branch}\`: ${refused}`;
    throw passing ? new TransientError(message) : new UserError(message);
  }
  throw fetchFailure(new GitError('push', result), `pushing \`${branch}\``);
}
