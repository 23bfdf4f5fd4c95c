/** The names of a review's subtasks, by which each is known to belong to a group of files. Pure. */
import type { Subtask } from './records.ts';
import type { FileGroup, Survey } from './review-records.ts';

/** `review-<role>`, with the group's number behind it where there are several. */
export function reviewKey(survey: Survey, group: FileGroup, role: string): string {
  return `review-${role}${suffix(survey, group)}`;
}

/** `refute`, with the group's number behind it where there are several. */
export function refuteKey(survey: Survey, group: FileGroup): string {
  return `refute${suffix(survey, group)}`;
}

/** Of a `review` or `refute` subtask; 1 where there is but one group. */
export function groupIndexOf({ key, kind, role }: Pick<Subtask, 'key' | 'kind' | 'role'>): number {
  const name = kind === 'refute' ? 'refute' : `review-${role}`;
  return key === name ? 1 : Number(key.slice(name.length + 1));
}

function suffix({ groups }: Survey, { index }: FileGroup): string {
  return groups.length > 1 ? `-${index}` : '';
}
