/** The store over PostgreSQL: joins the records' stores into one, outside and inside a transaction. */
import { Kysely, PostgresDialect, sql } from 'kysely';
import type pg from 'pg';
import { TransientError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { AuditEvent } from '../core/records.ts';
import type { Store, StoreOperations } from '../core/store-ports.ts';
import { createAllowances } from './allowances.ts';
import { createAskStore } from './asks.ts';
import { translateError } from './database-errors.ts';
import { createDeliveryStore } from './deliveries.ts';
import { createEffectStore } from './effects.ts';
import { createEmbeddingColumn, type EmbeddingColumn } from './embedding-column.ts';
import { createEventStore } from './events.ts';
import { createFindingStore } from './findings.ts';
import { createMemoryStore } from './memories.ts';
import { createMessageStore } from './messages.ts';
import { createPlanStore } from './plans.ts';
import { type RedactStored, redactedPool } from './redacted-pool.ts';
import { createRepositoryStore } from './repositories.ts';
import { createResultStore } from './results.ts';
import type { Schema } from './schema.ts';
import { createSession, inTransaction, type Session, sessionIn } from './session.ts';
import { createSubtaskStore } from './subtasks.ts';
import { surviveLostConnections } from './survive-lost-connections.ts';
import { createTaskStore } from './tasks.ts';
import { createTranscriptStore } from './transcripts.ts';
import { createWatchStore } from './watches.ts';

const DEFAULT_MAX_LOSSES = 5;

export interface StoreOptions {
  /** Migrated (see `migrate`); the store ends it when it is closed. */
  readonly pool: pg.Pool;
  readonly clock: Clock;
  readonly newId: () => string;
  /** Takes secrets out of all that is stored, and leaves JSON what it is; left out, what is stored holds none. */
  readonly redact?: RedactStored;
  /** Called after each commit with the events that it holds. Must not throw: the change stands. */
  readonly onCommitted: (events: readonly AuditEvent[]) => void;
  /** Lost leases after which a subtask ends as failed, with cause `lost`; 5 by default. */
  readonly maxLosses?: number;
}

export function createStore(options: StoreOptions): Store {
  const { pool, redact, maxLosses = DEFAULT_MAX_LOSSES, ...rest } = options;
  surviveLostConnections(pool);
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: redact === undefined ? pool : redactedPool(pool, redact) }),
  });
  const sessionOptions = { ...rest, maxLosses };
  const embeddings = createEmbeddingColumn();
  const session = createSession(db, sessionOptions);
  return {
    ...operations(session, embeddings),
    allowances: createAllowances(session),
    transaction: (body) =>
      inTransaction(db, sessionOptions, 'transaction', (tx, events) =>
        body(operations(sessionIn(tx, sessionOptions, events), embeddings)),
      ),
    ping: (timeoutMs) => ping(db, timeoutMs),
    close: () => db.destroy(),
  };
}

function operations(session: Session, embeddings: EmbeddingColumn): StoreOperations {
  return {
    deliveries: createDeliveryStore(session),
    repositories: createRepositoryStore(session),
    tasks: createTaskStore(session),
    plans: createPlanStore(session),
    subtasks: createSubtaskStore(session),
    results: createResultStore(session),
    effects: createEffectStore(session),
    events: createEventStore(session),
    transcripts: createTranscriptStore(session),
    messages: createMessageStore(session),
    findings: createFindingStore(session),
    watches: createWatchStore(session),
    asks: createAskStore(session),
    memories: createMemoryStore(session, embeddings),
  };
}

async function ping(db: Kysely<Schema>, timeoutMs: number): Promise<void> {
  const silence = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => silence.reject(new TransientError(`The database did not answer within ${timeoutMs} ms.`)),
    timeoutMs,
  );
  try {
    await Promise.race([sql`select 1`.execute(db), silence.promise]);
  } catch (error) {
    throw translateError('ping', error);
  } finally {
    clearTimeout(timer);
  }
}
