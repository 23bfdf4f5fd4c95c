/** Clones a branch as a developer would, to try what stands on it. */
import { simpleGit } from 'simple-git';

const CLONE_TIMEOUT_MS = 60_000;

/** `repository` is a path or an address; `folder` must not exist yet, or be empty. Answers the commit that is checked out. */
export async function checkOut(repository: string, branch: string, folder: string): Promise<string> {
  const git = simpleGit({ trimmed: true, timeout: { block: CLONE_TIMEOUT_MS } });
  await git.clone(repository, folder, { '--quiet': null, '--branch': branch, '--single-branch': null });
  return simpleGit({ baseDir: folder, trimmed: true }).revparse(['HEAD']);
}
