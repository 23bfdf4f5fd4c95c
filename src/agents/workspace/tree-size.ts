/**
 * What a commit would take when it is checked out, looked at before: a few kilobytes of history can name one blob, or one folder, a
 * million times over, and neither git's index nor a disk holds that.
 */
import { UserError } from '../../core/errors.ts';
import { type GitCall, GitError, type GitMachine, tryGit } from './git.ts';
import type { WorkspaceLimits } from './limits.ts';

/** Of a size that git prints, with its line end. */
const SIZE_MAX_CHARS = 14;

/** Throws UserError for a tree that is too large. */
export async function checkTreeSize(
  machine: GitMachine,
  call: Pick<GitCall, 'gitDir' | 'signal' | 'timeoutMs'>,
  sha: string,
  { checkoutMaxFiles, checkoutMaxBytes }: WorkspaceLimits,
): Promise<void> {
  const outputLimitBytes = checkoutMaxFiles * SIZE_MAX_CHARS;
  const args = ['ls-tree', '-r', '--format=%(objectsize)', sha];
  const listed = await tryGit(machine, args, { ...call, outputLimitBytes });
  if (!listed.truncated && !listed.timedOut && listed.exitCode !== 0) throw new GitError('ls-tree', listed);
  // Links and commits of other repositories have none that counts.
  const sizes = listed.stdout
    .toString('latin1')
    .split('\n')
    .slice(0, -1)
    .map((size) => Number(size) || 0);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const tooLarge =
    listed.truncated || listed.timedOut || sizes.length > checkoutMaxFiles || bytes > checkoutMaxBytes;
  if (!tooLarge) return;
  const gib = (checkoutMaxBytes / 1024 ** 3).toFixed(1);
  throw new UserError(
    `The commit \`${sha.slice(0, 7)}\` is more than this crew checks out: ${checkoutMaxFiles.toLocaleString('en-US')} files, or ${gib} GiB.`,
  );
}
