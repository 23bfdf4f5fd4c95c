/** Why an approval of ours does not hold any more: the sentence of its dismissal. Null where nothing speaks against it. */
import type { AssembledReview } from '../review/review-assembly.ts';
import { isComplete } from '../review/second-look.ts';
import { code, count } from './format.ts';

/** By another review, of `headSha`. What that left out as below the wanted severity is not said, and does not count. */
export function approvalEnd(headSha: string, review: AssembledReview): string | null {
  const against = [...foundIn(review), ...unreadIn(review)];
  return against.length === 0 ? null : sentence(headSha, against);
}

export function approvalEndOfFailure(headSha: string): string {
  return sentence(headSha, ['its review could not be completed']);
}

function sentence(headSha: string, against: readonly string[]): string {
  return `The crew’s approval does not hold for ${code(headSha.slice(0, 7))}: ${against.join(', ')}.`;
}

function foundIn({ inline, folded, earlier }: AssembledReview): readonly string[] {
  const found = inline.length + folded.length;
  const open = earlier.open.length;
  return [
    ...(found === 0 ? [] : [count(found, 'new finding')]),
    ...(open === 0 ? [] : [`${count(open, 'earlier finding')} still open`]),
  ];
}

function unreadIn({ coverage, failedRoles, secondLooks, overLimit }: AssembledReview): readonly string[] {
  const unread = coverage.filter((file) => file.read !== 'full').length;
  return [
    ...(unread === 0 ? [] : [`${unread} of ${count(coverage.length, 'changed file')} not read in full`]),
    ...(failedRoles.length === 0 ? [] : ['not every reviewer finished']),
    ...(secondLooks.every(isComplete) ? [] : ['the second look is not complete']),
    ...(overLimit === 0
      ? []
      : [`${count(overLimit, 'finding')} over the limit of one reviewer or of the second look`]),
  ];
}
