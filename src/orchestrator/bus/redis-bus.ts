/**
 * Committed events over Redis: a Stream keeps the newest as a log to catch up from, Pub/Sub brings them at once. Both are
 * written by one script, so that the order of the Stream is the order in which they are heard; what a process misses while
 * disconnected it reads from the Stream, from the last entry that it heard. Postgres stays the truth.
 */
import { Redis } from 'ioredis';
import { TransientError } from '../../core/errors.ts';
import type { EventBus, Log } from '../../core/ports.ts';
import type { AuditEvent } from '../../core/records.ts';
import { within } from '../within.ts';
import { Listeners, parseEvent } from './listeners.ts';

const STREAM = 'crew:events';
const CHANNEL = 'crew:events:live';
/** About a day of a busy installation. */
const STREAM_LENGTH = 10_000;
const CATCH_UP_AT_ONCE = 500;
/** Before every entry. */
const START = '0-0';
/** What could not be subscribed to, or caught up with, is tried again on a new connection. */
const LISTEN_AGAIN_MS = 1_000;
const SUBSCRIBE_TIMEOUT_MS = 5_000;

/** KEYS: stream. ARGV: channel, length of the stream, then the events. */
const PUBLISH = `
for at = 3, #ARGV do
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[at])
  redis.call('PUBLISH', ARGV[1], id .. ' ' .. ARGV[at])
end`;

export function createRedisBus(options: { readonly url: string; readonly log: Log }): EventBus {
  return new RedisBus(options.url, options.log);
}

class RedisBus implements EventBus {
  readonly #url: string;
  readonly #log: Log;
  readonly #listeners: Listeners;
  readonly #writer: Redis;
  #reader: Redis | null = null;
  #ready: Promise<void> | null = null;
  #again: NodeJS.Timeout | undefined;
  /** Entry of the Stream that was heard last. */
  #last: string | null = null;
  /** Entries are told one after another: those missed before those heard since. */
  #telling: Promise<void> = Promise.resolve();

  constructor(url: string, log: Log) {
    this.#url = url;
    this.#log = log;
    this.#listeners = new Listeners(log);
    this.#writer = this.#connect();
  }

  async publish(events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    try {
      const texts = events.map((event) => JSON.stringify(event));
      await this.#writer.eval(PUBLISH, 1, STREAM, CHANNEL, STREAM_LENGTH, ...texts);
    } catch (error) {
      this.#log.warn({ err: error }, 'could not publish events; they stand in Postgres');
    }
  }

  async subscribe(listener: (event: AuditEvent) => void): Promise<() => Promise<void>> {
    const remove = this.#listeners.add(listener);
    try {
      this.#ready ??= this.#listen();
      await within(SUBSCRIBE_TIMEOUT_MS, 'reaching the live events', this.#ready);
    } catch (error) {
      remove();
      throw new TransientError('The live events cannot be reached.', { cause: error });
    }
    return async () => remove();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    clearTimeout(this.#again);
    this.#reader?.disconnect();
    this.#writer.disconnect();
  }

  /** Settles once the first subscription stands; each new connection subscribes again. */
  #listen(): Promise<void> {
    const first = Promise.withResolvers<void>();
    // Subscribing is done here and not by the client, so that nothing is heard before what was missed has been read.
    const reader = this.#connect({ autoResubscribe: false });
    this.#reader = reader;
    reader.on('message', (_channel, message) => this.#later(async () => this.#hear(message)));
    reader.on('ready', () =>
      this.#later(async () => {
        try {
          await reader.subscribe(CHANNEL);
          await this.#catchUp();
          first.resolve();
        } catch (error) {
          // As when the other connection is not back yet: what was missed would never be told.
          this.#again = setTimeout(() => reader.disconnect(true), LISTEN_AGAIN_MS);
          throw error;
        }
      }),
    );
    return first.promise;
  }

  #later(step: () => Promise<void>): void {
    this.#telling = this.#telling.then(step).catch((error: unknown) => {
      this.#log.warn({ err: error }, 'could not pass an event on; it stands in Postgres');
    });
  }

  #hear(message: string): void {
    const space = message.indexOf(' ');
    this.#tell(message.slice(0, space), message.slice(space + 1));
  }

  async #catchUp(): Promise<void> {
    const newest = (await this.#writer.xrevrange(STREAM, '+', '-', 'COUNT', 1))[0]?.[0] ?? START;
    if (this.#last === null) {
      this.#last = newest;
      return;
    }
    // A Redis that lost its data began a new Stream, and its clock may be behind.
    if (isLater(this.#last, newest)) this.#last = START;
    for (;;) {
      const entries = await this.#writer.xrange(STREAM, `(${this.#last}`, '+', 'COUNT', CATCH_UP_AT_ONCE);
      for (const [id, fields] of entries) this.#tell(id, fields[fields.indexOf('event') + 1] ?? '');
      // Ends: the Stream is read faster than it is written.
      if (entries.length < CATCH_UP_AT_ONCE) return;
    }
  }

  /** An entry that was read from the Stream may be heard as well. */
  #tell(id: string, text: string): void {
    if (this.#last !== null && !isLater(id, this.#last)) return;
    this.#last = id;
    this.#listeners.tell(parseEvent(text));
  }

  #connect(options: { readonly autoResubscribe?: boolean } = {}): Redis {
    const client = new Redis(this.#url, { maxRetriesPerRequest: 3, ...options });
    client.on('error', (error) => this.#log.warn({ err: error }, 'event connection trouble'));
    return client;
  }
}

/** Ids are `<milliseconds>-<number>`. */
function isLater(id: string, than: string): boolean {
  const [ms = 0, number = 0] = id.split('-').map(Number);
  const [thanMs = 0, thanNumber = 0] = than.split('-').map(Number);
  return ms > thanMs || (ms === thanMs && number > thanNumber);
}
