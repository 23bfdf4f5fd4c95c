/** Puts the audit trail to the proof: replays it, and holds what comes of it against the tables. Changes nothing. */
import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import { beginTrail, replayOnto } from '../core/audit/replay-trail.ts';
import { type Standing, subtaskName, type Trail } from '../core/audit/trail.ts';
import { trailDifferences } from '../core/audit/trail-differences.ts';
import { eventOf } from './events.ts';
import type { Schema } from './schema.ts';
import type { Database } from './session.ts';

const PAGE = 5_000;

export interface Audited {
  readonly events: number;
  readonly records: number;
  /** Sentences; none when all is as it must be. */
  readonly differences: readonly string[];
}

/** All in one snapshot, so that the crew may be at work meanwhile. */
export function auditTrail(pool: pg.Pool): Promise<Audited> {
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      const { trail, events } = await replayed(tx);
      const tables = await standing(tx);
      const records = Object.values(tables).reduce((sum, table) => sum + table.size, 0);
      return { events, records, differences: trailDifferences(trail, tables) };
    });
}

async function replayed(db: Database): Promise<{ readonly trail: Trail; readonly events: number }> {
  const trail = beginTrail();
  let events = 0;
  let last = '0';
  for (;;) {
    const page = await db
      .selectFrom('events')
      .selectAll()
      .where('seq', '>', last)
      .orderBy('seq')
      .limit(PAGE)
      .execute();
    replayOnto(trail, page.map(eventOf));
    events += page.length;
    last = page.at(-1)?.seq ?? last;
    if (page.length < PAGE) return { trail, events };
  }
}

async function standing(db: Database): Promise<Standing> {
  return {
    delivery: new Map(await deliveries(db)),
    task: new Map(await tasks(db)),
    plan: new Map(await plans(db)),
    subtask: new Map(await subtasks(db)),
    effect: new Map(await effects(db)),
  };
}

async function deliveries(db: Database) {
  const rows = await db
    .selectFrom('deliveries')
    .select(['guid', 'state', 'attempts', sql<number>`jsonb_array_length(decisions)`.as('decisions')])
    .execute();
  return rows.map(({ guid, ...row }) => [guid, row] as const);
}

async function tasks(db: Database) {
  const rows = await db
    .selectFrom('tasks')
    .select(['id', 'kind', 'state', 'reason', 'budget_usd', 'cost_usd'])
    .execute();
  return rows.map(
    ({ id, budget_usd, cost_usd, ...row }) =>
      [id, { ...row, budgetUsd: Number(budget_usd), costUsd: Number(cost_usd) }] as const,
  );
}

async function plans(db: Database) {
  const rows = await db
    .selectFrom('plans')
    .select(['id', 'task_id as taskId', 'version', 'hash', 'state', 'approved_by as approvedBy'])
    .execute();
  return rows.map(({ id, ...row }) => [id, row] as const);
}

async function subtasks(db: Database) {
  const rows = await db
    .selectFrom('subtasks')
    .select(['task_id', 'key', 'kind', 'role', 'depends_on as dependsOn', 'state', 'attempts', 'losses'])
    .select(['cost_usd', sql<number>`json_array_length(setbacks)`.as('setbacks')])
    .execute();
  return rows.map(
    ({ task_id, key, cost_usd, ...row }) =>
      [subtaskName(task_id, key), { ...row, costUsd: Number(cost_usd) }] as const,
  );
}

async function effects(db: Database) {
  const rows = await db
    .selectFrom('effects')
    .select(['id', 'task_id as taskId', 'key', 'action', 'revision', 'state', 'attempts', 'outcome'])
    .select('in_doubt as inDoubt')
    .execute();
  return rows.map(
    ({ id, action, outcome, ...row }) =>
      [id, { ...row, kind: action.kind, url: outcome?.url ?? null }] as const,
  );
}
