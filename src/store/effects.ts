/** The ledger of what GitHub should be told: one effect per key, taken by one publisher at a time. */

import { sql } from 'kysely';
import type { EffectStore } from '../core/effect-ports.ts';
import type { Effect } from '../core/effect-records.ts';
import type { Repository } from '../core/records.ts';
import { claimable } from './claimable.ts';
import { claimEffect, effectDone, effectFailed } from './effect-changes.ts';
import { leaseOf } from './lease.ts';
import { planEffects } from './plan-effects.ts';
import { repositoriesById } from './repositories.ts';
import type { Row } from './schema.ts';
import type { Database, Session } from './session.ts';

/** Of one repository, newest first: older ones were merged or closed long ago. */
const OPENED_MAX = 200;

export function createEffectStore(session: Session): EffectStore {
  return {
    plan: (effects) =>
      session.change('effects.plan', async (change) => {
        await planEffects(change, session, effects);
        return effectsByKeys(
          change.db,
          effects.map((effect) => effect.key),
        );
      }),
    get: (id) =>
      session.read('effects.get', async (db) => {
        const rows = await db.selectFrom('effects').selectAll().where('id', '=', id).execute();
        return (await effectsOf(db, rows))[0] ?? null;
      }),
    byKey: (key) => session.read('effects.byKey', async (db) => (await effectsByKeys(db, [key]))[0] ?? null),
    claim: (id, owner, leaseMs) =>
      session.change('effects.claim', async (change) => {
        const claimed = await claimEffect(change, session, { id, owner, leaseMs });
        if (claimed === null) return null;
        const effect = (await effectsOf(change.db, [claimed.row]))[0];
        if (effect === undefined) throw new Error(`Effect ${id} has no repository.`);
        return { effect, token: Number(claimed.row.token), inDoubt: claimed.row.in_doubt };
      }),
    done: (id, token, revision, outcome) =>
      session.change('effects.done', (change) =>
        effectDone(change, session, { id, token, revision, outcome }),
      ),
    failed: (id, token, failure) =>
      session.change('effects.failed', (change) => effectFailed(change, session, { id, token, failure })),
    due: (before, limit) => due(session, new Date(before), limit),
    waiting: (installationId) => waiting(session, installationId),
    ofTask: (taskId) => session.read('effects.ofTask', (db) => effectsOfTask(db, taskId)),
    opened: (repositoryId, number) => opened(session, repositoryId, number),
    rung: (ids) => rung(session, ids),
  };
}

function waiting(session: Session, installationId: number): Promise<number> {
  return session.read('effects.waiting', async (db) => {
    const { count } = await db
      .selectFrom('effects')
      .innerJoin('repositories', 'repositories.id', 'effects.repository_id')
      .select(({ fn }) => fn.countAll<string>().as('count'))
      .where('effects.state', '=', 'planned')
      .where('repositories.installation_id', '=', String(installationId))
      .executeTakeFirstOrThrow();
    return Number(count);
  });
}

/** The index `effects_opened` is made for this. */
function opened(
  session: Session,
  repositoryId: number,
  number: number | undefined,
): Promise<readonly Effect[]> {
  return session.read('effects.opened', async (db) => {
    const rows = await db
      .selectFrom('effects')
      .selectAll()
      .where('repository_id', '=', String(repositoryId))
      .where('outcome', 'is not', null)
      .where(sql<boolean>`action ->> 'kind' = 'open_pull_request'`)
      .$if(number !== undefined, (query) =>
        query.where(sql<boolean>`(outcome ->> 'number')::integer = ${number ?? 0}`),
      )
      .where('task_id', 'is not', null)
      .orderBy('position', 'desc')
      .limit(OPENED_MAX)
      .execute();
    return effectsOf(db, rows);
  });
}

export async function effectsOfTask(db: Database, taskId: string): Promise<readonly Effect[]> {
  const rows = await db
    .selectFrom('effects')
    .selectAll()
    .where('task_id', '=', taskId)
    .orderBy('position')
    .execute();
  return effectsOf(db, rows);
}

/** In the order of `keys`. */
async function effectsByKeys(db: Database, keys: readonly string[]): Promise<readonly Effect[]> {
  if (keys.length === 0) return [];
  const rows = await db
    .selectFrom('effects')
    .selectAll()
    .where('key', 'in', [...keys])
    .execute();
  const effects = new Map((await effectsOf(db, rows)).map((effect) => [effect.key, effect]));
  return keys.flatMap((key) => effects.get(key) ?? []);
}

function due(session: Session, before: Date, limit: number): Promise<readonly string[]> {
  const now = session.clock.now();
  return session.read('effects.due', async (db) => {
    const rows = await db
      .with('found', (cte) =>
        cte
          .selectFrom('effects')
          .select('id')
          .where('state', 'in', ['planned', 'sending'])
          .where((where) => claimable(where, now))
          .where((where) => where.or([where('enqueued_at', 'is', null), where('enqueued_at', '<', before)]))
          .orderBy('due_at')
          .orderBy('position')
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .updateTable('effects')
      .from('found')
      .set({ enqueued_at: now })
      .whereRef('effects.id', '=', 'found.id')
      .returning(['effects.id', 'effects.due_at', 'effects.position'])
      .execute();
    return rows
      .toSorted((a, b) => a.due_at.getTime() - b.due_at.getTime() || Number(a.position) - Number(b.position))
      .map((row) => row.id);
  });
}

function rung(session: Session, ids: readonly string[]): Promise<void> {
  return session.read('effects.rung', async (db) => {
    if (ids.length === 0) return;
    await db
      .updateTable('effects')
      .set({ enqueued_at: session.clock.now() })
      .where('id', 'in', [...ids])
      .execute();
  });
}

async function effectsOf(db: Database, rows: readonly Row<'effects'>[]): Promise<readonly Effect[]> {
  const repositories = await repositoriesById(
    db,
    rows.map((row) => row.repository_id),
  );
  return rows.flatMap((row) => {
    const repository = repositories.get(row.repository_id);
    return repository === undefined ? [] : [effectOf(row, repository)];
  });
}

function effectOf(row: Row<'effects'>, repository: Repository): Effect {
  return {
    id: row.id,
    key: row.key,
    taskId: row.task_id,
    repository,
    action: row.action,
    revision: row.revision,
    state: row.state,
    attempts: row.attempts,
    after: row.after_key,
    lease: leaseOf(row),
    dueAt: row.due_at.toISOString(),
    enqueuedAt: row.enqueued_at?.toISOString() ?? null,
    outcome: row.outcome,
    error: row.error,
    createdAt: row.created_at.toISOString(),
    doneAt: row.done_at?.toISOString() ?? null,
  };
}
