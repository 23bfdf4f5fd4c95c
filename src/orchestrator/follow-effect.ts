/** What an effect's end calls for: the effects that waited for it, its own newer revision, and its task's next step. */
import type { Clock, Doorbell, Store } from '../core/ports.ts';
import type { Effect } from '../core/records.ts';

export async function followEffect(
  { store, doorbell, clock }: { readonly store: Store; readonly doorbell: Doorbell; readonly clock: Clock },
  effectId: string,
): Promise<void> {
  const effect = await store.effects.get(effectId);
  if (effect === null) return;
  if (effect.state === 'planned') await ringWhenDue(doorbell, clock, effect);
  if (effect.taskId === null) return;
  const waiting = (await store.effects.ofTask(effect.taskId)).filter(
    (other) => other.state === 'planned' && other.after === effect.key && effect.state === 'done',
  );
  await store.effects.rung(waiting.map((other) => other.id));
  await doorbell.ring([
    { step: 'advance', taskId: effect.taskId },
    ...waiting.map((other) => ({ step: 'publish', effectId: other.id }) as const),
  ]);
}

/** A newer revision, or a sending that is to be tried again. */
async function ringWhenDue(doorbell: Doorbell, clock: Clock, effect: Effect): Promise<void> {
  const delayMs = Math.max(0, Date.parse(effect.dueAt) - clock.now().getTime());
  await doorbell.ring([{ step: 'publish', effectId: effect.id }], { delayMs });
}
