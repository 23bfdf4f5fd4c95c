/** How an effect changes once it is planned: taken, done, failed, and what its failure means for those that wait for it. */

import type { EffectStore } from '../core/effect-ports.ts';
import { type EffectOutcome, GOES_ON_WITH_WORK } from '../core/effect-records.ts';
import { taskStopped } from '../core/messages/steering.ts';
import { claimable } from './claimable.ts';
import { later, NO_LEASE } from './lease.ts';
import type { Row } from './schema.ts';
import type { Change, Database, NewEvent, Session } from './session.ts';
import { storableJson, storableText } from './storable.ts';

/** `in_doubt` of the row answered says whether an earlier sending's outcome is unknown. Of a task that was stopped nothing goes on. */
export async function claimEffect(
  change: Change,
  session: Session,
  { id, owner, leaseMs }: { readonly id: string; readonly owner: string; readonly leaseMs: number },
): Promise<{ readonly row: Row<'effects'> } | null> {
  const { db, record } = change;
  const now = session.clock.now();
  const free = await db
    .selectFrom('effects')
    .select(['state', 'in_doubt', 'revision'])
    .where('id', '=', id)
    .where((where) => claimable(where, now))
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
  if (free === undefined) return null;
  if (await isOfStopped(db, id)) {
    await withdraw(change, id, free.in_doubt || free.state === 'sending');
    return null;
  }
  const row = await db
    .updateTable('effects')
    .set((set) => ({
      state: 'sending',
      token: set('token', '+', '1'),
      attempts: set('attempts', '+', 1),
      lease_owner: owner,
      lease_until: later(now, leaseMs),
      sent_revision: free.revision,
      in_doubt: free.in_doubt || free.state === 'sending',
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await record([
    effectEvent('sending', row, { revision: row.revision, attempt: row.attempts, inDoubt: row.in_doubt }),
  ]);
  return { row };
}

async function isOfStopped(db: Database, id: string): Promise<boolean> {
  const found = await db
    .selectFrom('effects')
    .innerJoin('tasks', 'tasks.id', 'effects.task_id')
    .select('effects.action')
    .where('effects.id', '=', id)
    .where('tasks.state', '=', 'stopped')
    .where('tasks.kind', '<>', 'review')
    .executeTakeFirst();
  return found !== undefined && GOES_ON_WITH_WORK.includes(found.action.kind);
}

/** As failed, so that a retry plans it again. */
async function withdraw(change: Change, id: string, inDoubt: boolean): Promise<void> {
  const row = await change.db
    .updateTable('effects')
    .set({ state: 'failed', error: taskStopped, in_doubt: inDoubt, ...NO_LEASE })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await change.record([effectEvent('failed', row, { error: taskStopped, forGood: true })]);
  if (row.outcome === null) await failDependents(change, row.key, taskStopped);
}

interface Done {
  readonly id: string;
  readonly token: number;
  readonly revision: number;
  readonly outcome: EffectOutcome;
}

export async function effectDone(
  { db, record }: Change,
  session: Session,
  { id, token, revision, outcome }: Done,
): Promise<boolean> {
  const held = await lockHeld(db, id, token);
  if (held === undefined) return false;
  const now = session.clock.now();
  const newer = held.revision > revision;
  const row = await db
    .updateTable('effects')
    .set({
      state: newer ? 'planned' : 'done',
      outcome: storableJson(outcome),
      error: null,
      in_doubt: false,
      attempts: newer ? 0 : held.attempts,
      enqueued_at: newer ? null : held.enqueued_at,
      due_at: newer ? later(now, held.min_interval_ms) : held.due_at,
      done_at: now,
      ...NO_LEASE,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await record([effectEvent('done', row, { revision, url: outcome.url })]);
  return true;
}

interface Failed {
  readonly id: string;
  readonly token: number;
  readonly failure: Parameters<EffectStore['failed']>[2];
}

/** A revision that came meanwhile has not failed: it is planned, even when this one failed for good. */
export async function effectFailed(
  change: Change,
  session: Session,
  { id, token, failure }: Failed,
): Promise<boolean> {
  const held = await lockHeld(change.db, id, token);
  if (held === undefined) return false;
  const newer = held.revision > (held.sent_revision ?? held.revision);
  const forGood = failure.dueAt === null && !newer;
  const row = await change.db
    .updateTable('effects')
    .set({
      state: forGood ? 'failed' : 'planned',
      error: storableText(failure.error),
      attempts: failure.limited === true ? held.attempts - 1 : held.attempts,
      in_doubt: held.in_doubt || failure.sent === 'maybe',
      enqueued_at: null,
      due_at: failure.dueAt === null ? session.clock.now() : new Date(failure.dueAt),
      ...NO_LEASE,
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  const limited = failure.limited === true;
  const data = { error: failure.error, sent: failure.sent, attempt: row.attempts, limited, forGood };
  await change.record([
    effectEvent(forGood ? 'failed' : 'postponed', row, { ...data, dueAt: failure.dueAt }),
  ]);
  if (forGood && row.outcome === null) await failDependents(change, row.key, failure.error);
  return true;
}

/** What waits for an effect that will never be done fails with it, and so on down the line. */
export async function failDependents(change: Change, key: string, error: string): Promise<void> {
  const reason = storableText(`${key} failed: ${error}`);
  const rows = await change.db
    .updateTable('effects')
    .set({ state: 'failed', error: reason })
    .where('after_key', '=', key)
    .where('state', '=', 'planned')
    .where('outcome', 'is', null)
    .returningAll()
    .execute();
  await change.record(rows.map((row) => effectEvent('failed', row, { error: reason, forGood: true })));
  // Ends: each level turns planned effects into failed ones, and there are only so many.
  for (const row of rows) await failDependents(change, row.key, error);
}

/** Answers the keys of those that are planned again. What was sent before stays in doubt. */
export async function reopenEffects(
  { db, record }: Change,
  session: Session,
  taskId: string,
): Promise<readonly string[]> {
  const rows = await db
    .updateTable('effects')
    .set({ state: 'planned', attempts: 0, error: null, enqueued_at: null, due_at: session.clock.now() })
    .where('task_id', '=', taskId)
    .where('state', '=', 'failed')
    .returningAll()
    .execute();
  await record(rows.map((row) => effectEvent('planned', row, { revision: row.revision })));
  return rows.map((row) => row.key);
}

export function effectEvent(
  what: string,
  row: Pick<Row<'effects'>, 'id' | 'key' | 'task_id' | 'action'>,
  data: Readonly<Record<string, unknown>>,
): NewEvent {
  return {
    actor: 'system',
    type: `effect.${what}`,
    taskId: row.task_id,
    subject: row.id,
    data: { key: row.key, kind: row.action.kind, ...data },
  };
}

function lockHeld(db: Database, id: string, token: number): Promise<Row<'effects'> | undefined> {
  return db
    .selectFrom('effects')
    .selectAll()
    .where('id', '=', id)
    .where('token', '=', String(token))
    .where('state', '=', 'sending')
    .forUpdate()
    .executeTakeFirst();
}
