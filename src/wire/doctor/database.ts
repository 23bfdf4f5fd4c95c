/** Looks at the database, and at the state directory that holds the embedded one. */
import type pg from 'pg';
import type { Config } from '../../config.ts';
import { errorMessage } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';
import { pendingMigrations } from '../../store/migrate.ts';
import { openDatabase } from '../foundation.ts';
import { checkStateDir } from '../state-dir.ts';
import type { Finding } from './finding.ts';
import { good, warning, wrong } from './finding.ts';

const POSTGRES_MINIMUM = 15;

export async function examineStateDir({ stateDir }: Config): Promise<readonly Finding[]> {
  try {
    await checkStateDir(stateDir);
    return [good('state directory', stateDir)];
  } catch (error) {
    return [
      wrong(
        'state directory',
        errorMessage(error),
        'Set CREW_STATE_DIR to a folder that this user may write.',
      ),
    ];
  }
}

export async function examineDatabase(config: Config, log: Log): Promise<readonly Finding[]> {
  const embedded = config.databaseUrl === null;
  const remedy = embedded
    ? 'Set CREW_STATE_DIR to a folder that this user may write, or DATABASE_URL to a PostgreSQL that runs.'
    : 'Check DATABASE_URL, and that PostgreSQL runs and takes connections from here.';
  try {
    if (embedded) await checkStateDir(config.stateDir);
    const database = await openDatabase(config, log);
    try {
      return await lookAtDatabase(database.pool, embedded ? 'embedded' : 'DATABASE_URL');
    } finally {
      await database.close();
    }
  } catch (error) {
    return [wrong('database', errorMessage(error), remedy)];
  }
}

async function lookAtDatabase(pool: pg.Pool, which: string): Promise<readonly Finding[]> {
  const { rows } = await pool.query<{ server_version_num: string }>('SHOW server_version_num');
  const major = Math.floor(Number(rows[0]?.server_version_num ?? 0) / 10_000);
  if (major < POSTGRES_MINIMUM) {
    return [wrong('database', `PostgreSQL ${major}`, `Use PostgreSQL ${POSTGRES_MINIMUM} or later.`)];
  }
  const pending = await pendingMigrations(pool);
  const migrations =
    pending.length === 0
      ? good('migrations', 'all applied')
      : warning(
          'migrations',
          `not applied yet: ${pending.join(', ')}`,
          'Run `crew migrate`, or start the crew.',
        );
  return [good('database', `PostgreSQL ${major}, ${which}`), migrations];
}
