/** Finds what our own App wrote with an effect's marker, page by page up to a limit. */

import type { Effect, EffectOutcome } from '../../core/effect-records.ts';
import { UserError } from '../../core/errors.ts';
import { hasMarker, isOurs } from '../../core/marker.ts';
import { commentsAnswer, parseAnswer, reviewCommentsAnswer, reviewsAnswer } from '../github/answers.ts';
import type { EffectContext, EffectOf } from './effect-definition.ts';

const PAGES_MAX = 10;
const PER_PAGE = 100;
/** Between our clock and GitHub's; too little would hide what we wrote, and it would be written again. */
const CLOCK_SKEW_MS = 60 * 60_000;

export interface FoundComment {
  readonly outcome: EffectOutcome;
  readonly body: string;
}

/** Our comment with the effect's marker on an issue or pull request: the newest, if a person deleted one before. */
export async function findOwnComment(
  context: EffectContext,
  effect: Effect,
  number: number,
): Promise<FoundComment | null> {
  const since = new Date(Date.parse(effect.createdAt) - CLOCK_SKEW_MS).toISOString();
  let found: FoundComment | null = null;
  for (let page = 1; page <= PAGES_MAX; page++) {
    const query = { ...context.at, issue_number: number, since, per_page: PER_PAGE, page };
    const { data } = await context.github.rest.issues.listComments(query);
    const comments = parseAnswer(commentsAnswer, data, 'a list of comments');
    for (const comment of comments) {
      const author = {
        login: null,
        type: null,
        ...comment.user,
        appId: comment.performed_via_github_app?.id ?? null,
      };
      const body = comment.body ?? '';
      if (!isOurs(author, context.bot) || !hasMarker(body, effect.key)) continue;
      found = { outcome: { url: comment.html_url, externalId: comment.id }, body };
    }
    if (comments.length < PER_PAGE) return found;
  }
  if (found !== null) return found;
  throw tooLong(number, 'comments');
}

/** Our reply with the effect's marker in the thread of a review comment. */
export async function findOwnReply(
  context: EffectContext,
  { key, action, createdAt }: EffectOf<'thread_reply'>,
): Promise<EffectOutcome | null> {
  const since = new Date(Date.parse(createdAt) - CLOCK_SKEW_MS).toISOString();
  for (let page = 1; page <= PAGES_MAX; page++) {
    const query = { ...context.at, pull_number: action.number, since, per_page: PER_PAGE, page };
    const { data } = await context.github.rest.pulls.listReviewComments(query);
    const comments = parseAnswer(reviewCommentsAnswer, data, 'a list of review comments');
    const found = comments.find(
      ({ user, body, in_reply_to_id }) =>
        in_reply_to_id === action.commentId &&
        isOurs({ login: null, type: null, ...user, appId: null }, context.bot) &&
        hasMarker(body, key),
    );
    if (found !== undefined) return { url: found.html_url, externalId: found.id };
    if (comments.length < PER_PAGE) return null;
  }
  throw tooLong(action.number, 'review comments');
}

export type OwnReview = {
  readonly id: number;
  readonly url: string;
  readonly body: string;
  readonly state: string;
  readonly commitId: string | null;
};

/** Our App's reviews of a pull request, pending ones too, oldest first. */
export async function listOwnReviews(context: EffectContext, number: number): Promise<readonly OwnReview[]> {
  const own: OwnReview[] = [];
  for (let page = 1; page <= PAGES_MAX; page++) {
    const { data } = await context.github.rest.pulls.listReviews({
      ...context.at,
      pull_number: number,
      per_page: PER_PAGE,
      page,
    });
    const reviews = parseAnswer(reviewsAnswer, data, 'a list of reviews');
    for (const { id, html_url: url, body, state, commit_id, user } of reviews) {
      if (!isOurs({ login: null, type: null, ...user, appId: null }, context.bot)) continue;
      own.push({ id, url, body: body ?? '', state, commitId: commit_id ?? null });
    }
    if (reviews.length < PER_PAGE) return own;
  }
  throw tooLong(number, 'reviews');
}

function tooLong(number: number, what: string): UserError {
  return new UserError(
    `#${number} has more than ${PAGES_MAX * PER_PAGE} ${what}: whether ours is among them cannot be told.`,
  );
}
