/**
 * What people are shown of a task while it runs and when it ends: the effects that its records call for now. Pure;
 * planned again after every change of the task, in the same transaction, so a stated end always reaches GitHub.
 */
import { progressComment } from './messages/progress.ts';
import { reviewCheck } from './messages/review.ts';
import type { NewEffect, TaskRecords } from './ports.ts';
import type { TaskState } from './records.ts';

/** GitHub allows 80 content-creating requests a minute to an installation; an edit a few seconds later tells people no less. */
const EDIT_INTERVAL_MS = 3_000;
const ENDED_WITHOUT_ANSWER: readonly TaskState[] = ['failed', 'stopped', 'over_budget'];

/**
 * Reviews report in one check run and stay silent in the conversation until the review. A question is answered by its
 * answer: only one that failed is spoken of. Other tasks edit one sticky comment.
 */
export function progressEffects(records: TaskRecords): readonly NewEffect[] {
  const { task } = records;
  const common = { taskId: task.id, repository: task.repository, minIntervalMs: EDIT_INTERVAL_MS };
  if (task.request.kind === 'review') {
    const action = reviewCheck(records, task.request.pullRequest.headSha);
    return [{ ...common, key: `check:${task.id}`, action }];
  }
  const key = `progress:${task.id}`;
  const spoken = records.effects.some((effect) => effect.key === key);
  if (task.request.kind === 'ask' && !spoken && !ENDED_WITHOUT_ANSWER.includes(task.state)) return [];
  const { number } = task.subject;
  return [{ ...common, key, action: { kind: 'sticky_comment', number, body: progressComment(records) } }];
}
