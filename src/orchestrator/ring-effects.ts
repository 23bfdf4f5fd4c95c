/** Which of a task's effects the publisher is told of, each once until it changes, and no sooner than it is due. */

import type { Effect } from '../core/effect-records.ts';
import type { Clock, Doorbell, Job } from '../core/ports.ts';
import type { StoreOperations } from '../core/store-ports.ts';

export interface Ring {
  readonly job: Job;
  readonly delayMs: number;
}

/** Marks them rung in the caller's transaction; ring after its commit. */
export async function ringEffects(
  tx: Pick<StoreOperations, 'effects'>,
  taskId: string,
  clock: Clock,
): Promise<readonly Ring[]> {
  const effects = await tx.effects.ofTask(taskId);
  const done = new Set(effects.filter((effect) => effect.outcome !== null).map((effect) => effect.key));
  const due = effects.filter(
    ({ state, enqueuedAt, after }) =>
      state === 'planned' && enqueuedAt === null && (after === null || done.has(after)),
  );
  await tx.effects.rung(due.map((effect) => effect.id));
  const now = clock.now();
  return due.map((effect) => ringFor(effect, now));
}

export function ringFor(effect: Effect, now: Date): Ring {
  return {
    job: { step: 'publish', effectId: effect.id },
    delayMs: Math.max(0, Date.parse(effect.dueAt) - now.getTime()),
  };
}

export async function ringAll(doorbell: Doorbell, rings: readonly Ring[]): Promise<void> {
  for (const [delayMs, together] of Map.groupBy(rings, (ring) => ring.delayMs)) {
    await doorbell.ring(
      together.map((ring) => ring.job),
      { delayMs },
    );
  }
}
