/** What a review concludes: its event on GitHub and the conclusion of its check run. Pure. */

import type { EffectAction } from '../effect-records.ts';
import type { TaskConfig } from '../request-records.ts';
import type { Severity } from '../result-records.ts';
import type { AssembledReview } from './review-assembly.ts';
import { isComplete } from './second-look.ts';
import { isAtLeast } from './severity.ts';

type ReviewEvent = Extract<EffectAction, { kind: 'review' }>['event'];

/**
 * Null: there is nothing to say, and silence says it. Approval is for a change that was read whole, by everybody who should
 * have, and in which nothing was found, however slight, and nothing is open; whether the head moved meanwhile, the publisher asks.
 */
export function eventOf(review: AssembledReview, config: TaskConfig, draft: boolean): ReviewEvent | null {
  if (review.inline.length + review.folded.length === 0) {
    return config.approve && !draft && isFlawless(review) ? 'APPROVE' : null;
  }
  const { requestChanges } = config;
  const grave = requestChanges !== null && severitiesOf(review).some((one) => isAtLeast(one, requestChanges));
  return grave ? 'REQUEST_CHANGES' : 'COMMENT';
}

/** `skipped`: nothing was there to be read. Neutral for our own trouble, never red. */
export function conclusionOf(
  review: AssembledReview,
  failOn: Severity | null,
): 'success' | 'neutral' | 'failure' | 'skipped' {
  const severities = severitiesOf(review);
  if (failOn !== null && severities.some((one) => isAtLeast(one, failOn))) return 'failure';
  if (severities.length > 0 || !everybodyFinished(review)) return 'neutral';
  return review.coverage.every((file) => file.read === 'skipped') ? 'skipped' : 'success';
}

/** Of what is new and of what is still open from earlier reviews. */
function severitiesOf({ inline, folded, earlier }: AssembledReview): readonly Severity[] {
  const tracked = earlier.open.map(({ finding }) => finding.severity);
  return [...[...inline, ...folded].map(({ finding }) => finding.severity), ...tracked];
}

function isFlawless(review: AssembledReview): boolean {
  const { coverage } = review;
  const readWhole = coverage.length > 0 && coverage.every((file) => file.read === 'full');
  const nothingFound = review.earlier.open.length === 0 && review.belowThreshold === 0;
  return readWhole && nothingFound && everybodyFinished(review);
}

function everybodyFinished({ failedRoles, secondLooks, overLimit }: AssembledReview): boolean {
  return failedRoles.length === 0 && secondLooks.every(isComplete) && overLimit === 0;
}
