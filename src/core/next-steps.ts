/**
 * What is due for a task, from its records alone. The orchestrator carries the steps out and asks again until
 * nothing is due; the sweep asks the same function after any loss, so no step depends on anything remembered
 * elsewhere. Pure. One file in `next-steps/` for each kind of task, and for each part that they share.
 */
import { askSteps, firstOfAsk, firstOfReply, replySteps } from './next-steps/answers.ts';
import { failedSteps, failedSubtasks } from './next-steps/failure.ts';
import { firstOfFix, fixSteps } from './next-steps/fix.ts';
import { firstOfGate, gateSteps } from './next-steps/gate.ts';
import { implementSteps } from './next-steps/implement.ts';
import { firstOfImplement } from './next-steps/plan.ts';
import { firstOfReview, reviewSteps } from './next-steps/review.ts';
import { startSteps } from './next-steps/start.ts';
import type { Step, StepContext } from './next-steps/step.ts';
import { watchdogSteps } from './next-steps/watchdog.ts';
import type { Task } from './records.ts';
import { TASK_ENDS } from './records.ts';
import type { TaskRecords } from './store-ports.ts';

export function nextSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  if (isEnded(records.task)) return [];
  const failed = failedSubtasks(records);
  if (failed.length > 0) return failedSteps(records, failed);
  if (records.subtasks.length === 0) return firstSteps(records.task, context);
  const stuck = watchdogSteps(records, context);
  if (stuck.length > 0) return stuck;
  return [...flowSteps(records, context), ...startSteps(records, context)];
}

export function isEnded(task: Task): boolean {
  return TASK_ENDS.some((end) => end === task.state);
}

function firstSteps(task: Task, context: StepContext): readonly Step[] {
  const { request } = task;
  switch (request.kind) {
    case 'implement':
      return firstOfImplement();
    case 'review':
      return firstOfReview();
    case 'ask':
      return firstOfAsk(request);
    case 'reply':
      return firstOfReply(request, context);
    case 'fix':
      return firstOfFix(task, request, context);
    case 'gate':
      return firstOfGate(request);
  }
}

function flowSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  switch (records.task.request.kind) {
    case 'implement':
      return implementSteps(records, context);
    case 'review':
      return reviewSteps(records, context);
    case 'ask':
      return askSteps(records);
    case 'reply':
      return replySteps(records);
    case 'fix':
      return fixSteps(records, context);
    case 'gate':
      return gateSteps(records);
  }
}
