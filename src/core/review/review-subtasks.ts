/** The names of a review's subtasks; `groupOf` in `candidates.ts` reads the group out of them. Pure. */
import type { FileGroup, Survey } from './review-records.ts';

/** `review-<role>`, with the group's number behind it where there are several. */
export function reviewKey(survey: Survey, group: FileGroup, role: string): string {
  return `review-${role}${suffix(survey, group)}`;
}

/** `refute`, with the group's number behind it where there are several. */
export function refuteKey(survey: Survey, group: FileGroup): string {
  return `refute${suffix(survey, group)}`;
}

function suffix({ groups }: Survey, { index }: FileGroup): string {
  return groups.length > 1 ? `-${index}` : '';
}
