// Opening, changing and merging pull requests.
import { readCommit, writeCommit } from '../commits.ts';
import { mergeTree } from '../pull-diff.ts';
import type { RepoDoc } from '../records.ts';
import { renderLogin } from '../render/accounts.ts';
import { headRepoId, isPull, type PullIssue } from '../render/pulls.ts';
import { type Deed, findUser, GitHubError, invalid, repoOf, stamp } from '../world.ts';
import { bringCommits, headOf } from './forks.ts';
import { addIssue, emitIssue, note } from './issues.ts';
import { closeMerged } from './pull-moves.ts';
import { syncRefs } from './refs.ts';

export interface NewPull {
  readonly title: string;
  readonly head: string;
  readonly base: string;
  readonly body?: string | null | undefined;
  readonly draft?: boolean | undefined;
  readonly maintainerCanModify?: boolean | undefined;
}

export async function openPull(deed: Deed, repo: RepoDoc, wanted: NewPull): Promise<PullIssue> {
  const { tx, world } = deed;
  const dir = world.git.dirOf(repo);
  const from = headOf(deed, repo, wanted.head);
  const sha = from?.repo.refs[`refs/heads/${from.ref}`];
  const base = repo.refs[`refs/heads/${wanted.base}`];
  if (from === null || sha === undefined) throw invalidPull({ field: 'head', code: 'invalid' });
  if (base === undefined) throw invalidPull({ field: 'base', code: 'invalid' });
  const twin = tx
    .list('issue', (one) => one.repo === repo.id && one.state === 'open')
    .filter(isPull)
    .filter((one) => headRepoId(one) === from.repo.id)
    .find((one) => one.pull.head.ref === from.ref && one.pull.base.ref === wanted.base);
  if (twin) {
    const message = `A pull request already exists for ${from.repo.owner}:${from.ref}.`;
    throw invalidPull({ code: 'custom', message });
  }
  await bringCommits(deed, repo, from);
  if (await world.git.isAncestor(dir, sha, base)) {
    throw invalidPull({ code: 'custom', message: `No commits between ${wanted.base} and ${from.ref}` });
  }
  const crosses = from.repo.id !== repo.id;
  const issue = addIssue(deed, repo, wanted, {
    id: tx.nextId(),
    head: { ref: from.ref, sha, ...(crosses ? { fork: { id: from.repo.id, owner: from.repo.owner } } : {}) },
    base: { ref: wanted.base, sha: base },
    draft: wanted.draft ?? false,
    maintainerCanModify: crosses && (wanted.maintainerCanModify ?? true),
    mergedAt: null,
    mergedBy: null,
    mergeSha: null,
    reviewers: [],
  });
  if (!isPull(issue)) throw new Error('a pull request was opened as an issue');
  await world.git.run(dir, ['update-ref', `refs/pull/${issue.number}/head`, sha]);
  await emitIssue(deed, repo, issue, 'opened');
  return issue;
}

const invalidPull = (error: Record<string, string>): GitHubError =>
  invalid('Validation Failed', [{ resource: 'PullRequest', ...error }]);

export async function setDraft(deed: Deed, issue: PullIssue, draft: boolean): Promise<PullIssue> {
  if (issue.pull.draft === draft) return issue;
  const next: PullIssue = { ...issue, updatedAt: stamp(deed.world), pull: { ...issue.pull, draft } };
  deed.tx.put('issue', next);
  note(deed, next, { event: draft ? 'convert_to_draft' : 'ready_for_review' });
  await emitIssue(deed, repoOf(deed.tx, issue.repo), next, draft ? 'converted_to_draft' : 'ready_for_review');
  return next;
}

export async function setBase(deed: Deed, issue: PullIssue, ref: string): Promise<PullIssue> {
  const repo = repoOf(deed.tx, issue.repo);
  const sha = repo.refs[`refs/heads/${ref}`];
  if (sha === undefined) throw invalidPull({ field: 'base', code: 'invalid' });
  if (ref === issue.pull.base.ref) return issue;
  const next: PullIssue = { ...issue, pull: { ...issue.pull, base: { ref, sha } } };
  deed.tx.put('issue', next);
  const changes = { base: { ref: { from: issue.pull.base.ref }, sha: { from: issue.pull.base.sha } } };
  await emitIssue(deed, repo, next, 'edited', { changes });
  return next;
}

export async function setReviewers(
  deed: Deed,
  issue: PullIssue,
  logins: readonly string[],
  add: boolean,
): Promise<PullIssue> {
  const repo = repoOf(deed.tx, issue.repo);
  let next = issue;
  for (const login of logins) {
    const user = findUser(deed.tx, login);
    if (!user) throw invalid('Reviews may only be requested from collaborators.');
    if (add && user.login === issue.user) {
      throw invalid('Review cannot be requested from pull request author.');
    }
    if (next.pull.reviewers.includes(user.login) === add) continue;
    const reviewers = add
      ? [...next.pull.reviewers, user.login]
      : next.pull.reviewers.filter((one) => one !== user.login);
    next = { ...next, pull: { ...next.pull, reviewers } };
    deed.tx.put('issue', next);
    await emitIssue(deed, repo, next, add ? 'review_requested' : 'review_request_removed', {
      requested_reviewer: renderLogin(deed.world, deed.tx, user.login),
    });
  }
  return next;
}

export interface MergeWish {
  readonly method: 'merge' | 'squash' | 'rebase';
  readonly title?: string | undefined;
  readonly message?: string | undefined;
  readonly sha?: string | undefined;
}

export async function mergePull(deed: Deed, issue: PullIssue, wish: MergeWish): Promise<string> {
  const { world, tx } = deed;
  const repo = repoOf(tx, issue.repo);
  const dir = world.git.dirOf(repo);
  const { head, base } = issue.pull;
  if (issue.state === 'closed' || issue.pull.draft)
    throw new GitHubError(405, 'Pull Request is not mergeable');
  if (wish.sha !== undefined && wish.sha !== head.sha) {
    throw new GitHubError(409, 'Head branch was modified. Review and try the merge again.');
  }
  const tree = await mergeTree(world.git, dir, { base: base.sha, head: head.sha });
  if (tree === null) throw new GitHubError(405, 'Pull Request is not mergeable');
  const sha = await writeMerge(deed, repo, issue, wish, tree);
  // The old value makes git refuse when the base moved meanwhile.
  await world.git.run(dir, ['update-ref', `refs/heads/${base.ref}`, sha, base.sha]);
  await closeMerged(deed, issue, sha);
  await syncRefs(deed, repo.id);
  return sha;
}

async function writeMerge(
  deed: Deed,
  repo: RepoDoc,
  issue: PullIssue,
  wish: MergeWish,
  tree: string,
): Promise<string> {
  const { world, actor } = deed;
  const { head, base } = issue.pull;
  const dir = world.git.dirOf(repo);
  const email = `${actor.id}+${actor.login}@users.noreply.github.com`;
  const author = { name: actor.login, email, date: stamp(world) };
  const rest = wish.message === undefined ? '' : `\n\n${wish.message}`;
  if (wish.method === 'merge') {
    const title =
      wish.title ?? `Merge pull request #${issue.number} from ${head.fork?.owner ?? repo.owner}/${head.ref}`;
    const message = `${title}${rest || `\n\n${issue.title}`}`;
    return writeCommit(world.git, dir, {
      tree,
      parents: [base.sha, head.sha],
      author,
      committer: author,
      message,
    });
  }
  // A rebase is written as one commit too: the tree is the same, and nothing here depends on the commits between.
  const tip = await readCommit(world.git, dir, head.sha);
  const title = wish.method === 'rebase' ? tip.message : (wish.title ?? `${issue.title} (#${issue.number})`);
  return writeCommit(world.git, dir, {
    tree,
    parents: [base.sha],
    author: wish.method === 'rebase' ? tip.author : author,
    committer: author,
    message: `${title}${rest}`,
  });
}
