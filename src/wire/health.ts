/**
 * `/healthz`: the process lives. `/readyz`: it can reach what it needs. On web and on every worker. Anybody may ask: what is wrong
 * stands in the log, with the addresses and names that are nobody's business, and however many ask, it is looked at a few times a second.
 */
import { Hono } from 'hono';
import { errorMessage } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import { pendingMigrations } from '../store/migrate.ts';
import type { Foundation } from './foundation.ts';

const PING_TIMEOUT_MS = 3_000;
const LOOK_HOLDS_MS = 250;

export function createHealth(
  foundation: Pick<Foundation, 'store' | 'queues' | 'pool' | 'log' | 'clock'>,
): Hono {
  const checks: Readonly<Record<string, () => Promise<unknown>>> = {
    database: () => foundation.store.ping(PING_TIMEOUT_MS),
    queue: () => foundation.queues.ping(),
    migrations: async () => {
      const pending = await pendingMigrations(foundation.pool);
      if (pending.length > 0) throw new Error(`not applied: ${pending.join(', ')}`);
    },
  };
  const look = heldFor(LOOK_HOLDS_MS, foundation, async () =>
    Promise.all(
      Object.entries(checks).map(
        async ([name, check]) => [name, await outcomeOf(name, check, foundation.log)] as const,
      ),
    ),
  );
  const health = new Hono();
  health.get('/healthz', (context) => context.json({ status: 'ok' }));
  health.get('/readyz', async (context) => {
    const outcomes = await look();
    const ready = outcomes.every(([, outcome]) => outcome === 'ok');
    return context.json(
      { status: ready ? 'ok' : 'not ready', checks: Object.fromEntries(outcomes) },
      ready ? 200 : 503,
    );
  });
  return health;
}

/** Whoever asks while one looks, or shortly after, is answered what that one saw. */
function heldFor<T>(
  ms: number,
  { clock }: Pick<Foundation, 'clock'>,
  look: () => Promise<T>,
): () => Promise<T> {
  let last: { readonly seen: Promise<T>; doneMs: number } | null = null;
  return () => {
    if (last !== null && clock.now().getTime() - last.doneMs < ms) return last.seen;
    const looking = { seen: look(), doneMs: Number.POSITIVE_INFINITY };
    last = looking;
    const done = () => {
      looking.doneMs = clock.now().getTime();
    };
    looking.seen.then(done, done);
    return looking.seen;
  };
}

async function outcomeOf(name: string, check: () => Promise<unknown>, log: Log): Promise<'ok' | 'failed'> {
  try {
    await withinTime(check());
    return 'ok';
  } catch (error) {
    log.warn({ check: name, error: errorMessage(error) }, 'not ready');
    return 'failed';
  }
}

async function withinTime(work: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${PING_TIMEOUT_MS} ms`)), PING_TIMEOUT_MS);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
