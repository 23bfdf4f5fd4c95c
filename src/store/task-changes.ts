/** How a task changes: from state to state, and open again after an end. */

import { TASK_ENDS, type TaskState } from '../core/records.ts';
import type { TaskRequest } from '../core/request-records.ts';
import type { TaskStore } from '../core/store-ports.ts';
import { reopenEffects } from './effect-changes.ts';
import type { Change, Session } from './session.ts';
import { storableJson, storableText } from './storable.ts';
import { reopenSubtasks } from './subtask-changes.ts';

interface Move {
  readonly id: string;
  readonly to: TaskState;
  readonly why: Parameters<TaskStore['move']>[2];
}

/** Moving to the state it is in, for the same reason, changes nothing and is no event. */
export async function moveTask({ db, record }: Change, session: Session, move: Move): Promise<boolean> {
  const row = await db
    .selectFrom('tasks')
    .select(['state', 'reason'])
    .where('id', '=', move.id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  if (row === undefined || isEnd(row.state)) return false;
  const reason = move.why.reason === null ? null : storableText(move.why.reason);
  if (row.state === move.to && row.reason === reason) return true;
  const now = session.clock.now();
  await db
    .updateTable('tasks')
    .set({ state: move.to, reason, updated_at: now, finished_at: isEnd(move.to) ? now : null })
    .where('id', '=', move.id)
    .execute();
  await record([
    {
      actor: move.why.actor,
      type: `task.${move.to}`,
      taskId: move.id,
      subject: move.id,
      data: { from: row.state, to: move.to, reason },
    },
  ]);
  return true;
}

/** Effects that failed for good are planned again too: a retry would otherwise end at the first of them. */
export async function reopenTask(
  change: Change,
  session: Session,
  {
    id,
    actor,
    budgetUsd = 0,
    askedAt,
    again = [],
  }: {
    readonly id: string;
    readonly actor: string;
    readonly askedAt?: string;
    readonly budgetUsd?: number;
    readonly again?: readonly string[];
  },
): Promise<boolean> {
  const row = await change.db
    .updateTable('tasks')
    .set((set) => ({
      state: 'queued',
      budget_usd: set.fn<string>('greatest', ['budget_usd', set.val(String(budgetUsd))]),
      reason: null,
      finished_at: null,
      looked_at: null,
      asked_at: askedAt === undefined ? null : new Date(askedAt),
      updated_at: session.clock.now(),
    }))
    .where('id', '=', id)
    .where('state', 'in', [...TASK_ENDS])
    .returning('budget_usd')
    .executeTakeFirst();
  if (row === undefined) return false;
  const subtasks = await reopenSubtasks(change, id, again);
  const effects = await reopenEffects(change, session, id);
  const data = { subtasks, effects, budgetUsd: Number(row.budget_usd) };
  await change.record([{ actor, type: 'task.reopened', taskId: id, subject: id, data }]);
  return true;
}

/** An end is final for what was asked. */
export async function reviseTask(
  { db, record }: Change,
  session: Session,
  {
    id,
    request,
    actor,
    askedAt,
  }: {
    readonly id: string;
    readonly request: TaskRequest;
    readonly actor: string;
    readonly askedAt?: string;
  },
): Promise<boolean> {
  const row = await db
    .updateTable('tasks')
    .set({
      request: storableJson(request),
      ...(askedAt === undefined ? {} : { asked_at: new Date(askedAt) }),
      updated_at: session.clock.now(),
    })
    .where('id', '=', id)
    .where('state', 'not in', [...TASK_ENDS])
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await record([
    { actor, type: 'task.revised', taskId: id, subject: id, data: { request: storableText(request.kind) } },
  ]);
  return true;
}

export async function setTaskBudget(
  { db, record }: Change,
  session: Session,
  { id, budgetUsd, actor }: { readonly id: string; readonly budgetUsd: number; readonly actor: string },
): Promise<boolean> {
  const row = await db
    .updateTable('tasks')
    .set({ budget_usd: budgetUsd, updated_at: session.clock.now() })
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  if (row === undefined) return false;
  await record([{ actor, type: 'task.budget_set', taskId: id, subject: id, data: { budgetUsd } }]);
  return true;
}

function isEnd(state: TaskState): boolean {
  return TASK_ENDS.some((end) => end === state);
}
