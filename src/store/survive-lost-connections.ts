/**
 * A pg client that loses its connection emits `error`, besides failing its queries; with no listener that ends the
 * process. The pool listens to idle clients only, and passes what it hears on in the same way.
 * See https://node-postgres.com/apis/pool#error
 */
import type pg from 'pg';

const known = new WeakSet<object>();

/** What failed is seen by the query that was running, or by the next one: nothing is lost by not listening here. */
export function surviveLostConnections(pool: pg.Pool): void {
  if (known.has(pool)) return;
  known.add(pool);
  pool.on('error', ignore);
  pool.on('acquire', (client) => {
    if (known.has(client)) return;
    known.add(client);
    client.on('error', ignore);
  });
}

function ignore(): void {}
