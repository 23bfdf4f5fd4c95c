/** The effect that takes verdicts of earlier reviews of ours back. Pure. */

import type { NewEffect } from '../effect-ports.ts';
import type { Effect } from '../effect-records.ts';

/** `reviews`: newest first; where the newest is still on its way to GitHub, its dismissal waits for it. */
export function dismissedReviews(
  reviews: readonly [Effect, ...Effect[]],
  end: Pick<NewEffect, 'key' | 'taskId' | 'repository'> & {
    readonly number: number;
    readonly message: string;
  },
): NewEffect {
  const [last] = reviews;
  const { number, message, ...effect } = end;
  const onItsWay = last.state === 'planned' || last.state === 'sending';
  return {
    ...effect,
    after: onItsWay ? last.key : null,
    action: { kind: 'dismiss_review', number, reviews: reviews.map(({ key }) => key), message },
  };
}
