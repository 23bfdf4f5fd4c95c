/**
 * Committed events over LISTEN/NOTIFY, for an installation without Redis. One connection of the process listens, whoever
 * subscribes; what it misses while it is disconnected is read from the store. An event that passes NOTIFY's limit of 8,000
 * bytes is announced without its data, and read from the store as well.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { TransientError } from '../../core/errors.ts';
import type { EventBus, Log } from '../../core/ports.ts';
import type { AuditEvent } from '../../core/records.ts';
import { Listeners, parseEvent } from './listeners.ts';

const CHANNEL = 'crew_events';
const PAYLOAD_LIMIT_BYTES = 7_900;
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_MS = 1_000;
const CATCH_UP_AT_ONCE = 500;
/** Events are announced in the order of their commits, which is not quite that of their numbers: look this far back. */
const CATCH_UP_OVERLAP = 100;
/** The store shows an event once no transaction is open that began before it: mostly at once, sometimes a moment later. */
const LOOKS = 20;
const LOOK_AGAIN_MS = 100;
/** Marks an announcement whose data is to be read from the store. */
const CUT = '~';

export interface PostgresBusOptions {
  readonly url: string;
  readonly log: Log;
  /** Events after a sequence number, oldest first. */
  readonly after: (seq: number, limit: number) => Promise<readonly AuditEvent[]>;
}

export function createPostgresBus(options: PostgresBusOptions): EventBus {
  return new PostgresBus(options);
}

class PostgresBus implements EventBus {
  readonly #options: PostgresBusOptions;
  readonly #listeners: Listeners;
  readonly #writer: pg.Pool;
  /** The connection that listens, or the attempt at one. */
  #reader: Promise<pg.Client> | null = null;
  #lastSeq: number | null = null;
  /** Announcements are told one after another, although some have to be read first. */
  #telling: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PostgresBusOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.log);
    this.#writer = new pg.Pool({
      connectionString: options.url,
      max: 1,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    this.#writer.on('error', (error) => options.log.warn({ err: error }, 'event connection trouble'));
  }

  async publish(events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0 || this.#closed) return;
    try {
      await this.#writer.query(
        'select pg_notify($1, payload) from unnest($2::text[]) with ordinality as of (payload, position) order by position',
        [CHANNEL, events.map(payloadOf)],
      );
    } catch (error) {
      this.#options.log.warn({ err: error }, 'could not publish events; they stand in Postgres');
    }
  }

  async subscribe(listener: (event: AuditEvent) => void): Promise<() => Promise<void>> {
    const remove = this.#listeners.add(listener);
    try {
      this.#reader ??= this.#listen();
      await this.#reader;
    } catch (error) {
      remove();
      this.#reader = null;
      throw new TransientError('The live events cannot be reached.', { cause: error });
    }
    return async () => remove();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#listeners.clear();
    await Promise.allSettled([this.#reader?.then((client) => client.end()), this.#writer.end()]);
  }

  async #listen(): Promise<pg.Client> {
    const { url, log } = this.#options;
    const client = new pg.Client({
      connectionString: url,
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    client.on('error', (error) => log.warn({ err: error }, 'event connection trouble'));
    try {
      await client.connect();
      client.on('notification', ({ payload }) => this.#later(() => this.#hear(payload ?? '')));
      await client.query(`listen ${CHANNEL}`);
      const newest = await newestSeq(client);
      const since = this.#lastSeq;
      if (since === null) this.#lastSeq = newest;
      else this.#later(() => this.#catchUp(since, newest));
      client.once('end', () => this.#reconnect());
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  }

  #reconnect(): void {
    if (this.#closed) return;
    const { log } = this.#options;
    const attempt = async (): Promise<void> => {
      if (this.#closed) return;
      this.#reader = this.#listen();
      try {
        await this.#reader;
      } catch (error) {
        log.warn({ err: error }, 'could not listen for events; trying again');
        again();
      }
    };
    const again = (): void => void setTimeout(() => void attempt(), RECONNECT_MS).unref();
    again();
  }

  #later(step: () => Promise<void>): void {
    this.#telling = this.#telling.then(step).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'could not pass an event on; it stands in Postgres');
    });
  }

  async #hear(payload: string): Promise<void> {
    if (!payload.startsWith(CUT)) return this.#tell(parseEvent(payload));
    const bare = parseEvent(payload.slice(CUT.length));
    for (let look = 0; look < LOOKS; look += 1) {
      const [whole] = await this.#options.after(bare.seq - 1, 1);
      if (whole?.seq === bare.seq) return this.#tell(whole);
      await delay(LOOK_AGAIN_MS);
    }
    this.#tell(bare);
  }

  /** All from `since` on, until the event numbered `newest` has been read. */
  async #catchUp(since: number, newest: number): Promise<void> {
    let seq = Math.max(0, since - CATCH_UP_OVERLAP);
    for (let look = 0; look < LOOKS; ) {
      const events = await this.#options.after(seq, CATCH_UP_AT_ONCE);
      for (const event of events) this.#tell(event);
      seq = events.at(-1)?.seq ?? seq;
      if (seq >= newest) return;
      if (events.length === CATCH_UP_AT_ONCE) continue;
      look += 1;
      await delay(LOOK_AGAIN_MS);
    }
    this.#options.log.warn({ seq, newest }, 'some events are not to be read yet; they stand in Postgres');
  }

  #tell(event: AuditEvent): void {
    this.#lastSeq = Math.max(this.#lastSeq ?? 0, event.seq);
    this.#listeners.tell(event);
  }
}

/** From here on nothing is missed, although the connection may be lost before the first event is heard. */
async function newestSeq(client: pg.Client): Promise<number> {
  const { rows } = await client.query('select coalesce(max(seq), 0) as seq from events');
  return Number(rows[0]?.seq ?? 0);
}

function payloadOf(event: AuditEvent): string {
  const whole = JSON.stringify(event);
  if (Buffer.byteLength(whole) <= PAYLOAD_LIMIT_BYTES) return whole;
  return CUT + JSON.stringify({ ...event, data: {} });
}
