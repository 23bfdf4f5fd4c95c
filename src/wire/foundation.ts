/** What every process of the crew stands on: the database, the store, the queues and the live events. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { Config } from '../config.ts';
import type { Clock, EventBus, Log } from '../core/ports.ts';
import type { AuditEvent } from '../core/records.ts';
import type { Store } from '../core/store-ports.ts';
import { createPostgresBus } from '../orchestrator/bus/postgres-bus.ts';
import { createRedisBus } from '../orchestrator/bus/redis-bus.ts';
import type { Queues } from '../orchestrator/queues.ts';
import { openQueues } from '../orchestrator/queues.ts';
import { startEmbeddedPostgres } from '../store/embedded-postgres.ts';
import { migrate } from '../store/migrate.ts';
import { createStore } from '../store/store.ts';
import { systemClock } from './clock.ts';
import { redactorOf } from './redactor.ts';

export interface Foundation {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  readonly store: Store;
  readonly queues: Queues;
  readonly bus: EventBus;
  close(ending?: Ending): Promise<void>;
}

export interface Ending {
  /** Deletes an embedded database with all that it holds. */
  readonly forget?: boolean;
}

const POOL_SIZE = 10;
/** What was answered 202 must outlive a crash of the database, whatever its owner has set for it. Stricter settings stay. */
const COMMIT_TO_DISK = `select set_config('synchronous_commit', 'on', false)
  where current_setting('synchronous_commit') = 'off'`;
/** A process that is stopped in the middle of a transaction holds its locks, against all others, until the database ends it: as long as a lease, and no less than this. */
const SILENT_TRANSACTION_MIN_MS = 5_000;

export async function openFoundation(config: Config, log: Log): Promise<Foundation> {
  const database = await openDatabase(config, log);
  // An embedded one makes its own.
  redactorOf(config).learn(decodeURIComponent(new URL(database.url).password));
  const applied = await migrate(database.pool);
  if (applied.length > 0) log.info({ applied }, 'the database was brought up to date');
  let publish: (events: readonly AuditEvent[]) => void = () => {};
  const store = createStore({
    pool: database.pool,
    clock: systemClock,
    newId: randomUUID,
    redact: redactorOf(config).redactJsonInTurns,
    maxLosses: config.lossesMax,
    onCommitted: (events) => publish(events),
  });
  const bus = openBus(config, database.url, store, log);
  publish = (events) => void bus.publish(events);
  const queues = await openQueues({
    connection:
      config.redisUrl === null
        ? { kind: 'postgres', url: database.url }
        : { kind: 'redis', url: config.redisUrl },
    log,
  });
  const freed = await store.subtasks.releaseOwners(ownerIsGone(config.owner));
  if (freed > 0) log.info({ freed }, 'took over the leases of processes that are gone from this host');
  return {
    config,
    log,
    clock: systemClock,
    databaseUrl: database.url,
    pool: database.pool,
    store,
    queues,
    bus,
    async close(ending) {
      await queues.close();
      await bus.close();
      await store.close();
      await database.close(ending);
    },
  };
}

export interface Database {
  readonly url: string;
  readonly pool: pg.Pool;
  close(ending?: Ending): Promise<void>;
}

/** The one that DATABASE_URL names, else an embedded Postgres in the state directory. */
export async function openDatabase(config: Config, log: Log): Promise<Database> {
  const embedded =
    config.databaseUrl === null
      ? await startEmbeddedPostgres({ dir: join(config.stateDir, 'postgres'), log })
      : null;
  const url = config.databaseUrl ?? embedded?.url ?? '';
  const pool = new pg.Pool({
    connectionString: url,
    max: POOL_SIZE,
    connectionTimeoutMillis: 5_000,
    idle_in_transaction_session_timeout: Math.max(config.leaseMs, SILENT_TRANSACTION_MIN_MS),
  });
  pool.on('error', (error) => log.warn({ err: error }, 'database connection trouble'));
  pool.on('connect', (client) => {
    // A lost connection shows in the query that it was made for.
    void client.query(COMMIT_TO_DISK).catch(() => {});
  });
  return {
    url,
    pool,
    async close(ending = {}) {
      if (!pool.ended) await pool.end();
      await (ending.forget === true ? embedded?.remove() : embedded?.stop());
    },
  };
}

function openBus(config: Config, databaseUrl: string, store: Store, log: Log): EventBus {
  if (config.redisUrl !== null) return createRedisBus({ url: config.redisUrl, log });
  return createPostgresBus({ url: databaseUrl, log, after: (seq, limit) => store.events.after(seq, limit) });
}

/** Whether an owner (`<host>/<pid>/<start id>`) was a process of this host that runs no more. Of other hosts nothing is known: their leases run out. */
function ownerIsGone(self: string): (owner: string) => boolean {
  return (owner) => {
    const [host, pid] = owner.split('/');
    if (host !== hostname() || owner === self) return false;
    const number = Number(pid);
    return number === process.pid || !isRunning(number);
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
