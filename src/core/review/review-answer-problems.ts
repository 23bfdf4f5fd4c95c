/** What an agent of a review left unsaid in an answer that fits its schema, as sentences for it to mend. Pure. */
import type { RefuteAnswer, ReviewAnswer } from '../answers.ts';
import { earlierShown, earlierToJudge, groupReading } from './earlier-judges.ts';
import type { Candidate, Survey } from './review-records.ts';

interface Reviewer {
  readonly role: string;
  /** Paths of its group. */
  readonly files: readonly string[];
}

/** An earlier finding that does not exist was judged, or one that is the reviewer's to judge was not. */
export function reviewProblems(answer: ReviewAnswer, survey: Survey, reviewer: Reviewer): readonly string[] {
  const known = earlierShown(survey, groupReading(survey, reviewer.files)).map(({ id }) => id);
  const judged = new Set(answer.earlier.map(({ id }) => id));
  const unknown = [...judged].filter((id) => !known.includes(id));
  const missing = toJudge(survey, reviewer).filter((id) => !judged.has(id));
  return [
    ...unknown.map((id) => `There is no earlier finding ${JSON.stringify(id)}.`),
    ...missing.map((id) => `The earlier finding ${id} is yours to judge: say whether it is fixed or stands.`),
  ];
}

/** Each candidate has one verdict, and there are no others. */
export function refuteProblems(answer: RefuteAnswer, candidates: readonly Candidate[]): readonly string[] {
  const known = new Set(candidates.map(({ id }) => id));
  const verdicts = Map.groupBy(answer.verdicts, ({ id }) => id);
  const unknown = [...verdicts.keys()].filter((id) => !known.has(id));
  return [
    ...unknown.map((id) => `There is no candidate ${JSON.stringify(id)}.`),
    ...[...known].flatMap((id) => {
      const count = verdicts.get(id)?.length ?? 0;
      if (count === 1) return [];
      return [
        count === 0 ? `The candidate ${id} has no verdict.` : `The candidate ${id} has ${count} verdicts.`,
      ];
    }),
  ];
}

/** Ids. Whoever found it judges it again; where no finder reads its file now, the first reviewer of the group does. */
export function toJudge(survey: Survey, { role, files }: Reviewer): readonly string[] {
  const group = groupReading(survey, files);
  if (group === undefined) return [];
  return earlierToJudge(survey, group).flatMap(({ id, earlier }) => {
    const finders = group.reviewers.filter((name) => earlier.finding.roles.includes(name));
    const mine = finders.length > 0 ? finders.includes(role) : group.reviewers[0] === role;
    return mine ? [id] : [];
  });
}
