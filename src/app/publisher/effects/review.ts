/**
 * One review of a commit. A finding is never lost: what GitHub does not let stand on a line goes into the body.
 */
import { hasMarker } from '../../../core/marker.ts';
import { BODY_MAX_CHARS } from '../../../core/outgoing-text.ts';
import type { EffectOutcome, ReviewComment } from '../../../core/records.ts';
import { createdAnswer, parseAnswer, pullFilesAnswer } from '../../github/answers.ts';
import { type GitHubRefusal, isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';
import { listOwnReviews } from '../find-own.ts';
import { type PatchedFile, standsInDiff } from '../patch-lines.ts';
import { bodyWithComments } from '../review-body.ts';

/** As planned, without a verdict, without the comments off the diff, without any comments. */
const SENDINGS_MAX = 4;
/** GitHub lists no more than 3,000 files. */
const FILE_PAGES_MAX = 30;
const FILES_PER_PAGE = 100;

type Review = EffectOf<'review'>;

interface Draft {
  readonly event: Review['action']['event'];
  readonly comments: readonly ReviewComment[];
  /** Shown in the body instead. */
  readonly moved: readonly ReviewComment[];
  /** Whether the comments were held against GitHub's own diff. */
  readonly checked: boolean;
}

export const effect: EffectDefinition<'review'> = {
  kind: 'review',
  permissions: { contents: 'read', pull_requests: 'write' },
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
      event: effect.action.event,
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
      body: await context.texts.markdown(body, BODY_MAX_CHARS),
    })),
  );
  const { data } = await context.github.rest.pulls.createReview({
    ...context.at,
    pull_number: action.number,
    commit_id: action.headSha,
    event: draft.event,
    body: await context.texts.marked(bodyWithComments(action.body, draft.moved), key),
    comments,
  });
  const { id, html_url } = parseAnswer(createdAnswer, data, 'a review');
  return { url: html_url ?? null, externalId: id };
}

/** What to send after a 422, which refuses a review as a whole and does not name the comment; null when nothing is left to give up. */
async function lesserDraft(
  context: EffectContext,
  effect: Review,
  draft: Draft,
  refusal: GitHubRefusal,
): Promise<Draft | null> {
  const text = [refusal.message, ...refusal.errors].join('\n');
  if (draft.event !== 'COMMENT' && /own pull request/i.test(text)) return { ...draft, event: 'COMMENT' };
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
