/**
 * One review of a commit. A finding is never lost: what GitHub does not let stand on a line goes into the body.
 */

import type { EffectOutcome, ReviewComment } from '../../../core/effect-records.ts';
import { hasMarker } from '../../../core/marker.ts';
import { fingerprintIn } from '../../../core/review/fingerprint.ts';
import { createdAnswer, parseAnswer, pullFilesAnswer, pullHeadAnswer } from '../../github/answers.ts';
import { type GitHubRefusal, isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';
import { listOwnReviews } from '../find-own.ts';
import { type PatchedFile, standsInDiff } from '../patch-lines.ts';
import { reviewBody } from '../review-body.ts';

/** As planned, without a verdict, without the comments off the diff, without any comments. */
const SENDINGS_MAX = 4;
/** GitHub lists no more than 3,000 files. */
const FILE_PAGES_MAX = 30;
const FILES_PER_PAGE = 100;

/** Nor would GitHub take one. */
const NONE_ON_OWN = 'No verdict: GitHub takes none on one’s own pull request.';

type Review = EffectOf<'review'>;

interface Draft {
  readonly event: Review['action']['event'];
  /** Why there is no verdict, where one was planned. */
  readonly noVerdict: string | null;
  readonly comments: readonly ReviewComment[];
  /** Shown in the body instead. */
  readonly moved: readonly ReviewComment[];
  /** Whether the comments were held against GitHub's own diff. */
  readonly checked: boolean;
}

export const effect: EffectDefinition<'review'> = {
  kind: 'review',
  permissions: { pull_requests: 'write' },
  async look(context, effect) {
    const { number, headSha } = effect.action;
    const own = await listOwnReviews(context, number);
    const found = own.find(
      ({ state, commitId, body }) =>
        state !== 'PENDING' && commitId === headSha && hasMarker(body, effect.key),
    );
    return found === undefined ? null : { outcome: { url: found.url, externalId: found.id }, current: true };
  },
  async perform(context, effect) {
    await deletePending(context, effect.action.number);
    let draft: Draft = {
      ...(await verdictNow(context, effect)),
      comments: effect.action.comments,
      moved: [],
      checked: false,
    };
    for (let sending = 1; ; sending++) {
      try {
        return await send(context, effect, draft);
      } catch (error) {
        if (!isRefusal(error, 422) || sending === SENDINGS_MAX) throw error;
        const next = await lesserDraft(context, effect, draft, error);
        if (next === null) throw error;
        context.log.warn(
          { error: error.message, moved: next.moved.length, event: next.event },
          'review refused, sent again with less',
        );
        draft = next;
      }
    }
  },
};

/** A verdict is on what stands now: on another head, or on what is closed, it would mislead. */
async function verdictNow(
  { github, at, bot }: EffectContext,
  { action }: Review,
): Promise<Pick<Draft, 'event' | 'noVerdict'>> {
  const { event } = action;
  if (event === 'COMMENT') return { event, noVerdict: null };
  const { data } = await github.rest.pulls.get({ ...at, pull_number: action.number });
  const { state, head, user } = parseAnswer(pullHeadAnswer, data, 'a pull request');
  if (user?.login === bot.login) return { event: 'COMMENT', noVerdict: NONE_ON_OWN };
  const planned = event === 'APPROVE' ? 'No approval' : 'No changes are requested';
  if (state !== 'open') {
    return { event: 'COMMENT', noVerdict: `${planned}: the pull request was closed meanwhile.` };
  }
  if (head.sha !== action.headSha) {
    return { event: 'COMMENT', noVerdict: `${planned}: commits were pushed that this review did not read.` };
  }
  return { event, noVerdict: null };
}

/** One pending review a user: an old one of ours, left by a crash, would have ours refused. */
async function deletePending(context: EffectContext, pull_number: number): Promise<void> {
  for (const { id, state } of await listOwnReviews(context, pull_number)) {
    if (state !== 'PENDING') continue;
    try {
      await context.github.rest.pulls.deletePendingReview({ ...context.at, pull_number, review_id: id });
    } catch (error) {
      if (!isRefusal(error, 404)) throw error;
    }
  }
}

async function send(context: EffectContext, { key, action }: Review, draft: Draft): Promise<EffectOutcome> {
  const comments = await Promise.all(
    draft.comments.map(async ({ path, side, startLine, line, body }) => ({
      path,
      side,
      line,
      ...(startLine === null || startLine === line ? {} : { start_line: startLine, start_side: side }),
      body: await context.texts.finding(body),
    })),
  );
  const { data } = await context.github.rest.pulls.createReview({
    ...context.at,
    pull_number: action.number,
    commit_id: action.headSha,
    event: draft.event,
    body: await context.texts.marked(reviewBody({ ...draft, body: action.body }), key),
    comments,
  });
  const { id, html_url } = parseAnswer(createdAnswer, data, 'a review');
  const commented = draft.comments.flatMap(({ body }) => fingerprintIn(body) ?? []);
  return { url: html_url ?? null, externalId: id, commented };
}

/** What to send after a 422, which refuses a review as a whole and does not name the comment; null when nothing is left to give up. */
async function lesserDraft(
  context: EffectContext,
  effect: Review,
  draft: Draft,
  refusal: GitHubRefusal,
): Promise<Draft | null> {
  const text = [refusal.message, ...refusal.errors].join('\n');
  if (draft.event !== 'COMMENT' && /own pull request/i.test(text)) {
    return {
      ...draft,
      event: 'COMMENT',
      noVerdict: NONE_ON_OWN,
    };
  }
  if (draft.comments.length === 0) return null;
  if (!draft.checked) {
    const files = await listFiles(context, effect.action.number);
    const comments = draft.comments.filter((comment) => standsInDiff(comment, files));
    const moved = draft.comments.filter((comment) => !comments.includes(comment));
    if (moved.length > 0) return { ...draft, comments, moved, checked: true };
  }
  return { ...draft, comments: [], moved: effect.action.comments, checked: true };
}

async function listFiles(context: EffectContext, pull_number: number): Promise<readonly PatchedFile[]> {
  const files: PatchedFile[] = [];
  for (let page = 1; page <= FILE_PAGES_MAX; page++) {
    const { data } = await context.github.rest.pulls.listFiles({
      ...context.at,
      pull_number,
      per_page: FILES_PER_PAGE,
      page,
    });
    const listed = parseAnswer(pullFilesAnswer, data, 'a list of files');
    files.push(...listed.map(({ filename, patch }) => ({ path: filename, patch: patch ?? null })));
    if (listed.length < FILES_PER_PAGE) break;
  }
  return files;
}
