/** Who does what: the Strategist's plans of a task, of which the newest alone is in force. */

import type { Plan } from '../core/records.ts';
import type { PlanStore } from '../core/store-ports.ts';
import type { Row } from './schema.ts';
import type { Database, Session } from './session.ts';
import { storableJson, storableText } from './storable.ts';

export function createPlanStore(session: Session): PlanStore {
  return {
    propose: (plan) => propose(session, plan),
    approve: (taskId, hash, by) => approve(session, taskId, hash, by),
    withdraw: (taskId, actor) => withdraw(session, taskId, actor),
    latest: (taskId) => session.read('plans.latest', (db) => latestPlan(db, taskId)),
  };
}

export async function latestPlan(db: Database, taskId: string): Promise<Plan | null> {
  const row = await db
    .selectFrom('plans')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : planOf(row);
}

function propose(session: Session, plan: Parameters<PlanStore['propose']>[0]): Promise<Plan> {
  return session.change('plans.propose', async ({ db, record }) => {
    // The task's lock makes two proposals follow one another.
    await db.selectFrom('tasks').select('id').where('id', '=', plan.taskId).forNoKeyUpdate().execute();
    const earlier = await latestPlan(db, plan.taskId);
    const superseded = await db
      .updateTable('plans')
      .set({ state: 'superseded' })
      .where('task_id', '=', plan.taskId)
      .where('state', '<>', 'superseded')
      .returning(['id', 'version'])
      .execute();
    const row = await db
      .insertInto('plans')
      .values({
        id: session.newId(),
        task_id: plan.taskId,
        version: (earlier?.version ?? 0) + 1,
        hash: plan.hash,
        answer: storableJson(plan.answer),
        estimate_usd: plan.estimateUsd,
        estimates: storableJson(plan.estimates),
        created_at: session.clock.now(),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await record([
      ...superseded.map(({ id, version }) => planEvent('superseded', plan.taskId, id, { version })),
      planEvent('proposed', plan.taskId, row.id, {
        version: row.version,
        hash: row.hash,
        subtasks: plan.answer.subtasks.length,
        estimateUsd: plan.estimateUsd,
      }),
    ]);
    return planOf(row);
  });
}

function approve(session: Session, taskId: string, hash: string, by: string): Promise<boolean> {
  return session.change('plans.approve', async ({ db, record }) => {
    const row = await db
      .updateTable('plans')
      .set({ state: 'approved', approved_by: storableText(by) })
      .where('task_id', '=', taskId)
      .where('hash', '=', hash)
      .where('state', '=', 'proposed')
      .returning(['id', 'version'])
      .executeTakeFirst();
    if (row === undefined) return false;
    await record([{ ...planEvent('approved', taskId, row.id, { version: row.version, hash }), actor: by }]);
    return true;
  });
}

function withdraw(session: Session, taskId: string, actor: string): Promise<boolean> {
  return session.change('plans.withdraw', async ({ db, record }) => {
    const row = await db
      .updateTable('plans')
      .set({ state: 'superseded' })
      .where('task_id', '=', taskId)
      .where('state', '=', 'proposed')
      .returning(['id', 'version'])
      .executeTakeFirst();
    if (row === undefined) return false;
    await record([{ ...planEvent('superseded', taskId, row.id, { version: row.version }), actor }]);
    return true;
  });
}

function planEvent(what: string, taskId: string, id: string, data: Readonly<Record<string, unknown>>) {
  return { actor: 'crew:strategist', type: `plan.${what}`, taskId, subject: id, data };
}

function planOf(row: Row<'plans'>): Plan {
  return {
    id: row.id,
    taskId: row.task_id,
    version: row.version,
    hash: row.hash,
    answer: row.answer,
    estimateUsd: Number(row.estimate_usd),
    estimates: row.estimates,
    state: row.state,
    approvedBy: row.approved_by,
    createdAt: row.created_at.toISOString(),
  };
}
