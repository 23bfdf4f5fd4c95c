/** What subtasks found. A result is written by the change that ends its subtask, and never altered. */

import { type Outcome, PATCH_MAX_BYTES, type Result } from '../core/result-records.ts';
import type { ResultStore } from '../core/store-ports.ts';
import type { Row } from './schema.ts';
import type { Change, Database, Session } from './session.ts';
import { storableJson } from './storable.ts';

export type NewResult = Pick<Result, 'outcome' | 'usage' | 'costUsd' | 'durationMs'>;

export function createResultStore(session: Session): ResultStore {
  return {
    of: (subtaskId) =>
      session.read('results.of', async (db) => {
        const row = await db
          .selectFrom('results')
          .selectAll()
          .where('subtask_id', '=', subtaskId)
          .orderBy('position', 'desc')
          .limit(1)
          .executeTakeFirst();
        return row === undefined ? null : resultOf(row);
      }),

    ofTask: (taskId) =>
      session.read('results.ofTask', async (db) => {
        const rows = await db
          .selectFrom('results')
          .selectAll()
          .where('task_id', '=', taskId)
          .orderBy('position')
          .execute();
        return rows.map(resultOf);
      }),
  };
}

export async function newestResultsOfTask(db: Database, taskId: string): Promise<readonly Result[]> {
  const rows = await db
    .selectFrom('results')
    .distinctOn('subtask_id')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('subtask_id')
    .orderBy('position', 'desc')
    .execute();
  return rows.toSorted((a, b) => Number(a.position) - Number(b.position)).map(resultOf);
}

export async function insertResult(
  { db }: Change,
  session: Session,
  subtask: { readonly id: string; readonly task_id: string },
  result: NewResult,
): Promise<void> {
  refuseBadPatch(result.outcome);
  await db
    .insertInto('results')
    .values({
      id: session.newId(),
      task_id: subtask.task_id,
      subtask_id: subtask.id,
      outcome: storableJson(result.outcome),
      usage: storableJson(result.usage),
      cost_usd: result.costUsd,
      duration_ms: Math.round(result.durationMs),
      created_at: session.clock.now(),
    })
    .execute();
}

/** A patch cannot be cleaned like other text: it would no longer apply. Binary files stand in it as base85. */
function refuseBadPatch(outcome: Outcome): void {
  if (outcome.kind !== 'patch') return;
  if (outcome.patch.includes('\u0000')) {
    throw new Error('A patch with U+0000 cannot be stored: make it with `git diff --binary`.');
  }
  const bytes = Buffer.byteLength(outcome.patch);
  if (bytes > PATCH_MAX_BYTES) {
    throw new Error(`A patch of ${bytes} bytes cannot be stored; the limit is ${PATCH_MAX_BYTES}.`);
  }
}

function resultOf(row: Row<'results'>): Result {
  return {
    id: row.id,
    taskId: row.task_id,
    subtaskId: row.subtask_id,
    outcome: row.outcome,
    usage: row.usage,
    costUsd: Number(row.cost_usd),
    durationMs: Number(row.duration_ms),
    createdAt: row.created_at.toISOString(),
  };
}
