/** When an approval of ours is taken back: another review found something, has something open, or could not read it all. Pure. */

import type { NewEffect } from '../effect-ports.ts';
import type { Effect } from '../effect-records.ts';
import type { Task } from '../records.ts';
import { dismissedReviews } from './dismissed-reviews.ts';

/** `reviews`: effects of tasks that `mayApprove`, newest first; null where nothing was said. `task`: whose review takes them back. */
export function takenBackApproval(
  reviews: readonly (Effect | null)[],
  { task, why }: { readonly task: Task; readonly why: string },
): NewEffect | null {
  const [last, ...others] = reviews
    .filter((effect) => effect !== null)
    .filter((effect) => approves(effect) && effect.taskId !== task.id);
  if (last === undefined) return null;
  return dismissedReviews([last, ...others], {
    key: `dismiss-approval:${task.id}`,
    taskId: task.id,
    repository: task.repository,
    number: task.subject.number,
    message: why,
  });
}

export function mayApprove({ request }: Task): boolean {
  return request.kind === 'review' && request.config.approve;
}

function approves({ action }: Effect): boolean {
  return action.kind === 'review' && action.event === 'APPROVE';
}
