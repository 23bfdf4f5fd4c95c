/** How a task ends whose work failed: in the state of the cause, with what each agent said. Pure. */

import { BEFORE_KEY } from '../implement/planned-subtasks.ts';
import { approvalEndOfFailure } from '../messages/approval-end.ts';
import type { Subtask, SubtaskKind, Task } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { FailureCause } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { REPAIR_KEY } from './repairs.ts';
import type { Step } from './step.ts';
import { move } from './step.ts';

/** Reviewers apart: one that failed does not silence the others, and a review stands without its second look. */
const SURVIVED: readonly SubtaskKind[] = ['review', 'refute'];
const SPENT: readonly FailureCause[] = ['over_budget', 'over_month'];
const ENDS_ALL: readonly FailureCause[] = [...SPENT, 'stopped'];
/** Of several people want to know which; the one agent of another step needs no name. */
const NAMED: readonly SubtaskKind[] = ['work', 'review'];

export function failedSubtasks(records: TaskRecords): readonly Subtask[] {
  return records.subtasks.filter(
    (subtask) =>
      subtask.state === 'failed' && !isSurvived(subtask, records.task) && !isSpared(records, subtask),
  );
}

/** What is known of the base, and Security's reading of the work, are told where they are missing: the work stands without them. */
function isSurvived({ key, kind }: Subtask, task: Task): boolean {
  if (kind === 'audit') return task.kind !== 'gate';
  return SURVIVED.includes(kind) || (kind === 'verify' && key === BEFORE_KEY);
}

/**
 * A plan stands without the Architect's look, and the work without a repair, which leaves it to a person; but no more can be done where
 * the money or somebody's word ended it.
 */
function isSpared(records: TaskRecords, subtask: Subtask): boolean {
  const { kind, key } = subtask;
  const isRepair = kind === 'work' && records.task.kind === 'implement' && REPAIR_KEY.test(key);
  if (kind !== 'amend' && !isRepair) return false;
  const outcome = resultOf(records, subtask)?.outcome;
  return !(outcome?.kind === 'failed' && ENDS_ALL.includes(outcome.cause));
}

/** Whether a limit of the month ended it: a budget of its own does not help it on. */
export function isOverMonth({ task, subtasks, results }: TaskRecords): boolean {
  const failed = new Set(subtasks.filter(({ state }) => state === 'failed').map(({ id }) => id));
  const isOver = results.some(({ subtaskId, outcome }) => {
    return failed.has(subtaskId) && outcome.kind === 'failed' && outcome.cause === 'over_month';
  });
  return task.state === 'over_budget' && isOver;
}

/** Ends the task and the work still running, with the reasons. */
export function failedSteps(records: TaskRecords, failed: readonly Subtask[]): readonly Step[] {
  const failures = failed.map((subtask) => {
    const outcome = resultOf(records, subtask)?.outcome;
    const why =
      outcome?.kind === 'failed' ? outcome : { cause: 'internal' as const, message: 'no result was stored' };
    return { subtask, cause: why.cause, message: why.message };
  });
  const causes = failures.map((failure) => failure.cause);
  const to = causes.some((cause) => SPENT.includes(cause))
    ? 'over_budget'
    : causes.every((cause) => cause === 'stopped')
      ? 'stopped'
      : 'failed';
  const said = [...Map.groupBy(failures, (failure) => failure.message)].map(
    ([message, alike]) => whoFailed(alike.map((failure) => failure.subtask)) + message,
  );
  return endSteps(records.task, to, said.join('\n\n'));
}

/** An end before the work's own. */
export function endSteps(task: Task, to: 'failed' | 'stopped' | 'over_budget', why: string): readonly Step[] {
  return [{ kind: 'stop_subtasks' }, ...unread(task), move(to, why)];
}

/** What nobody could read is not approved by what was read before it. */
function unread({ request }: Task): readonly Step[] {
  if (request.kind !== 'review') return [];
  return [{ kind: 'take_back_approval', why: approvalEndOfFailure(request.pullRequest.headSha) }];
}

/** A role is named once, however many groups of files it read. */
function whoFailed(subtasks: readonly Subtask[]): string {
  const named = subtasks.filter((subtask) => NAMED.includes(subtask.kind));
  if (named.length === 0) return '';
  const names = named.map(({ key, kind, role }) => (kind === 'work' ? `${key} (${role})` : role));
  return `${[...new Set(names)].join(', ')}: `;
}
