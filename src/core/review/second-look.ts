/** What the second look made of the candidates of a group. Pure. */

import type { RefuteAnswer } from '../answers.ts';
import { resultOf } from '../result-of.ts';
import type { TaskRecords } from '../store-ports.ts';
import { groupOf, type Reported } from './candidates.ts';
import { lesserOf } from './severity.ts';

/** `unjudged`: of a look that was made, candidates without a verdict. */
export type SecondLook =
  | { readonly kind: 'not_needed' }
  | { readonly kind: 'made'; readonly refuted: number; readonly unjudged: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface LookedAt {
  readonly standing: readonly Reported[];
  readonly look: SecondLook;
}

/**
 * Refuted candidates are dropped. Of two severities the lesser holds: the second look sifts, and is not where a finding grows.
 * A candidate without a verdict stands, and so do all where the look failed.
 */
export function lookAgain(records: TaskRecords, group: number, candidates: readonly Reported[]): LookedAt {
  if (candidates.length === 0) return { standing: [], look: { kind: 'not_needed' } };
  const answer = verdictsOn(records, group);
  if (typeof answer === 'string') return { standing: candidates, look: { kind: 'failed', reason: answer } };
  const verdicts = new Map(
    answer.verdicts.toReversed().map((verdict) => [verdict.id.trim().toUpperCase(), verdict]),
  );
  const standing = candidates.flatMap((candidate) => {
    const verdict = verdicts.get(candidate.id);
    if (verdict === undefined) return [candidate];
    if (verdict.verdict === 'refuted') return [];
    const severity = lesserOf(candidate.finding.severity, verdict.severity);
    return [{ ...candidate, finding: { ...candidate.finding, severity } }];
  });
  const unjudged = candidates.filter(({ id }) => !verdicts.has(id)).length;
  return { standing, look: { kind: 'made', refuted: candidates.length - standing.length, unjudged } };
}

/** Whether it was made, and every candidate got its verdict. */
export function isComplete(look: SecondLook): boolean {
  return look.kind === 'made' && look.unjudged === 0;
}

/** Or why there are none. Verdicts on candidates that a later review changed are verdicts on others. */
function verdictsOn(records: TaskRecords, group: number): RefuteAnswer | string {
  const inGroup = records.subtasks.filter((subtask) => groupOf(subtask) === group);
  const refute = inGroup.find((subtask) => subtask.kind === 'refute');
  const result = refute === undefined ? null : resultOf(records, refute);
  if (result === null) return 'it was not made';
  if (result.outcome.kind === 'failed') return result.outcome.message;
  if (result.outcome.kind !== 'refutation') return 'it answered something else';
  const reviewedAfter = inGroup.some((subtask) => {
    const reviewed = subtask.kind === 'review' ? resultOf(records, subtask) : null;
    return reviewed !== null && Date.parse(reviewed.createdAt) > Date.parse(result.createdAt);
  });
  return reviewedAfter ? 'a reviewer finished after it' : result.outcome.answer;
}
