/** Planning effects: a new key is a new effect; a known key whose wanted content changed is a new revision of it. */
import { isDeepStrictEqual } from 'node:util';
import type { NewEffect } from '../core/effect-ports.ts';
import type { EffectAction } from '../core/effect-records.ts';
import { effectEvent, failDependents } from './effect-changes.ts';
import { later } from './lease.ts';
import { ensureRepository } from './repositories.ts';
import type { Row } from './schema.ts';
import type { Change, Session } from './session.ts';
import { storableJson, storableText } from './storable.ts';

/** What can be edited on GitHub in place. Other effects keep their first action: they stand there already. */
const EDITABLE: readonly EffectAction['kind'][] = ['sticky_comment', 'check_run'];

export async function planEffects(
  change: Change,
  session: Session,
  effects: readonly NewEffect[],
): Promise<void> {
  for (const effect of effects) {
    const action = storableJson(effect.action);
    const added = await insertEffect(change, session, effect, action);
    if (!added) await reviseEffect(change, session, effect, action);
  }
}

async function insertEffect(
  change: Change,
  session: Session,
  effect: NewEffect,
  action: string,
): Promise<boolean> {
  const { db, record } = change;
  const known = await db.selectFrom('effects').select('id').where('key', '=', effect.key).executeTakeFirst();
  if (known !== undefined) return false;
  await ensureRepository(change, effect.repository, session.clock.now());
  const now = session.clock.now();
  const row = await db
    .insertInto('effects')
    .values({
      id: session.newId(),
      key: storableText(effect.key),
      task_id: effect.taskId,
      repository_id: effect.repository.id,
      action,
      after_key: effect.after ?? null,
      min_interval_ms: effect.minIntervalMs ?? 0,
      due_at: now,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) return false;
  await record([effectEvent('planned', row, { revision: row.revision })]);
  await failWithEarlier(change, row);
  return true;
}

/** Locks the earlier effect: either its failure finds this one among its dependents, or this one finds its failure. */
async function failWithEarlier(change: Change, row: Row<'effects'>): Promise<void> {
  if (row.after_key === null) return;
  const earlier = await change.db
    .selectFrom('effects')
    .select(['key', 'state', 'outcome', 'error'])
    .where('key', '=', row.after_key)
    .forShare()
    .executeTakeFirst();
  if (earlier?.state !== 'failed' || earlier.outcome !== null) return;
  await failDependents(change, earlier.key, earlier.error ?? 'no reason given');
}

/** While it is being sent it stays so: `done` sees the newer revision and plans it again. */
async function reviseEffect(
  { db, record }: Change,
  session: Session,
  effect: NewEffect,
  action: string,
): Promise<void> {
  const row = await db
    .selectFrom('effects')
    .selectAll()
    .where('key', '=', effect.key)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (row.action.kind !== effect.action.kind || !EDITABLE.includes(row.action.kind)) return;
  if (isDeepStrictEqual(row.action, JSON.parse(action))) return;
  const minIntervalMs = effect.minIntervalMs ?? row.min_interval_ms;
  const ended = row.state === 'done' || row.state === 'failed';
  const again = { state: 'planned' as const, attempts: 0, error: null, enqueued_at: null };
  const revised = await db
    .updateTable('effects')
    .set({
      action,
      revision: row.revision + 1,
      min_interval_ms: minIntervalMs,
      ...(ended ? { ...again, due_at: dueAt(session.clock.now(), row.done_at, minIntervalMs) } : {}),
    })
    .where('id', '=', row.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await record([effectEvent('planned', revised, { revision: revised.revision })]);
}

/** Not before the interval since it was last done has passed. */
function dueAt(now: Date, doneAt: Date | null, minIntervalMs: number): Date {
  if (doneAt === null) return now;
  const earliest = later(doneAt, minIntervalMs);
  return earliest > now ? earliest : now;
}
