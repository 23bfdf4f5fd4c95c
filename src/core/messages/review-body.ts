/** The body of a review: one line, and the details folded. */

import { surveyOf } from '../review/candidates.ts';
import type { AssembledReview } from '../review/review-assembly.ts';
import type { TaskRecords } from '../store-ports.ts';
import {
  coverageText,
  earlierText,
  leftOutText,
  problemsText,
  readersText,
  secondLookText,
} from './coverage.ts';
import { FINDING_BODY_LIMIT, foldedFinding } from './finding-comment.ts';
import { BODY_LIMIT_CHARS, count, firstThatFits, folded, joined } from './format.ts';
import { receiptTable } from './receipt.ts';

/** How much of each finding in the body is shown; less of it when they would not all fit. */
const FINDING_DETAILS = [FINDING_BODY_LIMIT, 600, 0] as const;

/** Of the dismissal of a review that requested changes. */
export const NOTHING_CALLS_FOR_CHANGES =
  'No open finding of the crew calls for changes any more: each was fixed, dismissed or withdrawn, or is below the severity that does.';

/** Fits, whatever was found. */
export function reviewBody(records: TaskRecords, review: AssembledReview): string {
  return firstThatFits(
    BODY_LIMIT_CHARS,
    FINDING_DETAILS.map((bodyChars) => () => bodyWith(records, review, bodyChars)),
  );
}

function bodyWith(records: TaskRecords, review: AssembledReview, bodyChars: number): string {
  const between = bodyChars === 0 ? '\n' : '\n\n';
  const further = review.folded.map((published) => foldedFinding(published, bodyChars)).join(between);
  return joined([
    oneLine(review),
    further === '' ? '' : folded(count(review.folded.length, 'further finding'), further),
    folded('How it was reviewed', joined([...detailsOf(records, review), receiptTable(records)])),
  ]);
}

/** What is said of a review beside its findings, in the body and in the check run. */
export function detailsOf(records: TaskRecords, review: AssembledReview): readonly string[] {
  const { request } = records.task;
  return [
    coverageText(review),
    request.kind === 'review' ? leftOutText(request.pullRequest) : '',
    readersText(review, request.config.approve),
    secondLookText(review),
    earlierText(review),
    problemsText(surveyOf(records)),
  ];
}

export function oneLine({ inline, folded: further, earlier }: AssembledReview): string {
  const all = [...inline, ...further];
  const counts = (['critical', 'high', 'medium', 'low'] as const).flatMap((severity) => {
    const amount = all.filter(({ finding }) => finding.severity === severity).length;
    return amount === 0 ? [] : [`${amount} ${severity}`];
  });
  const news =
    all.length === 0 ? 'No new finding.' : `**${count(all.length, 'finding')}**: ${counts.join(', ')}.`;
  const { open, fixed } = earlier;
  const before = [
    ...(open.length === 0 ? [] : [`${open.length} still open`]),
    ...(fixed.length === 0 ? [] : [`${fixed.length} fixed`]),
  ];
  return before.length === 0
    ? news.replace('No new', 'No')
    : `${news} Of earlier findings: ${before.join(', ')}.`;
}
