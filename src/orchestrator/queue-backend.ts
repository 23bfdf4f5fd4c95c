/**
 * BullMQ's queues and workers over Redis or Postgres, on connections that all queues of the process share. On Postgres
 * two: one for queries (with several, BullMQ 6 deadlocks with itself there) and one that LISTENs. On Redis one that rings,
 * one that works, and the one on which each worker blocks.
 */
import { EventEmitter } from 'node:events';
import type { PostgresConnectionOptions } from 'bullmq';
import { PostgresConnection, PostgresQueueBackend, Queue, Worker, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import type { Log } from '../core/ports.ts';

export type QueueConnection =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly url: string };

/** What we use of BullMQ's Queue and Worker, whichever the backend. */
export type Producer = Pick<Queue, 'addBulk' | 'clean' | 'close' | 'getJobCounts' | 'waitUntilReady'> &
  ErrorSource;
export type Consumer = Pick<Worker, 'close' | 'pause'> & ErrorSource;
export type Process = (job: { readonly data: unknown }) => Promise<void>;

interface ErrorSource {
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface QueueBackend {
  queue(name: string): Producer;
  worker(name: string, options: ConsumeOptions, process: Process): Consumer;
  /** Ends the shared connections; queues and workers are closed before. */
  close(): Promise<void>;
}

export interface ConsumeOptions {
  readonly concurrency: number;
  readonly lockMs: number;
}

const PREFIX = 'crew';
const POSTGRES_SCHEMA = 'crew_queue';
const CONNECT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 15_000;
/** The store ends a subtask that kills its worker; BullMQ must not do so before. */
const STALLS_ALLOWED = 1_000_000;

export function openBackend(connection: QueueConnection, log: Log): QueueBackend {
  return connection.kind === 'redis'
    ? redisBackend(connection.url, log)
    : postgresBackend(connection.url, log);
}

function redisBackend(url: string, log: Log): QueueBackend {
  const connect = (maxRetriesPerRequest: number | null, enableOfflineQueue: boolean): Redis => {
    const client = new Redis(url, { maxRetriesPerRequest, enableOfflineQueue });
    client.on('error', (error) => log.warn({ err: error }, 'queue connection trouble'));
    // Every queue and every worker listens to it.
    client.setMaxListeners(0);
    return client;
  };
  // A ring that cannot be sent at once is given up: the sweep rings again.
  const ringing = connect(1, false);
  let working: Redis | null = null;
  return {
    queue: (name) => new Queue(name, { connection: ringing, prefix: PREFIX }),
    worker: (name, options, process) => {
      // BullMQ's workers need a connection that never gives a command up.
      working ??= connect(null, true);
      return new Worker(name, process, { ...workerOptions(options), prefix: PREFIX, connection: working });
    },
    async close() {
      ringing.disconnect();
      working?.disconnect();
    },
  };
}

function postgresBackend(url: string, log: Log): QueueBackend {
  const connection = new SharedConnection({
    connectionString: url,
    schema: POSTGRES_SCHEMA,
    migrate: true,
    max: 1,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    // A process that is stopped in the middle of one would hold the queue's rows.
    idle_in_transaction_session_timeout: QUERY_TIMEOUT_MS,
  });
  connection.setMaxListeners(0);
  connection.on('error', (error) => log.warn({ err: error }, 'queue connection trouble'));
  const classes = withBackend<PostgresQueueBackend, PostgresConnectionOptions>((name, options) => {
    const backend = new PostgresQueueBackend(connection, name, options, false);
    // Only the owner of a connection is told to LISTEN again on a new one. This cuts the wait on the dead one short and
    // lets it begin anew, as an owner's would.
    connection.on('listenerinvalidated', () => {
      void backend.disconnectBlocking();
      void backend.reconnectBlocking();
    });
    return backend;
  });
  return {
    queue: (name) => new classes.Queue(name, { connection: url }),
    worker: (name, options, process) =>
      new classes.Worker(name, process, { ...workerOptions(options), connection: url }),
    close: () => connection.close(),
  };
}

type ListenClient = Awaited<ReturnType<PostgresConnection['getListenClient']>>;

/** Many backends LISTEN on its one client at the same time, which pg wants done one query after another. */
class SharedConnection extends PostgresConnection {
  #raw: ListenClient | null = null;
  #inTurn: ListenClient | null = null;

  override async getListenClient(): Promise<ListenClient> {
    const client = await super.getListenClient();
    if (this.#inTurn === null || this.#raw !== client) this.#inTurn = oneByOne(client);
    this.#raw = client;
    return this.#inTurn;
  }
}

function oneByOne(client: ListenClient): ListenClient {
  let last: Promise<unknown> = Promise.resolve();
  // Each backend that waits listens on it.
  if (client instanceof EventEmitter) client.setMaxListeners(0);
  return new Proxy(client, {
    get(target, name) {
      if (name === 'query') {
        return (text: string, params?: readonly unknown[]) => {
          const answer = last.then(() => target.query(text, params));
          last = answer.catch(() => {});
          return answer;
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function workerOptions({ concurrency, lockMs }: ConsumeOptions) {
  return {
    concurrency,
    lockDuration: lockMs,
    stalledInterval: lockMs,
    maxStalledCount: STALLS_ALLOWED,
  };
}
