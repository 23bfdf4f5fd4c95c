/** How a subtask changes once it is taken up. Each change asks for the newest token, so a worker that was replaced writes nothing. */

import { lostWorkers } from '../core/messages/watchdog.ts';
import type { Setback } from '../core/records.ts';
import type { Outcome } from '../core/result-records.ts';
import { NO_LEASE } from './lease.ts';
import { insertResult, type NewResult } from './results.ts';
import type { Row } from './schema.ts';
import type { Change, Database, NewEvent, Session } from './session.ts';
import { storableJson } from './storable.ts';

const NO_USAGE = {
  model: null,
  turns: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
} as const;

/** What a dead worker had set aside is the task's again. */
export const NOT_HELD = { ...NO_LEASE, reserved_usd: 0 } as const;

interface Held {
  readonly id: string;
  readonly token: number;
}

export async function renewSubtask(
  db: Database,
  { id, token, until }: Held & { readonly until: Date },
): Promise<boolean> {
  const row = await db
    .updateTable('subtasks')
    .set({ lease_until: until })
    .where('id', '=', id)
    .where('token', '=', String(token))
    .where('state', '=', 'running')
    .returning('id')
    .executeTakeFirst();
  return row !== undefined;
}

export async function finishSubtask(
  change: Change,
  session: Session,
  { id, token, result }: Held & { readonly result: NewResult },
): Promise<boolean> {
  const state = result.outcome.kind === 'failed' ? 'failed' : 'done';
  const row = await change.db
    .updateTable('subtasks')
    .set({ state, finished_at: session.clock.now(), ...NOT_HELD })
    .where('id', '=', id)
    .where('token', '=', String(token))
    .where('state', '=', 'running')
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return false;
  await insertResult(change, session, row, result);
  await change.record([subtaskEvent(state, row, endData(row, result.outcome, result))]);
  return true;
}

/** The workers that took it up died or fell silent: it ends with that as its reason rather than take more of them down. */
export async function endAsLost(
  change: Change,
  session: Session,
  subtask: Row<'subtasks'>,
  losses: number,
): Promise<void> {
  const outcome: Outcome = {
    kind: 'failed',
    cause: 'lost',
    message: lostWorkers(losses),
  };
  await change.db
    .updateTable('subtasks')
    .set({ state: 'failed', losses, finished_at: session.clock.now(), ...NOT_HELD })
    .where('id', '=', subtask.id)
    .execute();
  await insertResult(change, session, subtask, { outcome, usage: NO_USAGE, costUsd: 0, durationMs: 0 });
  await change.record([
    {
      ...subtaskEvent('failed', subtask, endData({ ...subtask, losses }, outcome, { costUsd: 0 })),
      actor: 'system',
    },
  ]);
}

export async function releaseSubtask(
  { db, record }: Change,
  { id, token, why, dueAt }: Held & { readonly why: string; readonly dueAt: string | null },
): Promise<boolean> {
  const row = await db
    .updateTable('subtasks')
    .set({
      state: 'pending',
      enqueued_at: null,
      due_at: dueAt === null ? null : new Date(dueAt),
      ...NOT_HELD,
    })
    .where('id', '=', id)
    .where('token', '=', String(token))
    .where('state', '=', 'running')
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return false;
  const { attempts: attempt, losses } = row;
  await record([subtaskEvent('released', row, { why, attempt, losses, dueAt })]);
  return true;
}

export async function stopSubtasks(
  { db, record }: Change,
  session: Session,
  taskId: string,
  actor: string,
): Promise<readonly string[]> {
  const open = await db
    .selectFrom('subtasks')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('state', 'in', ['pending', 'running'])
    .orderBy('id')
    .forUpdate()
    .execute();
  if (open.length === 0) return [];
  await db
    .updateTable('subtasks')
    .set({ state: 'stopped', finished_at: session.clock.now(), ...NOT_HELD })
    .where(
      'id',
      'in',
      open.map((row) => row.id),
    )
    .execute();
  await record(
    open.map((row) => ({
      ...subtaskEvent('stopped', row, { from: row.state, losses: row.losses }),
      actor,
    })),
  );
  return open.filter((row) => row.state === 'running').map((row) => row.id);
}

/** Done work is pending again, for another try at it. */
export async function setBackSubtask(
  { db, record }: Change,
  { taskId, key, role, dependsOn, setback }: SetBack,
): Promise<boolean> {
  const found = await db
    .selectFrom('subtasks')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('key', '=', key)
    .forUpdate()
    .executeTakeFirst();
  if (found?.state !== 'done') return false;
  await db
    .updateTable('subtasks')
    .set({
      ...FRESH,
      role,
      depends_on: [...dependsOn],
      setbacks: storableJson([...found.setbacks, setback]),
    })
    .where('id', '=', found.id)
    .execute();
  const { cause, files } = setback;
  await record([
    { ...subtaskEvent('set_back', { ...found, role }, { cause, files, dependsOn }), actor: 'system' },
  ]);
  return true;
}

interface SetBack {
  readonly taskId: string;
  readonly key: string;
  readonly role: string;
  readonly dependsOn: readonly string[];
  readonly setback: Setback;
}

const FRESH = {
  state: 'pending',
  attempts: 0,
  losses: 0,
  enqueued_at: null,
  due_at: null,
  finished_at: null,
} as const;

/** Answers the keys of those that are pending again: all that did not end well, and those named. */
export async function reopenSubtasks(
  { db }: Change,
  taskId: string,
  again: readonly string[],
): Promise<readonly string[]> {
  // Also of what is done: a conflict that nobody could settle would else end the task again at once.
  await db.updateTable('subtasks').set({ setbacks: '[]' }).where('task_id', '=', taskId).execute();
  const rows = await db
    .updateTable('subtasks')
    .set(FRESH)
    .where('task_id', '=', taskId)
    .where((where) =>
      where.or([
        where('state', 'in', ['pending', 'failed', 'stopped']),
        where.and([where('state', '=', 'done'), where('key', 'in', ['', ...again])]),
      ]),
    )
    .returning('key')
    .execute();
  return rows.map((row) => row.key);
}

export function subtaskEvent(
  what: string,
  row: Pick<Row<'subtasks'>, 'id' | 'task_id' | 'key' | 'role'>,
  data: Readonly<Record<string, unknown>>,
): NewEvent {
  return {
    actor: what === 'added' ? 'system' : `crew:${row.role}`,
    type: `subtask.${what}`,
    taskId: row.task_id,
    subject: row.id,
    data: { key: row.key, role: row.role, ...data },
  };
}

function endData(
  { attempts: attempt, losses }: Pick<Row<'subtasks'>, 'attempts' | 'losses'>,
  outcome: Outcome,
  { costUsd }: { readonly costUsd: number },
): Readonly<Record<string, unknown>> {
  const why = outcome.kind === 'failed' ? { cause: outcome.cause, message: outcome.message } : {};
  return { attempt, losses, outcome: outcome.kind, costUsd, ...why };
}
