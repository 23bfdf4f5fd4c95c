/** The only place where the parts are put together: what a process of the crew is made of, by configuration alone. */
import type { Logger } from 'pino';
import { createSite } from './app/site.ts';
import type { Config, SettingsRead } from './config.ts';
import { ConfigError } from './core/errors.ts';
import type { AuditEvent } from './core/records.ts';
import type { Store } from './core/store-ports.ts';
import { type Audited, auditTrail } from './store/audit-trail.ts';
import { migrate, pendingMigrations } from './store/migrate.ts';
import { systemClock } from './wire/clock.ts';
import { loadCrewFiles } from './wire/crew-files.ts';
import type { Finding } from './wire/doctor/finding.ts';
import { examine } from './wire/doctor.ts';
import type { Ending } from './wire/foundation.ts';
import { openDatabase, openFoundation } from './wire/foundation.ts';
import { createHealth } from './wire/health.ts';
import { createLog } from './wire/log.ts';
import { routesOf, serve } from './wire/serve.ts';
import { startWeb } from './wire/web.ts';
import { startWorker } from './wire/worker.ts';

export {
  type Decision,
  pushedHead,
  type Waiting,
} from './wire/local/implement-locally.ts';
export { type LocalCrew, openLocalCrew } from './wire/local/local-crew.ts';
export type { LocalTaskEnd } from './wire/local/local-task.ts';
export { chooseBranch, type LocalBase, readBase } from './wire/local/read-base.ts';
export { readRange } from './wire/local/read-range.ts';
export { takeBranch } from './wire/local/take-branch.ts';
export { createLog } from './wire/log.ts';
export { startSetup } from './wire/setup.ts';
export { checkStateDir } from './wire/state-dir.ts';

/** A look at GitHub that hangs is not waited for. */
const BACKGROUND_TIMEOUT_MS = 2_000;

export interface Crew {
  /** Where it listens. */
  readonly url: string;
  /** What it serves, as `GET /path`. */
  readonly routes: readonly string[];
  readonly store: Store;
  subscribe(listener: (event: AuditEvent) => void): Promise<() => Promise<void>>;
  close(ending?: Ending): Promise<void>;
}

/** Starts a process of the crew: web, worker or both. Throws ConfigError for what the operator has to mend. */
export async function startCrew(
  config: Config,
  log: Logger,
  parts: { readonly web: boolean; readonly worker: boolean },
): Promise<Crew> {
  const { app } = config;
  if (app === null) {
    throw new ConfigError(
      'APP_ID, PRIVATE_KEY and WEBHOOK_SECRET are missing. `crew start` without them makes the App.',
    );
  }
  const foundation = await openFoundation(config, log);
  const ending = new AbortController();
  try {
    const files = await loadCrewFiles();
    const routes = createSite(log).route('/', createHealth(foundation));
    if (parts.worker) await startWorker(foundation, app, files, ending.signal);
    const web = parts.web ? await startWeb(foundation, app, files, ending.signal) : null;
    if (web !== null) routes.route('/', web.routes);
    const served = await serve(routes, config.http);
    log.info(
      { url: served.url, ...parts, roles: config.roles ?? 'all', sandbox: config.sandbox },
      'the crew is up',
    );
    return {
      url: served.url,
      routes: routesOf(routes),
      store: foundation.store,
      subscribe: (listener) => foundation.bus.subscribe(listener),
      async close(how) {
        ending.abort();
        await served.close();
        await Promise.race([web?.ended, systemClock.sleep(BACKGROUND_TIMEOUT_MS)]);
        await foundation.close(how);
      },
    };
  } catch (error) {
    ending.abort();
    await foundation.close();
    throw error;
  }
}

/** Brings the database up to date and answers the migrations that were applied. */
export async function migrateOnce(config: Config): Promise<readonly string[]> {
  const database = await openDatabase(config, createLog(config));
  try {
    return await migrate(database.pool);
  } finally {
    await database.close();
  }
}

/** Replays the audit trail and holds it against the tables. Changes nothing, and needs a database that is up to date. */
export async function auditOnce(config: Config): Promise<Audited> {
  const database = await openDatabase(config, createLog(config));
  try {
    const pending = await pendingMigrations(database.pool);
    if (pending.length === 0) return await auditTrail(database.pool);
    throw new ConfigError(`The database lacks ${pending.join(', ')}: \`crew migrate\` brings it up to date.`);
  } finally {
    await database.close();
  }
}

/** Deletes the embedded database of a state directory, and ends its server if one was left running. */
export async function forgetDatabase(config: Config): Promise<void> {
  const database = await openDatabase({ ...config, databaseUrl: null }, createLog(config));
  await database.close({ forget: true });
}

export function examineInstallation(settings: SettingsRead): Promise<readonly Finding[]> {
  const { config } = settings;
  return examine(settings, createLog({ ...config, log: { ...config.log, level: 'error' } }));
}
