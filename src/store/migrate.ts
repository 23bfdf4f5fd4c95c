/** Brings the database's schema up to date with migrations/*.sql; any number of processes may start at once. */

import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, type MigrationProvider, Migrator } from 'kysely/migration';
import type pg from 'pg';
import { translateError } from './database-errors.ts';
import { surviveLostConnections } from './survive-lost-connections.ts';

/** Any number that nobody else uses on this database. */
const ADVISORY_LOCK = 7_204_611_926;

/** Answers the names of the migrations that were carried out, none when all was up to date. */
export async function migrate(pool: pg.Pool): Promise<readonly string[]> {
  return onOneConnection(pool, 'migrate', async (db) => {
    await sql`select pg_advisory_lock(${ADVISORY_LOCK}::bigint)`.execute(db);
    try {
      const { error, results } = await migratorOf(db).migrateToLatest();
      if (error !== undefined) throw error;
      return (results ?? [])
        .filter((result) => result.status === 'Success')
        .map((result) => result.migrationName);
    } finally {
      await sql`select pg_advisory_unlock(${ADVISORY_LOCK}::bigint)`.execute(db);
    }
  });
}

/** Names of the migrations that this version needs and the database lacks. Changes nothing. */
export async function pendingMigrations(pool: pg.Pool): Promise<readonly string[]> {
  return onOneConnection(pool, 'pendingMigrations', async (db) => {
    const migrations = await migratorOf(db).getMigrations();
    return migrations.filter((migration) => migration.executedAt === undefined).map(({ name }) => name);
  });
}

function migratorOf(db: Kysely<unknown>): Migrator {
  return new Migrator({ db, provider: sqlFiles(migrationsDir()) });
}

function sqlFiles(dir: string): MigrationProvider {
  return {
    getMigrations: async () => {
      const names = (await readdir(dir)).filter((name) => name.endsWith('.sql')).toSorted();
      const migrations = names.map(async (name): Promise<[string, Migration]> => {
        const text = await readFile(join(dir, name), 'utf8');
        return [name.slice(0, -'.sql'.length), { up: async (db) => void (await sql.raw(text).execute(db)) }];
      });
      return Object.fromEntries(await Promise.all(migrations));
    },
  };
}

/** At the root of the package, above both src/ and dist/src/. */
function migrationsDir(): string {
  for (let dir = import.meta.dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const candidate = join(dir, 'migrations');
    if (existsSync(candidate)) return candidate;
  }
  throw new Error(`No directory "migrations" was found above ${import.meta.dirname}.`);
}

/** A session lock and the migrations that it guards need the same connection. */
async function onOneConnection<T>(
  pool: pg.Pool,
  query: string,
  body: (db: Kysely<unknown>) => Promise<T>,
): Promise<T> {
  surviveLostConnections(pool);
  try {
    const client = await pool.connect();
    try {
      const borrowed = { query: client.query.bind(client), release: () => {} };
      const single = { connect: async () => borrowed, end: async () => {} };
      return await body(new Kysely({ dialect: new PostgresDialect({ pool: single as unknown as pg.Pool }) }));
    } finally {
      client.release();
    }
  } catch (error) {
    throw translateError(query, error);
  }
}
