/** Makes good every lost ring: asks the store what is due and rings for it. Runs in any number of processes at once. */
import type { Clock, Doorbell, Log } from '../core/ports.ts';
import type { Store } from '../core/store-ports.ts';

export interface SweepOptions {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  readonly clean: () => Promise<void>;
  readonly everyMs: number;
  /** Work that was rung for within this time is left alone. */
  readonly patienceMs: number;
}

/** Of each kind in one round; what is over comes in the next. */
const SWEPT_AT_ONCE = 200;
/** Memories end after months: looking for them more often finds nothing. */
const EXPIRE_EVERY_MS = 3_600_000;

/** Rings once for all that is due. */
export async function sweepOnce({ store, doorbell, clock, patienceMs }: SweepOptions): Promise<number> {
  const before = new Date(clock.now().getTime() - patienceMs).toISOString();
  const deliveries = await store.deliveries.due(before, SWEPT_AT_ONCE);
  const tasks = await store.tasks.due(before, SWEPT_AT_ONCE);
  const effects = await store.effects.due(before, SWEPT_AT_ONCE);
  await doorbell.ring([
    ...deliveries.map((guid) => ({ step: 'dispatch', guid }) as const),
    ...tasks.map((taskId) => ({ step: 'advance', taskId }) as const),
    ...effects.map((effectId) => ({ step: 'publish', effectId }) as const),
  ]);
  return deliveries.length + tasks.length + effects.length;
}

/** Sweeps at once and then every `everyMs` until `signal` aborts; ends memories at once and then every hour. Never rejects. */
export async function sweep(options: SweepOptions, signal: AbortSignal): Promise<void> {
  let expireAt = 0;
  while (!signal.aborted) {
    try {
      const rung = await sweepOnce(options);
      if (rung > 0) options.log.info({ rung }, 'the sweep rang for work that was due');
      await options.clean();
      const now = options.clock.now().getTime();
      if (now >= expireAt && (await expireMemories(options))) expireAt = now + EXPIRE_EVERY_MS;
    } catch (error) {
      options.log.warn({ err: error }, 'the sweep could not look; it looks again');
    }
    await options.clock.sleep(options.everyMs, signal);
  }
}

/** Whether none is left that has ended. */
async function expireMemories({ store, log }: SweepOptions): Promise<boolean> {
  const expired = await store.memories.expire(SWEPT_AT_ONCE);
  if (expired > 0) log.info({ expired }, 'the sweep ended memories that nobody used');
  return expired < SWEPT_AT_ONCE;
}
