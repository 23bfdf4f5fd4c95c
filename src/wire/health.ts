/** `/healthz`: the process lives. `/readyz`: it can reach what it needs. On web and on every worker. */
import { Hono } from 'hono';
import { errorMessage } from '../core/errors.ts';
import { pendingMigrations } from '../store/migrate.ts';
import type { Foundation } from './foundation.ts';

const PING_TIMEOUT_MS = 3_000;

export function createHealth(foundation: Pick<Foundation, 'store' | 'queues' | 'pool'>): Hono {
  const checks: Readonly<Record<string, () => Promise<unknown>>> = {
    database: () => foundation.store.ping(PING_TIMEOUT_MS),
    queue: () => foundation.queues.ping(),
    migrations: async () => {
      const pending = await pendingMigrations(foundation.pool);
      if (pending.length > 0) throw new Error(`not applied: ${pending.join(', ')}`);
    },
  };
  const health = new Hono();
  health.get('/healthz', (context) => context.json({ status: 'ok' }));
  health.get('/readyz', async (context) => {
    const outcomes = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const),
    );
    const ready = outcomes.every(([, outcome]) => outcome === 'ok');
    return context.json(
      { status: ready ? 'ok' : 'not ready', checks: Object.fromEntries(outcomes) },
      ready ? 200 : 503,
    );
  });
  return health;
}

async function outcomeOf(check: () => Promise<unknown>): Promise<string> {
  try {
    await withinTime(check());
    return 'ok';
  } catch (error) {
    return errorMessage(error);
  }
}

async function withinTime(work: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
