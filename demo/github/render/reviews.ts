// Reviews and review comments as GitHub's JSON.
import type { RepoDoc, ReviewCommentDoc, ReviewDoc } from '../records.ts';
import type { View } from '../state.ts';
import { nodeId, type World } from '../world.ts';
import { type Rendered, renderLogin } from './accounts.ts';
import { associationOf, issueHtmlUrl, reactionRollup } from './issues.ts';
import type { PullIssue } from './pulls.ts';
import { repoApiUrl } from './repos.ts';

/** Webhooks write the state in lower case, REST in upper case. */
export function renderReview(
  world: World,
  view: View,
  repo: RepoDoc,
  issue: PullIssue,
  review: ReviewDoc,
): Rendered {
  const html = `${issueHtmlUrl(world, repo, issue)}#pullrequestreview-${review.id}`;
  const pullUrl = `${repoApiUrl(world, repo)}/pulls/${issue.number}`;
  return {
    id: review.id,
    node_id: nodeId('PRR', repo.id, review.id),
    user: renderLogin(world, view, review.user),
    body: review.body,
    commit_id: review.commitId,
    ...(review.submittedAt === null ? {} : { submitted_at: review.submittedAt }),
    state: review.state,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: associationOf(world, repo, review.user),
    _links: { html: { href: html }, pull_request: { href: pullUrl } },
  };
}

export function renderHookReview(
  world: World,
  view: View,
  repo: RepoDoc,
  issue: PullIssue,
  review: ReviewDoc,
): Rendered {
  return {
    ...renderReview(world, view, repo, issue, review),
    body: review.body === '' ? null : review.body,
    submitted_at: review.submittedAt,
    state: review.state.toLowerCase(),
  };
}

export function renderReviewComment(
  world: World,
  view: View,
  repo: RepoDoc,
  issue: PullIssue,
  comment: ReviewCommentDoc,
): Rendered {
  const url = `${repoApiUrl(world, repo)}/pulls/comments/${comment.id}`;
  const html = `${issueHtmlUrl(world, repo, issue)}#discussion_r${comment.id}`;
  const pullUrl = `${repoApiUrl(world, repo)}/pulls/${issue.number}`;
  return {
    url,
    pull_request_review_id: comment.review,
    id: comment.id,
    node_id: nodeId('PRRC', repo.id, comment.id),
    diff_hunk: comment.diffHunk,
    path: comment.path,
    position: comment.position,
    original_position: comment.originalPosition ?? 1,
    commit_id: comment.commitId,
    original_commit_id: comment.originalCommitId,
    ...(comment.thread === comment.id ? {} : { in_reply_to_id: comment.thread }),
    user: renderLogin(world, view, comment.user),
    body: comment.body,
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    html_url: html,
    pull_request_url: pullUrl,
    author_association: associationOf(world, repo, comment.user),
    _links: { self: { href: url }, html: { href: html }, pull_request: { href: pullUrl } },
    reactions: reactionRollup(view, 'reviewComment', comment.id, url),
    start_line: comment.startLine,
    original_start_line: comment.originalStartLine,
    start_side: comment.startSide,
    line: comment.line,
    original_line: comment.originalLine,
    side: comment.side,
    subject_type: comment.subjectType,
  };
}
