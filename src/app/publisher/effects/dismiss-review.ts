/** Takes back what reviews of ours requested or approved, where it still stands. Doing it twice is the same as once. */

import type { EffectOutcome } from '../../../core/effect-records.ts';
import { UserError } from '../../../core/errors.ts';
import { hasMarker } from '../../../core/marker.ts';
import { isRefusal } from '../../github/refusal.ts';
import type { EffectContext, EffectDefinition, EffectOf } from '../effect-definition.ts';
import { listOwnReviews, type OwnReview } from '../find-own.ts';

const MESSAGE_MAX_CHARS = 1_000;

const NONE_STANDS = { url: null, externalId: null, left: 'none of its reviews requests changes or approves' };

type Dismissal = EffectOf<'dismiss_review'>;

export const effect: EffectDefinition<'dismiss_review'> = {
  kind: 'dismiss_review',
  permissions: { pull_requests: 'write' },
  look: null,
  async perform(context, { action }) {
    const outcomes: EffectOutcome[] = [];
    for (const review of await standing(context, action)) {
      outcomes.push(await dismiss(context, action, review));
    }
    return outcomes.find(({ left }) => left !== undefined) ?? outcomes.at(-1) ?? NONE_STANDS;
  },
};

/** What we requested ended with an approval of ours after it; an approval stands until it is dismissed. */
async function standing(
  context: EffectContext,
  { number, reviews }: Dismissal['action'],
): Promise<readonly OwnReview[]> {
  const own = await listOwnReviews(context, number);
  const approved = own.findLastIndex(({ state }) => state === 'APPROVED');
  return own.filter(
    ({ state, body }, at) =>
      (state === 'APPROVED' || (state === 'CHANGES_REQUESTED' && at > approved)) &&
      reviews.some((key) => hasMarker(body, key)),
  );
}

/** Who may dismiss is for a protected branch to say, and what we may not is for a person to do: no failure. */
async function dismiss(
  { github, at, texts, log }: EffectContext,
  { number, message }: Dismissal['action'],
  { id, url }: OwnReview,
): Promise<EffectOutcome> {
  const outcome = { url, externalId: id };
  try {
    await github.rest.pulls.dismissReview({
      ...at,
      pull_number: number,
      review_id: id,
      message: await texts.markdown(message, MESSAGE_MAX_CHARS),
    });
    return outcome;
  } catch (error) {
    if (isRefusal(error, 404)) return { ...outcome, left: 'the review is gone' };
    if (!(error instanceof UserError) && !isRefusal(error, 422)) throw error;
    log.warn({ error: error.message, url }, 'review left standing: GitHub does not let us dismiss it');
    return { ...outcome, left: `GitHub does not let the App dismiss the review: ${error.message}` };
  }
}
