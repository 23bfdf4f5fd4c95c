/** One PostgreSQL for a whole test run: DATABASE_URL's, or an embedded one; with one migrated database to clone per test file. */
import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/store/embedded-postgres.ts';
import { migrate } from '../../src/store/migrate.ts';
import { onServer } from './on-server.ts';
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
  try {
    const template = await migratedDatabase(server.url);
    project.provide('databaseServer', server.url);
    project.provide('templateDatabase', template);
    return async () => {
      await onServer(server.url, `drop database ${template} with (force)`);
      await server.end();
    };
  } catch (error) {
    await server.end();
    throw error;
  }
}

async function migratedDatabase(server: string): Promise<string> {
  const name = `crew_template_${randomBytes(6).toString('hex')}`;
  await onServer(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  await migrate(pool).finally(() => pool.end());
  return name;
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
  await onServer(url, 'alter system set fsync = off');
  await onServer(url, 'select pg_reload_conf()');
}
