// Single review comments, replies and threads. A comment outside a review becomes a review of its own, as on GitHub.
import type { Place } from '../anchoring.ts';
import { atLeast, roleOf } from '../permissions.ts';
import type { RepoDoc, ReviewCommentDoc, ReviewDoc } from '../records.ts';
import type { Rendered } from '../render/accounts.ts';
import { type PullIssue, renderPull } from '../render/pulls.ts';
import { renderHookRepo } from '../render/repos.ts';
import { renderReviewComment } from '../render/reviews.ts';
import type { View } from '../state.ts';
import { type Deed, invalid, nodeId, repoOf, stamp } from '../world.ts';
import { emit } from './emit.ts';
import { checkBody } from './issues.ts';

interface NewReviewComment {
  readonly review: number;
  readonly place: Place;
  readonly body: string;
  readonly commitId: string;
  /** What began the thread that it belongs to: a reply stands where that one stood at first. */
  readonly first: ReviewCommentDoc | null;
}

export function addReviewCommentDoc(
  deed: Deed,
  issue: PullIssue,
  wanted: NewReviewComment,
): ReviewCommentDoc {
  const { tx, world, actor } = deed;
  const { place, first } = wanted;
  const now = stamp(world);
  const id = tx.nextId();
  return tx.put('reviewComment', {
    id,
    repo: issue.repo,
    issue: issue.id,
    review: wanted.review,
    thread: first?.id ?? id,
    user: actor.login,
    viaApp: deed.viaApp,
    body: wanted.body,
    path: place.path,
    subjectType: place.subjectType,
    commitId: wanted.commitId,
    originalCommitId: first?.originalCommitId ?? wanted.commitId,
    diffHunk: place.diffHunk,
    side: place.side,
    startSide: place.startSide,
    line: place.line,
    startLine: place.startLine,
    position: place.position,
    originalLine: first === null ? place.line : first.originalLine,
    originalStartLine: first === null ? place.startLine : first.originalStartLine,
    originalPosition: first === null ? place.position : first.originalPosition,
    resolvedBy: null,
    minimized: null,
    createdAt: now,
    updatedAt: now,
  });
}

/** A lone comment or reply: submitted at once inside a bodyless COMMENTED review. */
export function commentAtOnce(
  deed: Deed,
  issue: PullIssue,
  wanted: Omit<NewReviewComment, 'review'>,
): ReviewCommentDoc {
  const { tx, world, actor } = deed;
  checkBody('PullRequestReviewComment', wanted.body);
  if (wanted.body.trim() === '') {
    throw invalid('Validation Failed', [
      { resource: 'PullRequestReviewComment', code: 'missing_field', field: 'body' },
    ]);
  }
  const now = stamp(world);
  const review: ReviewDoc = tx.put('review', {
    id: tx.nextId(),
    repo: issue.repo,
    issue: issue.id,
    user: actor.login,
    viaApp: deed.viaApp,
    body: '',
    state: 'COMMENTED',
    commitId: wanted.commitId,
    createdAt: now,
    submittedAt: now,
  });
  const comment = addReviewCommentDoc(deed, issue, { ...wanted, review: review.id });
  emitReviewComment(deed, issue, comment, 'created', {});
  return comment;
}

export function replyTo(
  deed: Deed,
  issue: PullIssue,
  parent: ReviewCommentDoc,
  body: string,
): ReviewCommentDoc {
  const first = deed.tx.get('reviewComment', parent.thread) ?? parent;
  const place: Place = {
    path: first.path,
    subjectType: first.subjectType,
    side: first.side,
    line: first.line,
    startSide: first.startSide,
    startLine: first.startLine,
    position: first.position,
    diffHunk: first.diffHunk,
  };
  return commentAtOnce(deed, issue, { place, body, commitId: first.commitId, first });
}

export function editReviewComment(
  deed: Deed,
  issue: PullIssue,
  comment: ReviewCommentDoc,
  body: string,
): ReviewCommentDoc {
  checkBody('PullRequestReviewComment', body);
  const next = deed.tx.put('reviewComment', { ...comment, body, updatedAt: stamp(deed.world) });
  emitReviewComment(deed, issue, next, 'edited', { changes: { body: { from: comment.body } } });
  return next;
}

export function deleteReviewComment(deed: Deed, issue: PullIssue, comment: ReviewCommentDoc): void {
  deed.tx.remove('reviewComment', comment.id);
  emitReviewComment(deed, issue, comment, 'deleted', {});
}

export function threadComments(view: View, thread: number): ReviewCommentDoc[] {
  return view.list('reviewComment', (one) => one.thread === thread);
}

/** Write access, or one's own pull request (docs.github.com, Commenting on a pull request: Resolving conversations). */
export function resolves(repo: RepoDoc, issue: PullIssue, login: string): boolean {
  return atLeast(roleOf(repo, login), 'write') || issue.user === login;
}

/** Resolving a thread that is resolved already changes nothing and tells nobody. */
export function setResolved(deed: Deed, issue: PullIssue, thread: number, resolved: boolean): void {
  const { tx, world, actor } = deed;
  const first = tx.get('reviewComment', thread);
  if (!first || (first.resolvedBy !== null) === resolved) return;
  tx.put('reviewComment', { ...first, resolvedBy: resolved ? actor.login : null });
  const repo = repoOf(tx, issue.repo);
  emit(deed, repo, 'pull_request_review_thread', resolved ? 'resolved' : 'unresolved', {
    thread: {
      node_id: nodeId('PRRT', issue.repo, thread),
      comments: threadComments(tx, thread).map((one) => renderReviewComment(world, tx, repo, issue, one)),
    },
    pull_request: renderPull(world, tx, repo, issue, renderHookRepo),
  });
}

export function emitReviewComment(
  deed: Deed,
  issue: PullIssue,
  comment: ReviewCommentDoc,
  action: string,
  more: Rendered,
): void {
  const { tx, world } = deed;
  const repo = repoOf(tx, issue.repo);
  emit(deed, repo, 'pull_request_review_comment', action, {
    comment: renderReviewComment(world, tx, repo, issue, comment),
    pull_request: renderPull(world, tx, repo, issue, renderHookRepo),
    ...more,
  });
}
