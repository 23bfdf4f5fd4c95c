/** What an effect calls for after the publisher has seen it: its own next try or revision, or its task's next step. */

import type { Effect } from '../core/effect-records.ts';
import { lookAt } from '../core/fix/look-again.ts';
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
      await store.effects.rung([effect.id]);
      return ringAll(doorbell, [ringFor(effect, clock.now())]);
    }
    case 'done':
    case 'failed':
      await lookAgain({ store, doorbell }, effect);
      if (effect.taskId !== null) await doorbell.ring([{ step: 'advance', taskId: effect.taskId }]);
  }
}

/** What is not run again reports nothing more: the failure is taken as it is. */
async function lookAgain(
  { store, doorbell }: { readonly store: Store; readonly doorbell: Doorbell },
  { id, state, action, repository }: Effect,
): Promise<void> {
  if (state !== 'failed' || action.kind !== 'rerun_failed_jobs' || action.branch === undefined) return;
  const guid = `look-${id}`;
  await store.deliveries.add(lookAt(repository, action.branch, guid));
  await doorbell.ring([{ step: 'dispatch', guid }]);
}
