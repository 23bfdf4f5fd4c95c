/**
 * Committed events over Redis: a Stream keeps the newest as a log to catch up from, Pub/Sub brings them at once. What a
 * listener misses while disconnected is read from the Stream; Postgres stays the truth.
 */
import { Redis } from 'ioredis';
import type { EventBus, Log } from '../../core/ports.ts';
import type { AuditEvent } from '../../core/records.ts';

const STREAM = 'crew:events';
const CHANNEL = 'crew:events:live';
/** About a day of a busy installation. */
const STREAM_LENGTH = 10_000;
const CATCH_UP_LIMIT = 1_000;

export function createRedisBus(options: { readonly url: string; readonly log: Log }): EventBus {
  const { log } = options;
  const writer = connect(options.url, log);
  const readers = new Set<Redis>();

  return {
    async publish(events) {
      try {
        for (const event of events) {
          const text = JSON.stringify(event);
          await writer.xadd(STREAM, 'MAXLEN', '~', STREAM_LENGTH, '*', 'event', text);
          await writer.publish(CHANNEL, text);
        }
      } catch (error) {
        log.warn({ err: error }, 'could not publish events; they stand in Postgres');
      }
    },
    async subscribe(listener) {
      const reader = connect(options.url, log);
      readers.add(reader);
      let last = '$';
      reader.on('message', (_channel, text) => listener(JSON.parse(text) as AuditEvent));
      reader.on('close', () => {
        if (last === '$') last = String(Date.now() - 1);
      });
      reader.on('ready', () => {
        if (last === '$') return;
        const from = last;
        last = '$';
        catchUp(writer, from, listener).catch((error: unknown) =>
          log.warn({ err: error }, 'could not catch up on events'),
        );
      });
      await reader.subscribe(CHANNEL);
      return async () => {
        readers.delete(reader);
        reader.disconnect();
      };
    },
    async close() {
      for (const reader of readers) reader.disconnect();
      writer.disconnect();
    },
  };
}

async function catchUp(client: Redis, from: string, listener: (event: AuditEvent) => void): Promise<void> {
  const entries = await client.xrange(STREAM, from, '+', 'COUNT', CATCH_UP_LIMIT);
  for (const [, fields] of entries) {
    const text = fields[fields.indexOf('event') + 1];
    if (text !== undefined) listener(JSON.parse(text) as AuditEvent);
  }
}

function connect(url: string, log: Log): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 3 });
  client.on('error', (error) => log.warn({ err: error }, 'Redis connection trouble'));
  return client;
}
