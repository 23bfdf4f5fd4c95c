// Pull requests and their files as GitHub's JSON.
import type { DiffFile } from '../diff.ts';
import { pullStats } from '../pull-diff.ts';
import type { IssueDoc, PullPart, RepoDoc } from '../records.ts';
import type { View } from '../state.ts';
import { nodeId, type World } from '../world.ts';
import { type Rendered, renderLogin } from './accounts.ts';
import { associationOf, issueHtmlUrl, labelsOf, renderLabel } from './issues.ts';
import { renderRepo, renderRepoRef, repoApiUrl, repoHtmlUrl } from './repos.ts';

export type PullIssue = IssueDoc & { readonly pull: PullPart };

/** What lists, reviews and review comments show of a pull request. */
export function renderPull(
  world: World,
  view: View,
  repo: RepoDoc,
  issue: PullIssue,
  repoRendering: typeof renderRepo = renderRepo,
): Rendered {
  const api = repoApiUrl(world, repo);
  const url = `${api}/pulls/${issue.number}`;
  const html = issueHtmlUrl(world, repo, issue);
  const { pull } = issue;
  const assignees = issue.assignees.map((login) => renderLogin(world, view, login));
  const links = {
    review_comments_url: `${url}/comments`,
    review_comment_url: `${api}/pulls/comments{/number}`,
    commits_url: `${url}/commits`,
    comments_url: `${api}/issues/${issue.number}/comments`,
    statuses_url: `${api}/statuses/${pull.head.sha}`,
  };
  const end = (part: { ref: string; sha: string }, owner: string, of: RepoDoc | undefined): Rendered => ({
    label: `${owner}:${part.ref}`,
    ref: part.ref,
    sha: part.sha,
    user: renderLogin(world, view, owner),
    repo: of === undefined ? null : repoRendering(world, view, of),
  });
  return {
    url,
    id: pull.id,
    node_id: nodeId('PR', repo.id, issue.id),
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: `${api}/issues/${issue.number}`,
    number: issue.number,
    state: issue.state,
    locked: false,
    title: issue.title,
    user: renderLogin(world, view, issue.user),
    body: issue.body,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    merged_at: pull.mergedAt,
    merge_commit_sha: pull.mergeSha,
    assignee: assignees[0] ?? null,
    assignees,
    requested_reviewers: pull.reviewers.map((login) => renderLogin(world, view, login)),
    requested_teams: [],
    labels: labelsOf(view, issue).map((label) => renderLabel(world, repo, label)),
    milestone: null,
    draft: pull.draft,
    ...links,
    head: end(pull.head, pull.head.fork?.owner ?? repo.owner, view.get('repo', headRepoId(issue))),
    base: end(pull.base, repo.owner, repo),
    _links: {
      self: { href: url },
      html: { href: html },
      issue: { href: `${api}/issues/${issue.number}` },
      comments: { href: links.comments_url },
      review_comments: { href: links.review_comments_url },
      review_comment: { href: links.review_comment_url },
      commits: { href: links.commits_url },
      statuses: { href: links.statuses_url },
    },
    author_association: associationOf(world, repo, issue.user),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** The single pull request, with what git has to be asked for. */
export async function renderFullPull(
  world: World,
  view: View,
  repo: RepoDoc,
  issue: PullIssue,
  repoRendering: typeof renderRepo = renderRepo,
): Promise<Rendered> {
  const { pull } = issue;
  const stats = await pullStats(world.git, world.git.dirOf(repo), {
    base: pull.base.sha,
    head: pull.head.sha,
  });
  const open = issue.state === 'open';
  const mergeable = open ? stats.mergeable : null;
  return {
    ...renderPull(world, view, repo, issue, repoRendering),
    merged: pull.mergedAt !== null,
    mergeable,
    rebaseable: mergeable,
    mergeable_state: mergeableState(issue, mergeable),
    merged_by: pull.mergedBy === null ? null : renderLogin(world, view, pull.mergedBy),
    comments: view.list('comment', (comment) => comment.issue === issue.id).length,
    review_comments: view.list(
      'reviewComment',
      (one) => one.issue === issue.id && isPublished(view, one.review),
    ).length,
    maintainer_can_modify: pull.maintainerCanModify ?? false,
    commits: stats.commits,
    additions: stats.additions,
    deletions: stats.deletions,
    changed_files: stats.changedFiles,
  };
}

export function isPublished(view: View, reviewId: number): boolean {
  return view.get('review', reviewId)?.state !== 'PENDING';
}

function mergeableState(issue: PullIssue, mergeable: boolean | null): string {
  if (mergeable === null) return 'unknown';
  if (!mergeable) return 'dirty';
  return issue.pull.draft ? 'draft' : 'clean';
}

/** The short form inside check runs and suites. */
export function renderPullRef(world: World, repo: RepoDoc, issue: PullIssue): Rendered {
  const end = (part: { ref: string; sha: string }): Rendered => ({
    ref: part.ref,
    sha: part.sha,
    repo: renderRepoRef(world, repo),
  });
  return {
    url: `${repoApiUrl(world, repo)}/pulls/${issue.number}`,
    id: issue.pull.id,
    number: issue.number,
    head: end(issue.pull.head),
    base: end(issue.pull.base),
  };
}

/** The base's own, or a fork's, which may be gone. */
export const headRepoId = (issue: PullIssue): number => issue.pull.head.fork?.id ?? issue.repo;

export function headLabel(repo: RepoDoc, { pull: { head } }: PullIssue): string {
  return `${head.fork?.owner ?? repo.owner}:${head.ref}`;
}

export function isPull(issue: IssueDoc): issue is PullIssue {
  return issue.pull !== null;
}

/** Of the repository itself: checks do not name the pull requests that come from forks. */
export function openPullsAt(view: View, repo: RepoDoc, headSha: string): PullIssue[] {
  return view
    .list('issue', (issue) => issue.repo === repo.id && issue.state === 'open')
    .filter(isPull)
    .filter((issue) => issue.pull.head.fork === undefined && issue.pull.head.sha === headSha);
}

export function renderFile(world: World, repo: RepoDoc, head: string, file: DiffFile): Rendered {
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  const html = repoHtmlUrl(world, repo);
  return {
    sha: file.status === 'removed' ? file.oldSha : (file.newSha ?? '0'.repeat(40)),
    filename: file.path,
    status: file.status,
    additions: file.additions,
    deletions: file.deletions,
    changes: file.additions + file.deletions,
    blob_url: `${html}/blob/${head}/${path}`,
    raw_url: `${html}/raw/${head}/${path}`,
    contents_url: `${repoApiUrl(world, repo)}/contents/${path}?ref=${head}`,
    ...(file.patch === '' ? {} : { patch: file.patch }),
    ...(file.previousPath === null ? {} : { previous_filename: file.previousPath }),
  };
}
