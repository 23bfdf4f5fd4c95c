/** Plans what people should now be shown of a task, in the transaction of the change, and answers what to ring for. */
import type { LiveUrl } from '../core/live-link.ts';
import type { Clock } from '../core/ports.ts';
import { progressEffects } from '../core/progress.ts';
import type { StoreOperations } from '../core/store-ports.ts';
import type { Ring } from './ring-effects.ts';
import { ringEffects } from './ring-effects.ts';

export interface ProgressOptions {
  readonly clock: Clock;
  /** Left out, nothing can be watched live. */
  readonly liveUrl?: LiveUrl;
}

/** Call with the task locked: of two changes at a time, the later then shows both. */
export async function showProgress(
  tx: StoreOperations,
  taskId: string,
  { clock, liveUrl = () => null }: ProgressOptions,
): Promise<readonly Ring[]> {
  const records = await tx.tasks.records(taskId);
  if (records === null) return [];
  await tx.effects.plan(progressEffects(records, { now: clock.now(), liveUrl }));
  return ringEffects(tx, taskId, clock);
}
