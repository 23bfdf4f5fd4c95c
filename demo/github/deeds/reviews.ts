// Reviews: GitHub takes a review with all its comments or refuses all of it.
import { type Anchor, anchor, type Place } from '../anchoring.ts';
import { pullFiles } from '../pull-diff.ts';
import type { RepoDoc, ReviewCommentDoc, ReviewDoc, ReviewState } from '../records.ts';
import type { Rendered } from '../render/accounts.ts';
import { type PullIssue, renderPull } from '../render/pulls.ts';
import { renderHookRepo } from '../render/repos.ts';
import { renderHookReview } from '../render/reviews.ts';
import { botLogin, type Deed, invalid, repoOf, stamp } from '../world.ts';
import { emit } from './emit.ts';
import { checkBody, note } from './issues.ts';
import { addReviewCommentDoc, emitReviewComment } from './review-comments.ts';

type ReviewVerdict = 'APPROVE' | 'REQUEST_CHANGES' | 'COMMENT';

export interface NewReview {
  readonly body?: string | undefined;
  /** Undefined leaves the review pending. */
  readonly event?: ReviewVerdict | undefined;
  readonly commitId?: string | undefined;
  readonly comments?: readonly (Anchor & { readonly body: string })[] | undefined;
}

const states: Readonly<Record<ReviewVerdict, ReviewState>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export async function createReview(deed: Deed, issue: PullIssue, wanted: NewReview): Promise<ReviewDoc> {
  const { tx, world, actor } = deed;
  const repo = repoOf(tx, issue.repo);
  checkBody('PullRequestReview', wanted.body);
  for (const comment of wanted.comments ?? []) checkBody('PullRequestReviewComment', comment.body);
  if (pendingOf(deed, issue)) refuse('User can only have one pending review per pull request');
  const commitId = wanted.commitId ?? issue.pull.head.sha;
  const places = await placeAll(deed, repo, issue, commitId, wanted.comments ?? []);
  if (wanted.event) checkVerdict(deed, issue, wanted.event, wanted.body ?? '', places.length);
  const review = tx.put('review', {
    id: tx.nextId(),
    repo: repo.id,
    issue: issue.id,
    user: actor.login,
    viaApp: deed.viaApp,
    body: wanted.body ?? '',
    state: 'PENDING',
    commitId,
    createdAt: stamp(world),
    submittedAt: null,
  });
  for (const { place, body } of places) {
    addReviewCommentDoc(deed, issue, { review: review.id, place, body, commitId, first: null });
  }
  return wanted.event ? submit(deed, issue, review, wanted.event) : review;
}

function refuse(message: string): never {
  throw invalid('Unprocessable Entity', [message]);
}

function pendingOf(deed: Deed, issue: PullIssue): ReviewDoc | undefined {
  return deed.tx.list(
    'review',
    (one) => one.issue === issue.id && one.user === deed.actor.login && one.state === 'PENDING',
  )[0];
}

/** All errors of all comments come as one list, without saying which comment each belongs to. */
async function placeAll(
  deed: Deed,
  repo: RepoDoc,
  issue: PullIssue,
  commitId: string,
  comments: readonly (Anchor & { readonly body: string })[],
): Promise<{ place: Place; body: string }[]> {
  const { git } = deed.world;
  const dir = git.dirOf(repo);
  if ((await git.commitOf(dir, commitId)) === null) refuse('commit_id is not part of the pull request');
  const files = await pullFiles(git, dir, { base: issue.pull.base.sha, head: commitId });
  const results = comments.map((comment) => ({ body: comment.body, result: anchor(files, comment) }));
  const errors = results.flatMap(({ result }) => ('errors' in result ? result.errors : []));
  if (errors.length > 0) throw invalid('Unprocessable Entity', [...new Set(errors)]);
  return results.flatMap(({ body, result }) => ('place' in result ? [{ place: result.place, body }] : []));
}

export async function placeOne(
  deed: Deed,
  issue: PullIssue,
  commitId: string,
  comment: Anchor & { readonly body: string },
): Promise<Place> {
  checkBody('PullRequestReviewComment', comment.body);
  const [first] = await placeAll(deed, repoOf(deed.tx, issue.repo), issue, commitId, [comment]);
  if (!first) throw new Error('one comment in, one place out');
  return first.place;
}

function checkVerdict(
  deed: Deed,
  issue: PullIssue,
  event: ReviewVerdict,
  body: string,
  comments: number,
): void {
  const own = issue.user === deed.actor.login || (deed.viaApp && issue.user === botLogin(deed.world));
  if (own && event === 'APPROVE') refuse('Can not approve your own pull request');
  if (own && event === 'REQUEST_CHANGES') refuse('Can not request changes on your own pull request');
  if (event === 'REQUEST_CHANGES' && body === '' && comments === 0) {
    refuse('Review body or comments are required');
  }
  if (event === 'COMMENT' && body === '' && comments === 0) refuse('Review body or comments are required');
}

export async function submitReview(
  deed: Deed,
  issue: PullIssue,
  review: ReviewDoc,
  event: ReviewVerdict,
  body: string | undefined,
): Promise<ReviewDoc> {
  if (review.state !== 'PENDING') refuse('Can not submit a review that is not pending');
  const filled = { ...review, body: body ?? review.body };
  const comments = deed.tx.list('reviewComment', (one) => one.review === review.id);
  checkBody('PullRequestReview', filled.body);
  checkVerdict(deed, issue, event, filled.body, comments.length);
  return submit(deed, issue, filled, event);
}

function submit(deed: Deed, issue: PullIssue, review: ReviewDoc, event: ReviewVerdict): ReviewDoc {
  const { tx, world } = deed;
  const now = stamp(world);
  const done = tx.put('review', { ...review, state: states[event], submittedAt: now });
  const reviewers = issue.pull.reviewers.filter((login) => login !== review.user);
  tx.put('issue', { ...issue, updatedAt: now, pull: { ...issue.pull, reviewers } });
  note(deed, issue, { event: 'reviewed', commitId: review.commitId });
  emitReview(deed, issue, done, 'submitted');
  const comments: ReviewCommentDoc[] = tx.list('reviewComment', (one) => one.review === review.id);
  for (const comment of comments) emitReviewComment(deed, issue, comment, 'created', {});
  return done;
}

export function editReview(deed: Deed, issue: PullIssue, review: ReviewDoc, body: string): ReviewDoc {
  checkBody('PullRequestReview', body);
  const next = deed.tx.put('review', { ...review, body });
  if (next.state !== 'PENDING') {
    emitReview(deed, issue, next, 'edited', { changes: { body: { from: review.body } } });
  }
  return next;
}

export function dismissReview(deed: Deed, issue: PullIssue, review: ReviewDoc): ReviewDoc {
  if (review.state !== 'APPROVED' && review.state !== 'CHANGES_REQUESTED') {
    refuse(`Can not dismiss a ${review.state.toLowerCase()} pull request review`);
  }
  const next = deed.tx.put('review', { ...review, state: 'DISMISSED' });
  note(deed, issue, { event: 'review_dismissed' });
  emitReview(deed, issue, next, 'dismissed');
  return next;
}

export function deletePending(deed: Deed, review: ReviewDoc): void {
  if (review.state !== 'PENDING') refuse('Can not delete a non-pending pull request review');
  for (const one of deed.tx.list('reviewComment', (doc) => doc.review === review.id)) {
    deed.tx.remove('reviewComment', one.id);
  }
  deed.tx.remove('review', review.id);
}

function emitReview(
  deed: Deed,
  issue: PullIssue,
  review: ReviewDoc,
  action: string,
  more: Rendered = {},
): void {
  const repo = repoOf(deed.tx, issue.repo);
  emit(deed, repo, 'pull_request_review', action, {
    review: renderHookReview(deed.world, deed.tx, repo, issue, review),
    pull_request: renderPull(deed.world, deed.tx, repo, issue, renderHookRepo),
    ...more,
  });
}
