/**
 * What people are shown of a task while it runs and when it ends: the effects that its records call for now. Pure;
 * planned again after every change of the task, in the same transaction, so a stated end always reaches GitHub.
 */

import type { NewEffect } from './effect-ports.ts';
import { gateCheck } from './messages/gate-check.ts';
import { progressComment, type Showing } from './messages/progress.ts';
import { replyFailure } from './messages/reply.ts';
import { reviewCheck } from './messages/review-check.ts';
import { replyKey } from './outcome-effects.ts';
import type { TaskState } from './records.ts';
import type { ReplyRequest } from './request-records.ts';
import type { TaskRecords } from './store-ports.ts';

/** GitHub allows 80 content-creating requests a minute to an installation; an edit some seconds later tells people no less. */
const EDIT_INTERVAL_MS = 10_000;
const ENDED_WITHOUT_ANSWER: readonly TaskState[] = ['failed', 'stopped', 'over_budget'];

/** Not `stopped`: whoever stopped it knows. */
const REPLY_FAILED: readonly TaskState[] = ['failed', 'over_budget'];

/**
 * Reviews and gates report in one check run; reviews stay silent in the conversation until the review. A question is answered by its
 * answer, and a reply in its thread: only what failed is spoken of. Other tasks edit one sticky comment.
 */
export function progressEffects(records: TaskRecords, showing: Showing | null = null): readonly NewEffect[] {
  const { task } = records;
  const common = { taskId: task.id, repository: task.repository, minIntervalMs: EDIT_INTERVAL_MS };
  if (task.request.kind === 'review') {
    const action = reviewCheck(records, task.request.pullRequest.headSha);
    return [{ ...common, key: `check:${task.id}`, action }];
  }
  if (task.request.kind === 'gate') {
    return [{ ...common, key: `check:${task.id}`, action: gateCheck(records, task.request) }];
  }
  if (task.request.kind === 'reply') return replyProgress(records, task.request);
  const key = `progress:${task.id}`;
  const spoken = records.effects.some((effect) => effect.key === key);
  if (task.request.kind === 'ask' && !spoken && !ENDED_WITHOUT_ANSWER.includes(task.state)) return [];
  const { number } = task.subject;
  return [
    { ...common, key, action: { kind: 'sticky_comment', number, body: progressComment(records, showing) } },
  ];
}

/** An answer that GitHub did not take leaves no thread to say it in. */
function replyProgress({ task, effects }: TaskRecords, { commentId }: ReplyRequest): readonly NewEffect[] {
  if (!REPLY_FAILED.includes(task.state) || effects.some(({ key }) => key === replyKey(task))) return [];
  const { number } = task.subject;
  const action = { kind: 'thread_reply', number, commentId, body: replyFailure(task) } as const;
  return [{ key: `reply-failed:${task.id}`, taskId: task.id, repository: task.repository, action }];
}
