/**
 * The doorbell over BullMQ: one queue for the orchestrator's steps, one for each role. Payloads are ids, handlers look at
 * the store, so a lost or doubled job does no harm. Redis or Postgres by configuration.
 *
 * On the Postgres backend of BullMQ 6, retention by count deadlocks under load, so finished jobs are kept and swept
 * away by age, and each queue holds a single connection.
 */
import { createPostgresBackend, Queue, Worker, withBackend } from 'bullmq';
import { errorMessage, TransientError } from '../core/errors.ts';
import type { Doorbell, Job, Log } from '../core/ports.ts';

export type QueueConnection =
  | { readonly kind: 'redis'; readonly url: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface Queues extends Doorbell {
  /** Handles the jobs of one queue. A TransientError rings again after its delay; any other error is logged: the sweep rings again. */
  consume(queue: QueueName, concurrency: number, handle: (job: Job) => Promise<void>): void;
  /** Throws when the backend does not answer. */
  ping(): Promise<void>;
  /** Removes finished jobs older than an hour. */
  clean(): Promise<void>;
  /** Waits for running handlers, then closes every connection. */
  close(): Promise<void>;
}

/** `steps`, or the name of a role. */
export type QueueName = string;

const PREFIX = 'crew';
const POSTGRES_SCHEMA = 'crew_queue';
const RETRY_DELAY_MS = 5_000;
const FINISHED_KEPT_MS = 3_600_000;
const CLEANED_AT_ONCE = 1_000;
/** How long a job may go without its worker renewing the lock before another takes it over. */
const LOCK_MS = 30_000;
/** The store ends a subtask that kills its worker; BullMQ must not do so before. */
const STALLS_ALLOWED = 1_000_000;

export async function openQueues(options: {
  readonly connection: QueueConnection;
  readonly log: Log;
}): Promise<Queues> {
  const { log } = options;
  const backend = backendFor(options.connection);
  const producers = new Map<string, Producer>();
  const workers: Consumer[] = [];

  const producer = (name: QueueName): Producer => {
    const known = producers.get(name);
    if (known !== undefined) return known;
    const queue = backend.queue(name);
    queue.on('error', (error) => log.warn({ queue: name, err: error }, 'queue connection trouble'));
    producers.set(name, queue);
    return queue;
  };
  await producer('steps').waitUntilReady();

  const ring: Doorbell['ring'] = async (jobs, ringOptions) => {
    for (const job of jobs) {
      try {
        await producer(queueOf(job)).add(job.step, job, { delay: ringOptions?.delayMs ?? 0 });
      } catch (error) {
        log.warn({ job, err: error }, 'could not ring; the sweep will');
      }
    }
  };

  return {
    ring,
    consume(name, concurrency, handle) {
      const worker = backend.worker(name, concurrency, async (queued) => {
        const job = queued.data as Job;
        try {
          await handle(job);
        } catch (error) {
          const transient = error instanceof TransientError;
          log[transient ? 'warn' : 'error']({ job, err: error }, `step failed: ${errorMessage(error)}`);
          if (transient) await ring([job], { delayMs: error.retryAfterMs ?? RETRY_DELAY_MS });
        }
      });
      worker.on('error', (error) => log.warn({ queue: name, err: error }, 'queue connection trouble'));
      workers.push(worker);
    },
    async ping() {
      await producer('steps').getJobCounts('waiting');
    },
    async clean() {
      for (const queue of producers.values()) {
        await queue.clean(FINISHED_KEPT_MS, CLEANED_AT_ONCE, 'completed');
        await queue.clean(FINISHED_KEPT_MS, CLEANED_AT_ONCE, 'failed');
      }
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
      await Promise.all([...producers.values()].map((queue) => queue.close()));
    },
  };
}

function queueOf(job: Job): QueueName {
  return job.step === 'work' ? job.role : 'steps';
}

/** What we use of BullMQ's Queue and Worker, whichever the backend. */
type Producer = Pick<Queue, 'add' | 'clean' | 'close' | 'getJobCounts' | 'waitUntilReady'> & ErrorSource;
type Consumer = Pick<Worker, 'close'> & ErrorSource;
interface ErrorSource {
  on(event: 'error', listener: (error: Error) => void): unknown;
}
type Process = (job: { readonly data: unknown }) => Promise<void>;

interface Backend {
  queue(name: QueueName): Producer;
  worker(name: QueueName, concurrency: number, process: Process): Consumer;
}

function backendFor(connection: QueueConnection): Backend {
  return connection.kind === 'redis' ? redisBackend(connection.url) : postgresBackend(connection.url);
}

function redisBackend(url: string): Backend {
  return {
    queue: (name) => new Queue(name, { connection: { url }, prefix: PREFIX }),
    worker: (name, concurrency, process) =>
      new Worker(name, process, {
        ...workerOptions(concurrency),
        prefix: PREFIX,
        connection: { url, maxRetriesPerRequest: null },
      }),
  };
}

function postgresBackend(url: string): Backend {
  const classes = withBackend(createPostgresBackend);
  const connection = { connectionString: url, schema: POSTGRES_SCHEMA, max: 1, migrate: true };
  return {
    queue: (name) => new classes.Queue(name, { connection }) as Producer,
    worker: (name, concurrency, process) =>
      new classes.Worker(name, process, { ...workerOptions(concurrency), connection }),
  };
}

function workerOptions(concurrency: number) {
  return { concurrency, lockDuration: LOCK_MS, maxStalledCount: STALLS_ALLOWED };
}
