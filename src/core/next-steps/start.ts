/** Which subtasks can be taken up now: dependencies done, not rung for lately, and not held back for another's sake. Pure. */

import type { Subtask } from '../records.ts';
import { groupOf } from '../review/candidates.ts';
import type { TaskRecords } from '../store-ports.ts';
import { isPastLook } from './amend.ts';
import type { Step, StepContext } from './step.ts';
import { isOpen, ofKind } from './step.ts';

/**
 * A doorbell that was rung longer ago than this without the subtask being taken up is rung again. A look of the sweep that comes
 * earlier leaves it to the next one: so this and that round together are the most that a lost ring costs.
 */
const RING_AGAIN_MS = 10_000;

export function startSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const done = new Set(
    records.subtasks.filter((subtask) => subtask.state === 'done').map((subtask) => subtask.key),
  );
  const nowMs = context.now.getTime();
  const due = records.subtasks.filter(
    (subtask) =>
      !wasRungLately(subtask, context) &&
      subtask.dependsOn.every((key) => done.has(key)) &&
      isFree(subtask, nowMs) &&
      !isPastLook(records, subtask) &&
      !isHeldBack(subtask, records, context),
  );
  return due.length === 0 ? [] : [{ kind: 'start_subtasks', subtasks: due }];
}

function wasRungLately({ enqueuedAt }: Subtask, { now, ringAgainMs = RING_AGAIN_MS }: StepContext): boolean {
  return enqueuedAt !== null && Date.parse(enqueuedAt) > now.getTime() - ringAgainMs;
}

function isFree({ state, dueAt, lease }: Subtask, nowMs: number): boolean {
  if (state === 'pending') return dueAt === null || Date.parse(dueAt) <= nowMs;
  return state === 'running' && lease !== null && Date.parse(lease.until) < nowMs;
}

/**
 * Reviewers of one group of files begin with the same long text, which the model's cache then holds for whoever asks next.
 * So of those on one tier, which means one model, the first starts alone; the others follow when it has paid for a call, or
 * has ended. With a model that costs nothing they wait for its end.
 */
function isHeldBack(subtask: Subtask, records: TaskRecords, { roles }: StepContext): boolean {
  if (subtask.kind !== 'review' || subtask.state !== 'pending') return false;
  const tierOf = (name: string) => roles.find((role) => role.name === name)?.tier;
  const group = groupOf(subtask);
  const first = ofKind(records, 'review').find(
    (other) => groupOf(other) === group && tierOf(other.role) === tierOf(subtask.role),
  );
  return first !== undefined && first.id !== subtask.id && isOpen(first) && first.costUsd === 0;
}
