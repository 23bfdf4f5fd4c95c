/**
 * The doorbell over BullMQ: one queue for the orchestrator's steps, one for each role. Payloads are ids, handlers look at
 * the store, so a lost or doubled job does no harm. Redis or Postgres by configuration.
 *
 * Retention by count deadlocks on the Postgres backend of BullMQ 6, so finished jobs are kept and removed by age.
 */
import { errorMessage, TransientError } from '../core/errors.ts';
import type { Doorbell, Job, Log } from '../core/ports.ts';
import { parseJob } from './job.ts';
import type { Consumer, Producer, QueueBackend, QueueConnection } from './queue-backend.ts';
import { openBackend } from './queue-backend.ts';
import { within } from './within.ts';

export interface Queues extends Doorbell {
  /** Handles the jobs of one queue. A TransientError rings again after its delay; any other error is logged: the sweep rings again. */
  consume(queue: QueueName, concurrency: number, handle: Handle): void;
  /** Throws when the backend does not answer. */
  ping(): Promise<void>;
  /** Removes finished jobs of the queues that this process rings or consumes. */
  clean(): Promise<void>;
  /** Takes no more jobs, waits for running handlers, but not for ever, then closes every connection. */
  close(): Promise<void>;
}

/** `steps`, or the name of a role. */
export type QueueName = string;
type Handle = (job: Job) => Promise<void>;

export interface QueueOptions {
  readonly connection: QueueConnection;
  readonly log: Log;
  /** How long a job may go without its worker renewing the lock before another takes it over. */
  readonly lockMs?: number;
  /** The most that closing waits for running handlers. */
  readonly closeTimeoutMs?: number;
  /** Age at which a finished job is removed. */
  readonly finishedKeptMs?: number;
}

const LOCK_MS = 30_000;
/** Work that is given up hands its lease back well within this. */
const CLOSE_TIMEOUT_MS = 4_000;
const FINISHED_KEPT_MS = 3_600_000;
const OPEN_TIMEOUT_MS = 15_000;
const RING_TIMEOUT_MS = 3_000;
/** Of one queue; what is left is removed the next time. */
const CLEAN_TIMEOUT_MS = 5_000;
const RETRY_DELAY_MS = 5_000;
const CLEANED_AT_ONCE = 1_000;

/** Throws when the backend cannot be reached. */
export async function openQueues(options: QueueOptions): Promise<Queues> {
  const backend = openBackend(options.connection, options.log);
  const queues = new BullQueues(backend, options);
  try {
    await within(OPEN_TIMEOUT_MS, `reaching the queue on ${options.connection.kind}`, queues.ready());
    return queues;
  } catch (error) {
    await backend.close();
    throw error;
  }
}

class BullQueues implements Queues {
  readonly #backend: QueueBackend;
  readonly #options: QueueOptions;
  readonly #producers = new Map<QueueName, Producer>();
  readonly #consumers: Consumer[] = [];
  readonly #running = new Set<Promise<void>>();

  constructor(backend: QueueBackend, options: QueueOptions) {
    this.#backend = backend;
    this.#options = options;
  }

  async ready(): Promise<void> {
    await this.#producer('steps').waitUntilReady();
  }

  async ring(jobs: readonly Job[], { delayMs = 0 }: { readonly delayMs?: number } = {}): Promise<void> {
    const byQueue = Map.groupBy(jobs, queueOf);
    await Promise.all([...byQueue].map(([name, batch]) => this.#ringOne(name, batch, delayMs)));
  }

  consume(name: QueueName, concurrency: number, handle: Handle): void {
    this.#producer(name);
    const lockMs = this.#options.lockMs ?? LOCK_MS;
    const worker = this.#backend.worker(name, { concurrency, lockMs }, async ({ data }) => {
      const handled = this.#settle(data, handle);
      this.#running.add(handled);
      await handled.finally(() => this.#running.delete(handled));
    });
    this.#consumers.push(this.#quietly(name, worker));
  }

  async ping(): Promise<void> {
    await this.#producer('steps').getJobCounts('waiting');
  }

  async clean(): Promise<void> {
    const keptMs = this.#options.finishedKeptMs ?? FINISHED_KEPT_MS;
    for (const [name, queue] of this.#producers) {
      const what = `removing finished jobs of ${name}`;
      await within(CLEAN_TIMEOUT_MS, what, queue.clean(keptMs, CLEANED_AT_ONCE, 'completed'));
      await within(CLEAN_TIMEOUT_MS, what, queue.clean(keptMs, CLEANED_AT_ONCE, 'failed'));
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((worker) => worker.pause(true)));
    const timeoutMs = this.#options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS;
    try {
      await within(timeoutMs, 'the running work', Promise.allSettled(this.#running));
    } catch (error) {
      this.#options.log.warn({ err: error }, 'closing while work runs; it is taken up again elsewhere');
    }
    const force = this.#running.size > 0;
    await Promise.all(this.#consumers.map((worker) => worker.close(force)));
    await Promise.all([...this.#producers.values()].map((queue) => queue.close()));
    await this.#backend.close();
  }

  #producer(name: QueueName): Producer {
    const known = this.#producers.get(name);
    if (known !== undefined) return known;
    const queue = this.#quietly(name, this.#backend.queue(name));
    this.#producers.set(name, queue);
    return queue;
  }

  /** Trouble of the shared connections is logged once, where they are made; each queue repeats it. */
  #quietly<Source extends Producer | Consumer>(name: QueueName, source: Source): Source {
    source.on('error', (error) => this.#options.log.debug({ queue: name, err: error }, 'queue trouble'));
    return source;
  }

  async #ringOne(name: QueueName, jobs: readonly Job[], delay: number): Promise<void> {
    try {
      const entries = jobs.map((job) => ({ name: job.step, data: job, opts: { delay } }));
      await within(RING_TIMEOUT_MS, 'ringing', this.#producer(name).addBulk(entries));
    } catch (error) {
      this.#options.log.warn({ queue: name, jobs, err: error }, 'could not ring; the sweep will');
    }
  }

  /** Never rejects: what a failure calls for is done here, and BullMQ's own retries stay out of it. */
  async #settle(data: unknown, handle: Handle): Promise<void> {
    let job: Job | null = null;
    try {
      job = parseJob(data);
      await handle(job);
    } catch (error) {
      const fields = { job: job ?? data, err: error };
      const sentence = `step failed: ${errorMessage(error)}`;
      if (!(error instanceof TransientError) || job === null)
        return this.#options.log.error(fields, sentence);
      this.#options.log.warn(fields, sentence);
      await this.ring([job], { delayMs: error.retryAfterMs ?? RETRY_DELAY_MS });
    }
  }
}

function queueOf(job: Job): QueueName {
  return job.step === 'work' ? job.role : 'steps';
}
