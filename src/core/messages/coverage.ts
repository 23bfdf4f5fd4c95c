/** How a review tells what was read and by whom, what the second look did, and what became of earlier findings. */

import type { PullRequestSnapshot } from '../request-records.ts';
import type { AssembledReview } from '../review/review-assembly.ts';
import type { Survey } from '../review/review-records.ts';
import { code, count, inlineText } from './format.ts';

const PATH_LIMIT = 300;
const REASON_LIMIT = 200;
/** Files that are named before they are only counted. */
const FILES_SHOWN = 100;
/** Problems and failures that are named, each. */
const LINES_SHOWN = 20;

/** Empty where no file changed. */
export function coverageText({ coverage, carriedOver }: AssembledReview): string {
  if (coverage.length === 0) return '';
  const partly = coverage.filter((file) => file.read !== 'full');
  const carried = [...carriedOver].map(
    ([since, amount]) => `${count(amount, 'file')} not read again: unchanged since ${code(since)}.`,
  );
  const line = `${count(coverage.length, 'changed file')}, ${coverage.length - partly.length} read in full.`;
  const named = partly.slice(0, FILES_SHOWN).map(({ path, read, reason }) => {
    const why = reason === null ? '' : `, ${inlineText(reason, REASON_LIMIT)}`;
    return `- ${code(path.slice(0, PATH_LIMIT))}: ${read === 'part' ? 'read in part' : 'not read'}${why}`;
  });
  return [[line, ...carried].join(' '), ...named, ...more(partly.length - FILES_SHOWN)].join('\n');
}

/** Empty where no linked issue was left out. */
export function leftOutText({ issuesLeftOut = [] }: Pick<PullRequestSnapshot, 'issuesLeftOut'>): string {
  if (issuesLeftOut.length === 0) return '';
  const issues = issuesLeftOut.map((number) => `#${number}`).join(', ');
  return `Not read of the issues that this closes: ${issues}. Somebody without write access wrote or changed it after the review was asked for.`;
}

/** `mayApprove`: whether the repository lets reviews approve. */
export function readersText(review: AssembledReview, mayApprove: boolean): string {
  const { roles, failedRoles, belowThreshold, heldBack, overLimit } = review;
  const noApproval = mayApprove ? ', which rules out an approval' : '';
  const failed = failedRoles
    .slice(0, LINES_SHOWN)
    .map(({ role, message }) => `- ${inlineText(role, 40)} could not finish: ${inlineText(message, 300)}`);
  const names = roles.map((role) => inlineText(role, 40)).join(', ') || 'nobody';
  return [
    `Read by ${names}.`,
    ...(belowThreshold === 0
      ? []
      : [`${count(belowThreshold, 'finding')} below the wanted severity left out${noApproval}.`]),
    ...(heldBack === 0 ? [] : [`${count(heldBack, 'finding')} left out as dismissed or withdrawn before.`]),
    ...(overLimit === 0
      ? []
      : [
          `${count(overLimit, 'finding')} over the limit of one reviewer or of the second look left out${noApproval}.`,
        ]),
    ...failed,
    ...more(failedRoles.length - LINES_SHOWN),
  ].join('\n');
}

/** Empty where no candidate had to be looked at again. */
export function secondLookText({ secondLooks }: AssembledReview): string {
  if (secondLooks.length === 0) return '';
  let [refuted, unjudged] = [0, 0];
  const failed: string[] = [];
  for (const look of secondLooks) {
    if (look.kind === 'failed') failed.push(look.reason);
    if (look.kind === 'made') refuted += look.refuted;
    if (look.kind === 'made') unjudged += look.unjudged;
  }
  const made = failed.length < secondLooks.length;
  return [
    ...(made ? [`A second look dropped ${count(refuted, 'finding')}.`] : []),
    ...(unjudged > 0 ? [`${count(unjudged, 'finding')} got no verdict from it and stand as reported.`] : []),
    ...[...new Set(failed)]
      .slice(0, LINES_SHOWN)
      .map(
        (reason) =>
          `The second look could not be made${made ? ' everywhere' : ''}: ${inlineText(reason, 300)} What it was to judge stands as reported.`,
      ),
  ].join('\n');
}

/** Empty where nothing was said before. */
export function earlierText({ earlier }: AssembledReview): string {
  const { open, fixed, dismissed, fixedBefore, notAsked } = earlier;
  if (open.length + fixed.length + dismissed + fixedBefore === 0) return '';
  const before = fixedBefore === 0 ? '' : ` (and ${fixedBefore} before)`;
  const over =
    notAsked === 0 ? '' : ` ${count(notAsked, 'open one')} over the limit of a reading not judged again.`;
  return `Earlier findings: ${open.length} still open, ${fixed.length} fixed${before}, ${dismissed} dismissed.${over}`;
}

/** Empty where the survey met no problem. */
export function problemsText(survey: Survey | null): string {
  const problems = survey?.problems ?? [];
  if (problems.length === 0) return '';
  const lines = problems.slice(0, LINES_SHOWN).map((problem) => `- ${inlineText(problem, 300)}`);
  return ['Noted while preparing:', ...lines, ...more(problems.length - LINES_SHOWN)].join('\n');
}

function more(amount: number): readonly string[] {
  return amount > 0 ? [`- and ${amount} more`] : [];
}
