/** Repositories that the App is installed on, under their newest names. */

import { sql } from 'kysely';
import type { Repository } from '../core/records.ts';
import type { RepositoryStore } from '../core/store-ports.ts';
import type { Row } from './schema.ts';
import type { Change, Database, Session } from './session.ts';
import { storableText } from './storable.ts';

export function createRepositoryStore(session: Session): RepositoryStore {
  return {
    save: (repository) =>
      session.change('repositories.save', (change) =>
        saveRepository(change, repository, { revive: true, now: session.clock.now() }),
      ),

    get: (id) =>
      session.read('repositories.get', async (db) => {
        const row = await find(db, id);
        return row === undefined ? null : repositoryOf(row);
      }),

    list: () =>
      session.read('repositories.list', async (db) => {
        const rows = await db
          .selectFrom('repositories')
          .selectAll()
          .where('removed_at', 'is', null)
          .orderBy('owner')
          .orderBy('name')
          .execute();
        return rows.map(repositoryOf);
      }),

    remove: (id) =>
      session.change('repositories.remove', async ({ db, record }) => {
        const row = await db
          .updateTable('repositories')
          .set({ removed_at: session.clock.now(), links_after: session.clock.now() })
          .where('id', '=', String(id))
          .where('removed_at', 'is', null)
          .returningAll()
          .executeTakeFirst();
        if (row !== undefined) await record([repositoryEvent('removed', repositoryOf(row))]);
      }),

    lookedUntil: (id) =>
      session.read('repositories.lookedUntil', async (db) => {
        const row = await find(db, id);
        return row === undefined ? null : row.looked_until.toISOString();
      }),

    looked: (id, until) =>
      session.single('repositories.looked', async ({ db }) => {
        await db
          .updateTable('repositories')
          .set({ looked_until: new Date(until) })
          .where('id', '=', String(id))
          .execute();
      }),
  };
}

/**
 * Reads first: nearly always nothing has changed, and an upsert would lock the row against every other task of the
 * repository. `revive` lists a removed repository again.
 */
export async function saveRepository(
  { db, record }: Change,
  repository: Repository,
  options: { readonly revive: boolean; readonly now: Date },
): Promise<void> {
  const row = await find(db, repository.id);
  const stored = row === undefined ? null : repositoryOf(row);
  const revived = options.revive && row !== undefined && row.removed_at !== null;
  if (stored !== null && !revived && isSame(stored, repository)) return;
  const columns = {
    owner: storableText(repository.owner),
    name: storableText(repository.name),
    installation_id: repository.installationId,
    default_branch: storableText(repository.defaultBranch),
    private: repository.private,
    ...(options.revive ? { removed_at: null } : {}),
    // What happened while it was not ours is none of our business.
    ...(revived ? { looked_until: sql<Date>`now()` } : {}),
  };
  const closed = stored !== null && isClosedTo(stored, repository) ? { links_after: options.now } : {};
  await db
    .insertInto('repositories')
    .values({ id: repository.id, ...columns })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ ...columns, ...closed }))
    .execute();
  await record([repositoryEvent('saved', repository)]);
}

/** Who could read its issues before may not any more. */
function isClosedTo(before: Repository, now: Repository): boolean {
  return (!before.private && now.private) || before.installationId !== now.installationId;
}

/** For records that point to a repository: stores it when it is unknown, and leaves a known one as it is. */
export async function ensureRepository(change: Change, repository: Repository, now: Date): Promise<void> {
  const row = await find(change.db, repository.id);
  if (row === undefined) await saveRepository(change, repository, { revive: false, now });
}

export async function repositoriesById(
  db: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Repository>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('repositories')
    .selectAll()
    .where('id', 'in', [...new Set(ids)])
    .execute();
  return new Map(rows.map((row) => [row.id, repositoryOf(row)]));
}

function find(db: Database, id: number): Promise<Row<'repositories'> | undefined> {
  return db.selectFrom('repositories').selectAll().where('id', '=', String(id)).executeTakeFirst();
}

function isSame(a: Repository, b: Repository): boolean {
  return (
    a.owner === b.owner &&
    a.name === b.name &&
    a.installationId === b.installationId &&
    a.defaultBranch === b.defaultBranch &&
    a.private === b.private
  );
}

function repositoryEvent(what: string, repository: Repository) {
  return {
    actor: 'system',
    type: `repository.${what}`,
    taskId: null,
    subject: String(repository.id),
    data: { repository: `${repository.owner}/${repository.name}` },
  };
}

function repositoryOf(row: Row<'repositories'>): Repository {
  return {
    id: Number(row.id),
    owner: row.owner,
    name: row.name,
    installationId: Number(row.installation_id),
    defaultBranch: row.default_branch,
    private: row.private,
  };
}
