/** Agents' jobs: who may take one up, who holds it, and how it ends. */
import { sql } from 'kysely';
import { type Lease, type Subtask, TASK_ENDS } from '../core/records.ts';
import type { SubtaskStore } from '../core/store-ports.ts';
import { later, leaseOf } from './lease.ts';
import { releaseOwners } from './release-owners.ts';
import type { Row } from './schema.ts';
import type { Change, Database, Session } from './session.ts';
import { charge, NO_CAPS, reserve } from './spending.ts';
import { storableText, storableTexts } from './storable.ts';
import {
  endAsLost,
  finishSubtask,
  releaseSubtask,
  renewSubtask,
  setBackSubtask,
  stopSubtasks,
  subtaskEvent,
} from './subtask-changes.ts';

export function createSubtaskStore(session: Session): SubtaskStore {
  return {
    add: (taskId, subtasks) =>
      session.change('subtasks.add', (change) => add(change, taskId, subtasks, session.newId)),
    get: (id) =>
      session.read('subtasks.get', async (db) => {
        const row = await db.selectFrom('subtasks').selectAll().where('id', '=', id).executeTakeFirst();
        return row === undefined ? null : subtaskOf(row);
      }),
    claim: (id, owner, leaseMs) =>
      session.change('subtasks.claim', (change) => claim(change, session, { id, owner, leaseMs })),
    renew: (id, token, leaseMs) =>
      session.change('subtasks.renew', ({ db }) =>
        renewSubtask(db, { id, token, until: later(session.clock.now(), leaseMs) }),
      ),
    reserve: (id, token, mostUsd, caps = NO_CAPS) =>
      session.change('subtasks.reserve', ({ db }) => reserve(db, session, { id, token, mostUsd, caps })),
    charge: (id, token, costUsd) =>
      session.change('subtasks.charge', (change) => charge(change, session, { id, token, costUsd })),
    finish: (id, token, result) =>
      session.change('subtasks.finish', (change) => finishSubtask(change, session, { id, token, result })),
    release: (id, token, why, dueAt) =>
      session.change('subtasks.release', (change) =>
        releaseSubtask(change, { id, token, why, dueAt: dueAt ?? null }),
      ),
    setBack: (taskId, key, how) =>
      session.change('subtasks.setBack', (change) => setBackSubtask(change, { taskId, key, ...how })),
    stopAll: (taskId, actor) =>
      session.change('subtasks.stopAll', (change) => stopSubtasks(change, session, taskId, actor)),
    releaseOwners: (isGone) =>
      session.change('subtasks.releaseOwners', (change) => releaseOwners(change, session, isGone)),
    rung: (ids) => rung(session, ids),
  };
}

export async function subtasksOfTask(db: Database, taskId: string): Promise<readonly Subtask[]> {
  const rows = await db
    .selectFrom('subtasks')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('position')
    .execute();
  return rows.map(subtaskOf);
}

async function add(
  { db, record }: Change,
  taskId: string,
  subtasks: Parameters<SubtaskStore['add']>[1],
  newId: () => string,
): Promise<void> {
  if (subtasks.length === 0) return;
  const rows = await db
    .insertInto('subtasks')
    .values(
      subtasks.map((subtask) => ({
        id: newId(),
        task_id: taskId,
        plan_id: subtask.planId,
        key: storableText(subtask.key),
        kind: subtask.kind,
        role: storableText(subtask.role),
        title: storableText(subtask.title),
        goal: storableText(subtask.goal),
        acceptance: storableTexts(subtask.acceptance),
        files: storableTexts(subtask.files),
        depends_on: storableTexts(subtask.dependsOn),
      })),
    )
    .onConflict((conflict) => conflict.columns(['task_id', 'key']).doNothing())
    .returningAll()
    .execute();
  await record(
    rows.map((row) =>
      subtaskEvent('added', row, { kind: row.kind, title: row.title, dependsOn: row.depends_on }),
    ),
  );
}

interface Claim {
  readonly id: string;
  readonly owner: string;
  readonly leaseMs: number;
}

/**
 * The task is locked before the subtask, as everywhere: a claim and the end of its task follow one another. A subtask
 * whose row another process holds right now is not to be had, so nobody waits here.
 */
async function claim(
  change: Change,
  session: Session,
  { id, owner, leaseMs }: Claim,
): Promise<(Subtask & { readonly lease: Lease }) | null> {
  const { db } = change;
  const now = session.clock.now();
  const task = await db
    .selectFrom('tasks')
    .select('state')
    .where('id', '=', db.selectFrom('subtasks').select('task_id').where('id', '=', id))
    .forShare()
    .executeTakeFirst();
  if (task === undefined || TASK_ENDS.some((end) => end === task.state)) return null;
  const free = await lockFree(db, id, now);
  if (free === undefined) return null;
  const losses = free.losses + (free.state === 'running' ? 1 : 0);
  if (losses >= session.maxLosses) {
    await endAsLost(change, session, free, losses);
    return null;
  }
  const row = await db
    .updateTable('subtasks')
    .set((set) => ({
      state: 'running',
      losses,
      attempts: set('attempts', '+', 1),
      token: set('token', '+', '1'),
      due_at: null,
      reserved_usd: 0,
      lease_owner: owner,
      lease_until: later(now, leaseMs),
      started_at: free.started_at ?? now,
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await change.record([subtaskEvent('running', row, { attempt: row.attempts, losses, owner })]);
  const subtask = subtaskOf(row);
  if (subtask.lease === null) throw new Error(`Subtask ${id} was claimed without a lease.`);
  return { ...subtask, lease: subtask.lease };
}

/** Pending and due, with all that it depends on done, or running under a lease that has run out. */
function lockFree(db: Database, id: string, now: Date): Promise<Row<'subtasks'> | undefined> {
  return db
    .selectFrom('subtasks')
    .selectAll()
    .where('id', '=', id)
    .where((where) =>
      where.or([
        where.and([
          where('state', '=', 'pending'),
          where.or([where('due_at', 'is', null), where('due_at', '<=', now)]),
        ]),
        where.and([where('state', '=', 'running'), where('lease_until', '<=', now)]),
      ]),
    )
    .where(
      sql<boolean>`not exists (
        select from unnest(subtasks.depends_on) as wanted (key)
        where not exists (
          select from subtasks as other
          where other.task_id = subtasks.task_id and other.key = wanted.key and other.state = 'done'
        )
      )`,
    )
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

function rung(session: Session, ids: readonly string[]): Promise<void> {
  return session.read('subtasks.rung', async (db) => {
    if (ids.length === 0) return;
    await db
      .updateTable('subtasks')
      .set({ enqueued_at: session.clock.now() })
      .where('id', 'in', [...ids])
      .execute();
  });
}

function subtaskOf(row: Row<'subtasks'>): Subtask {
  return {
    id: row.id,
    taskId: row.task_id,
    planId: row.plan_id,
    key: row.key,
    kind: row.kind,
    role: row.role,
    title: row.title,
    goal: row.goal,
    acceptance: row.acceptance,
    files: row.files,
    dependsOn: row.depends_on,
    setbacks: row.setbacks,
    state: row.state,
    attempts: row.attempts,
    losses: row.losses,
    lease: leaseOf(row),
    enqueuedAt: row.enqueued_at?.toISOString() ?? null,
    dueAt: row.due_at?.toISOString() ?? null,
    startedAt: row.started_at?.toISOString() ?? null,
    finishedAt: row.finished_at?.toISOString() ?? null,
    costUsd: Number(row.cost_usd),
  };
}
