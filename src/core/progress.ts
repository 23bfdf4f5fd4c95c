/**
 * What people are shown of a task while it runs and when it ends: the effects that its records call for now. Pure;
 * planned again after every change of the task, in the same transaction, so a stated end always reaches GitHub.
 */
import { progressComment } from './messages/progress.ts';
import { reviewCheck } from './messages/review.ts';
import type { NewEffect, TaskRecords } from './ports.ts';

/** GitHub allows 80 content-creating requests a minute to an installation; an edit a few seconds later tells people no less. */
const EDIT_INTERVAL_MS = 3_000;

/** Reviews report in one check run and stay silent in the conversation until the review; other tasks edit one sticky comment. */
export function progressEffects(records: TaskRecords): readonly NewEffect[] {
  const { task } = records;
  if (task.request.kind === 'review') {
    return [
      {
        key: `check:${task.id}`,
        taskId: task.id,
        repository: task.repository,
        minIntervalMs: EDIT_INTERVAL_MS,
        action: reviewCheck(records, task.request.pullRequest.headSha),
      },
    ];
  }
  return [
    {
      key: `progress:${task.id}`,
      taskId: task.id,
      repository: task.repository,
      minIntervalMs: EDIT_INTERVAL_MS,
      action: { kind: 'sticky_comment', number: task.subject.number, body: progressComment(records) },
    },
  ];
}
