/** Carries out what a decision changes about a task that runs or waits: its plan, its words, its budget. */
import type { Change } from '../core/change.ts';
import { TransientError } from '../core/errors.ts';
import { feedbackMail } from '../core/messages/fix.ts';
import { furtherRound } from '../core/next-steps/plan.ts';
import type { Task } from '../core/records.ts';
import type { Feedback, FixRequest } from '../core/request-records.ts';
import type { StoreOperations } from '../core/store-ports.ts';

export type TaskChange = Extract<Change, { kind: 'revise_plan' | 'add_feedback' | 'set_budget' }>;

/** Between the look and the lock the task went on: decide again on what stands now. */
const DECIDE_AGAIN_MS = 250;
/** GitHub may take its time with what is published, and each decision asks it some things. */
const AFTER_PUBLISHING_MS = 5_000;

/** Who asked, and when by GitHub's clock. */
interface Asker {
  readonly actor: string;
  readonly at?: string | undefined;
}

/** With the task locked. */
export async function applyToTask(
  tx: StoreOperations,
  task: Task,
  change: TaskChange,
  { actor, at }: Asker,
): Promise<void> {
  switch (change.kind) {
    case 'revise_plan':
      return revisePlan(tx, task, change, { actor, at });
    case 'add_feedback':
      return addFeedback(tx, task, change, actor);
    case 'set_budget':
      await tx.tasks.setBudget(task.id, change.budgetUsd, actor);
  }
}

async function revisePlan(
  tx: StoreOperations,
  task: Task,
  { note, request }: Extract<TaskChange, { kind: 'revise_plan' }>,
  { actor, at }: Asker,
): Promise<void> {
  if (task.state !== 'awaiting_approval' && task.state !== 'awaiting_answer') throw goneOn(task);
  await tx.plans.withdraw(task.id, actor);
  await tx.tasks.revise(task.id, request, actor, at === undefined ? {} : { askedAt: at });
  const records = await tx.tasks.records(task.id);
  if (records === null) throw goneOn(task);
  await tx.subtasks.add(task.id, [furtherRound(records, note)]);
  await tx.tasks.move(task.id, 'planning', { reason: null, actor });
}

async function addFeedback(
  tx: StoreOperations,
  task: Task,
  { feedback }: Extract<TaskChange, { kind: 'add_feedback' }>,
  actor: string,
): Promise<void> {
  // What is on its way to GitHub answers no more words: they begin the next round.
  if (task.request.kind !== 'fix') throw goneOn(task);
  if (task.state === 'publishing') throw goneOn(task, AFTER_PUBLISHING_MS);
  const known = new Set(task.request.feedback.map(wordKey));
  const added = feedback.filter((word) => !known.has(wordKey(word)));
  if (added.length === 0) return;
  const request: FixRequest = { ...task.request, feedback: [...task.request.feedback, ...added] };
  if (!(await tx.tasks.revise(task.id, request, actor))) throw goneOn(task);
  await tellThoseAtWork(tx, task, added);
}

/** Whoever begins later reads the words in the briefing. */
async function tellThoseAtWork(tx: StoreOperations, task: Task, added: readonly Feedback[]): Promise<void> {
  const records = await tx.tasks.records(task.id);
  const atWork = records?.subtasks.some(({ kind, state }) => kind === 'work' && state === 'running');
  if (!atWork) return;
  for (const word of added) await tx.messages.send(task.id, { from: word.author, body: feedbackMail(word) });
}

function wordKey({ on, id }: FixRequest['feedback'][number]): string {
  return `${on}:${id}`;
}

function goneOn(task: Task, retryAfterMs = DECIDE_AGAIN_MS): TransientError {
  return new TransientError(`task ${task.id} went on meanwhile (${task.state})`, { retryAfterMs });
}
