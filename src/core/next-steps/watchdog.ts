/**
 * Ends a task in which nothing has moved for too long, saying what it waited for: nobody then waits for what does not come. Not
 * while it waits for people, and not for time in which nobody looked. Pure; the sweep asks again and again.
 */
import type { EffectKind } from '../effect-records.ts';
import { nothingTaken, noWorker, stillRunning } from '../messages/watchdog.ts';
import type { Subtask, TaskState } from '../records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { endSteps } from './failure.ts';
import { isOpen, type Step, type StepContext } from './step.ts';

/** A worker may be busy with the tasks of others for as long. */
export const NO_WORKER_MS = 2 * 3_600_000;
/** An agent ends by its own clock, and so does every command: what runs for longer without a call is stuck. */
export const STILL_RUNNING_MS = 6 * 3_600_000;
/** GitHub may be down for long; effects are tried again meanwhile. */
export const NOTHING_TAKEN_MS = 24 * 3_600_000;

/** Rung for later than this, by some rounds of the sweep: then somebody has been ringing, and nobody came. */
const RUNG_LATELY_MS = 100_000;
/** Edited because the task was looked at, not because it moved. */
const SHOWS_PROGRESS: readonly EffectKind[] = ['sticky_comment', 'check_run'];
const WAITS_FOR_PEOPLE: readonly TaskState[] = ['awaiting_answer', 'awaiting_approval'];

/** Empty while there is hope. */
export function watchdogSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const why = whyStuck(records, context);
  return why === null ? [] : endSteps(records.task, 'failed', why);
}

function whyStuck(records: TaskRecords, { now, upSince }: StepContext): string | null {
  const { task, subtasks, effects } = records;
  if (WAITS_FOR_PEOPLE.includes(task.state)) return null;
  const nowMs = now.getTime();
  const stillMs = nowMs - Math.max(lastMoveMs(records), upSince?.getTime() ?? 0);
  const running = subtasks.filter(
    ({ state, lease }) => state === 'running' && lease !== null && Date.parse(lease.until) >= nowMs,
  );
  if (running.length > 0) return stillMs >= STILL_RUNNING_MS ? stillRunning(running, stillMs) : null;
  const rung = subtasks.filter((subtask) => isWanted(subtask, nowMs));
  if (rung.length > 0) return stillMs >= NO_WORKER_MS ? noWorker(rung, stillMs) : null;
  const untaken = effects.find(({ state }) => state === 'planned' || state === 'sending');
  if (task.state !== 'publishing' || untaken === undefined) return null;
  return stillMs >= NOTHING_TAKEN_MS ? nothingTaken(untaken, stillMs) : null;
}

/** Open, and rung for lately. */
function isWanted(subtask: Subtask, nowMs: number): boolean {
  const { enqueuedAt } = subtask;
  return isOpen(subtask) && enqueuedAt !== null && Date.parse(enqueuedAt) > nowMs - RUNG_LATELY_MS;
}

/** Work that is held back until a time, by passing trouble, moves at that time. */
function lastMoveMs({ task, plan, subtasks, results, effects, messages }: TaskRecords): number {
  const times = [
    task.createdAt,
    task.updatedAt,
    plan?.createdAt,
    ...subtasks.flatMap(({ startedAt, finishedAt, dueAt, setbacks }) => [
      startedAt,
      finishedAt,
      dueAt,
      ...setbacks.map(({ at }) => at),
    ]),
    ...results.map(({ createdAt }) => createdAt),
    ...effects.filter(({ action }) => !SHOWS_PROGRESS.includes(action.kind)).map(({ doneAt }) => doneAt),
    ...messages.map(({ at }) => at),
  ];
  return Math.max(...times.map((at) => (at == null ? 0 : Date.parse(at))));
}
