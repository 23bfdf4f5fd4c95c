/** What an effect calls for after the publisher has seen it: its own next try or revision, or its task's next step. */
import { type Effect, OUTCOME_KINDS } from '../core/effect-records.ts';
import type { Clock, Doorbell } from '../core/ports.ts';
import type { Store } from '../core/store-ports.ts';
import { ringAll, ringFor } from './ring-effects.ts';

export async function followEffect(
  { store, doorbell, clock }: { readonly store: Store; readonly doorbell: Doorbell; readonly clock: Clock },
  effectId: string,
): Promise<void> {
  const effect = await store.effects.get(effectId);
  switch (effect?.state) {
    case 'planned': {
      // Rung before it was due, to be tried again, or changed while it was sent. The task has nothing new to see.
      const waitsFor = effect.after === null ? null : await store.effects.byKey(effect.after);
      if (waitsFor !== null && waitsFor.outcome === null) return;
      if (await isHeldBack(store, effect)) return;
      await store.effects.rung([effect.id]);
      return ringAll(doorbell, [ringFor(effect, clock.now())]);
    }
    case 'done':
    case 'failed':
      if (effect.taskId !== null) await doorbell.ring([{ step: 'advance', taskId: effect.taskId }]);
  }
}

/** Until its task is taken up again; the sweep rings for it then. */
async function isHeldBack({ tasks }: Pick<Store, 'tasks'>, { taskId, action }: Effect): Promise<boolean> {
  if (taskId === null || !OUTCOME_KINDS.includes(action.kind)) return false;
  return (await tasks.get(taskId))?.state === 'stopped';
}
