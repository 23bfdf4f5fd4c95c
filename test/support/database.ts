/** A migrated database of one's own on the test run's server, cloned in some tens of milliseconds. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { onServer } from './on-server.ts';

export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Ends the pool, if nobody has, and removes the database. */
  drop(): Promise<void>;
}

/** `empty`: without the schema. */
export async function testDatabase(options: { readonly empty?: boolean } = {}): Promise<TestDatabase> {
  const server = inject('databaseServer');
  const name = `crew_test_${randomBytes(6).toString('hex')}`;
  await onServer(
    server,
    `create database ${name} template ${options.empty ? 'template0' : inject('templateDatabase')}`,
  );
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href });
  return {
    url: url.href,
    pool,
    drop: async () => {
      if (!pool.ended) await pool.end();
      await onServer(server, `drop database ${name} with (force)`);
    },
  };
}
