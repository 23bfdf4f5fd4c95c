/**
 * Where a store's method runs its queries: in a transaction of its own, or in the one that a caller opened. Either way a
 * change and its events commit together, and the events are handed on only after the commit.
 */
import type { Kysely } from 'kysely';
import { TransientError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { AuditEvent } from '../core/records.ts';
import { isRetriable, translateError } from './database-errors.ts';
import { insertEvents } from './events.ts';
import type { Schema } from './schema.ts';

export type NewEvent = Pick<AuditEvent, 'actor' | 'type' | 'taskId' | 'subject' | 'data'>;
export type Database = Kysely<Schema>;

export interface SessionOptions {
  readonly clock: Clock;
  readonly newId: () => string;
  /** Must not throw: the change is committed by then. */
  readonly onCommitted: (events: readonly AuditEvent[]) => void;
  readonly maxLosses: number;
}

export interface Change {
  readonly db: Database;
  /** Writes events in this transaction. */
  record(events: readonly NewEvent[]): Promise<void>;
  /** Takes note of events that the change's own statement wrote. */
  recorded(events: readonly AuditEvent[]): void;
}

export interface Session {
  readonly clock: Clock;
  readonly newId: () => string;
  /** Leases that a subtask may lose before it ends as lost. */
  readonly maxLosses: number;
  read<T>(query: string, body: (db: Database) => Promise<T>): Promise<T>;
  /** `body` may run several times; it has no effects but on `change`. */
  change<T>(query: string, body: (change: Change) => Promise<T>): Promise<T>;
  /** Like `change` for a body of one statement, which is a transaction by itself and needs no round trips for one. */
  single<T>(query: string, body: (change: Change) => Promise<T>): Promise<T>;
}

const MAX_TRANSACTION_ATTEMPTS = 5;
const RETRY_STEP_MS = 20;

/** Each change is a transaction of its own. */
export function createSession(db: Database, options: SessionOptions): Session {
  return {
    clock: options.clock,
    newId: options.newId,
    maxLosses: options.maxLosses,
    read: (query, body) => translated(query, () => body(db)),
    change: (query, body) =>
      inTransaction(db, options, query, (tx, events) => body(changeIn(tx, options.clock, events))),
    single: (query, body) =>
      translated(query, async () => {
        const events: AuditEvent[] = [];
        const answer = await body(changeIn(db, options.clock, events));
        if (events.length > 0) options.onCommitted(events);
        return answer;
      }),
  };
}

/** Every change is a part of one transaction. */
export function sessionIn(tx: Database, options: SessionOptions, events: AuditEvent[]): Session {
  return {
    clock: options.clock,
    newId: options.newId,
    maxLosses: options.maxLosses,
    read: (query, body) => translated(query, () => body(tx)),
    change: (query, body) => translated(query, () => body(changeIn(tx, options.clock, events))),
    single: (query, body) => translated(query, () => body(changeIn(tx, options.clock, events))),
  };
}

/** One transaction, run again after serialization failures and deadlocks; publishes its events after the commit. */
export async function inTransaction<T>(
  db: Database,
  options: SessionOptions,
  query: string,
  body: (tx: Database, events: AuditEvent[]) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const events: AuditEvent[] = [];
    try {
      const answer = await db.transaction().execute((tx) => body(tx, events));
      if (events.length > 0) options.onCommitted(events);
      return answer;
    } catch (error) {
      if (!isRetriable(error)) throw translateError(query, error);
      if (attempt === MAX_TRANSACTION_ATTEMPTS) {
        throw new TransientError(`${query} collided with other work ${attempt} times.`, { cause: error });
      }
    }
    await options.clock.sleep(attempt * RETRY_STEP_MS);
  }
}

function changeIn(db: Database, clock: Clock, events: AuditEvent[]): Change {
  return {
    db,
    record: async (added) => {
      if (added.length > 0) events.push(...(await insertEvents(db, clock.now(), added)));
    },
    recorded: (added) => {
      events.push(...added);
    },
  };
}

async function translated<T>(query: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw translateError(query, error);
  }
}
