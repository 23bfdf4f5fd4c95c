/** The publisher of a review without GitHub: every effect is done as soon as it is due, since there is nobody to tell. */
import type { Store } from '../../core/store-ports.ts';

const LEASE_MS = 30_000;

export async function settleEffect(
  { store, owner }: { readonly store: Pick<Store, 'effects'>; readonly owner: string },
  effectId: string,
): Promise<void> {
  const claim = await store.effects.claim(effectId, owner, LEASE_MS);
  if (claim === null) return;
  const { effect, token } = claim;
  await store.effects.done(effect.id, token, effect.revision, { url: null, externalId: null });
}
