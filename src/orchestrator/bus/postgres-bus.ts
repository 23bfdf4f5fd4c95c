/**
 * Committed events over LISTEN/NOTIFY, for an installation without Redis. NOTIFY carries the event itself, or without its
 * data when that would pass Postgres' limit of 8,000 bytes; whoever needs the data reads it in the store.
 */
import pg from 'pg';
import type { EventBus, Log } from '../../core/ports.ts';
import type { AuditEvent } from '../../core/records.ts';

const CHANNEL = 'crew_events';
const PAYLOAD_LIMIT_BYTES = 7_900;
const RECONNECT_MS = 1_000;

export function createPostgresBus(options: {
  readonly url: string;
  readonly log: Log;
  /** Events after a sequence number, to make good what was missed while disconnected. */
  readonly after: (seq: number, limit: number) => Promise<readonly AuditEvent[]>;
}): EventBus {
  const { log, url } = options;
  const writer = new pg.Pool({ connectionString: url, max: 1 });
  writer.on('error', (error) => log.warn({ err: error }, 'event connection trouble'));
  const listeners = new Set<(event: AuditEvent) => void>();
  let reader: Promise<pg.Client> | null = null;
  let closed = false;
  let lastSeq: number | null = null;

  const tell = (event: AuditEvent): void => {
    lastSeq = Math.max(lastSeq ?? 0, event.seq);
    for (const listener of listeners) listener(event);
  };

  async function listen(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: url, keepAlive: true });
    client.on('notification', ({ payload }) => {
      if (payload !== undefined) tell(JSON.parse(payload) as AuditEvent);
    });
    client.on('error', (error) => log.warn({ err: error }, 'event connection trouble'));
    client.on('end', () => {
      if (!closed) setTimeout(reconnect, RECONNECT_MS).unref();
    });
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
    if (lastSeq !== null) for (const event of await options.after(lastSeq, 1_000)) tell(event);
    return client;
  }

  function reconnect(): void {
    if (closed) return;
    reader = listen();
    reader.catch((error: unknown) => {
      log.warn({ err: error }, 'could not listen for events; trying again');
      setTimeout(reconnect, RECONNECT_MS).unref();
    });
  }

  return {
    async publish(events) {
      try {
        for (const event of events)
          await writer.query('SELECT pg_notify($1, $2)', [CHANNEL, payloadOf(event)]);
      } catch (error) {
        log.warn({ err: error }, 'could not publish events; they stand in Postgres');
      }
    },
    async subscribe(listener) {
      listeners.add(listener);
      if (reader === null) reader = listen();
      await reader;
      return async () => {
        listeners.delete(listener);
      };
    },
    async close() {
      closed = true;
      listeners.clear();
      await Promise.allSettled([reader?.then((client) => client.end()), writer.end()]);
    },
  };
}

function payloadOf(event: AuditEvent): string {
  const whole = JSON.stringify(event);
  return Buffer.byteLength(whole) <= PAYLOAD_LIMIT_BYTES ? whole : JSON.stringify({ ...event, data: {} });
}
