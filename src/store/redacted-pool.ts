/** A pool whose queries carry no secret: whatever is stored, by whichever part, goes through here. */
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type pg from 'pg';

/** Takes secrets out of a text, and leaves JSON what it is. */
export type RedactStored = (text: string) => string | Promise<string>;

export function redactedPool(pool: pg.Pool, redact: RedactStored): PostgresPool {
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>();
  return {
    options: pool.options,
    async connect() {
      const client = await pool.connect();
      const known = clients.get(client) ?? redactedClient(client, redact);
      clients.set(client, known);
      return known;
    },
    end: () => pool.end(),
  };
}

function redactedClient(client: pg.PoolClient, redact: RedactStored): PostgresPoolClient {
  const query = async (text: string, values: readonly unknown[] = []) =>
    client.query(text, await Promise.all(values.map((value) => clean(value, redact))));
  return {
    // Without cursors, which nothing here uses.
    query: query as unknown as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy),
  };
}

async function clean(value: unknown, redact: RedactStored): Promise<unknown> {
  if (typeof value === 'string') return redact(value);
  return Array.isArray(value) ? Promise.all(value.map((item) => clean(item, redact))) : value;
}
