/** Branches through the API: where they stand, and how they come to stand elsewhere. */
import { branchGone, branchMoved } from '../../core/messages/branches.ts';
import { gitCommitAnswer, parseAnswer, refAnswer } from '../github/answers.ts';
import { type GitHubRefusal, isRefusal } from '../github/refusal.ts';
import { nullOn404 } from '../github/when-gone.ts';
import type { EffectContext } from './effect-definition.ts';

export interface BranchHead {
  readonly sha: string;
  readonly treeSha: string;
  readonly message: string;
}

/** Null when there is no such branch. */
export async function branchHead(context: EffectContext, branch: string): Promise<BranchHead | null> {
  const { github, at } = context;
  const found = await nullOn404(github.rest.git.getRef({ ...at, ref: `heads/${branch}` }));
  if (found === null) return null;
  const { sha } = parseAnswer(refAnswer, found.data, 'a branch').object;
  const { data } = await github.rest.git.getCommit({ ...at, commit_sha: sha });
  const commit = parseAnswer(gitCommitAnswer, data, 'a commit');
  return { sha, treeSha: commit.tree.sha, message: commit.message };
}

/** False when a branch of that name exists already. */
export async function createBranch(
  { github, at }: EffectContext,
  branch: string,
  sha: string,
): Promise<boolean> {
  try {
    await github.rest.git.createRef({ ...at, ref: `refs/heads/${branch}`, sha });
    return true;
  } catch (error) {
    if (isRefusal(error, 422) && says(error, /already exists/i)) return false;
    throw error;
  }
}

/** Throws UserError where it is gone or, unless forced, was moved elsewhere. */
export async function moveBranch(
  { github, at }: EffectContext,
  branch: string,
  to: { readonly sha: string; readonly force: boolean },
): Promise<void> {
  try {
    await github.rest.git.updateRef({ ...at, ref: `heads/${branch}`, ...to });
  } catch (error) {
    if (!isRefusal(error, 422)) throw error;
    if (says(error, /not a fast.forward/i)) throw branchMoved(branch);
    throw says(error, /does not exist/i) ? branchGone(branch) : error;
  }
}

export function branchUrl({ webUrl, at }: EffectContext, branch: string): string {
  const path = [at.owner, at.repo, 'tree', ...branch.split('/')].map(encodeURIComponent).join('/');
  return `${webUrl}/${path}`;
}

function says(refusal: GitHubRefusal, pattern: RegExp): boolean {
  return pattern.test(refusal.message) || refusal.errors.some((error) => pattern.test(error));
}
