/** Clones a branch as a developer would, to try what stands on it. */
import { dirname } from 'node:path';
import { runCommand } from './run-command.ts';

/** `repository` is a path or an address; `folder` must not exist yet, but the one that it is to be in. */
export async function checkOut(repository: string, branch: string, folder: string): Promise<void> {
  const clone = ['clone', '--quiet', '--single-branch', `--branch=${branch}`, '--', repository, folder];
  const { exitCode, output } = await runCommand(dirname(folder), ['git', ...clone]);
  if (exitCode !== 0) throw new Error(`${branch} could not be cloned from ${repository}: ${output}`);
}
