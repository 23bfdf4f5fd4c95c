/** One PostgreSQL for a whole test run: DATABASE_URL's, or an embedded one; with one migrated database to clone per test file. */
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { silentLog } from './silent-log.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Connection to the server, by a user who may create databases. */
    databaseServer: string;
    /** Database with the schema and nothing else, to which nobody is connected. */
    templateDatabase: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await serverOfRun();
  const template = `crew_template_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Pool({ connectionString: server.url, max: 1 });
  await admin.query(`create database ${template}`);
  const url = new URL(server.url);
  url.pathname = `/${template}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  await migrate(pool);
  await pool.end();
  project.provide('databaseServer', server.url);
  project.provide('templateDatabase', template);
  return async () => {
    await admin.query(`drop database ${template} with (force)`);
    await admin.end();
    await server.end();
  };
}

async function serverOfRun(): Promise<{ readonly url: string; end(): Promise<void> }> {
  const given = process.env.DATABASE_URL;
  if (given !== undefined && given !== '') return { url: given, end: async () => {} };
  const dir = await mkdtemp(join(tmpdir(), 'hypercode-crew-test-'));
  const embedded = await startEmbeddedPostgres({ dir, log: silentLog });
  await loseOnPowerFailure(embedded.url);
  return { url: embedded.url, end: () => embedded.remove() };
}

/** Its data lives as long as the run: databases are made and dropped several times faster. */
async function loseOnPowerFailure(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('alter system set fsync = off');
  await client.query('select pg_reload_conf()');
  await client.end();
}
