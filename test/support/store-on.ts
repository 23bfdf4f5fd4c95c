/** The store over a database that others use as well: to look at what they did, and to put something there for them. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { Store } from '../../src/core/store-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { systemClock } from '../../src/wire/clock.ts';

export function storeOn(pool: Pool): Store {
  return createStore({ pool, clock: systemClock, newId: randomUUID, onCommitted: () => {} });
}
