/**
 * The publisher without GitHub: every effect is done as soon as it is due, since there is nobody to tell. A branch alone is really
 * made, in the bare repository of ours that the task works on.
 */

import type { Effect, EffectOutcome } from '../../core/effect-records.ts';
import { errorMessage } from '../../core/errors.ts';
import type { Store } from '../../core/store-ports.ts';
import { LOCAL_NUMBER } from './read-range.ts';

export interface Settling {
  readonly store: Pick<Store, 'effects'>;
  readonly owner: string;
  /** Builds the task's commits and makes its branch of them; answers its head. */
  readonly pushBranch: (effect: Effect) => Promise<string>;
}

/** Longer than a branch takes to be made. */
const LEASE_MS = 300_000;
const ERROR_MAX_CHARS = 2_000;

export async function settleEffect({ store, owner, pushBranch }: Settling, effectId: string): Promise<void> {
  const claim = await store.effects.claim(effectId, owner, LEASE_MS);
  if (claim === null) return;
  const { effect, token } = claim;
  try {
    const outcome = await performed(effect, pushBranch);
    await store.effects.done(effect.id, token, effect.revision, outcome);
  } catch (error) {
    const text = errorMessage(error).slice(0, ERROR_MAX_CHARS);
    await store.effects.failed(effect.id, token, { error: text, dueAt: null, sent: 'no' });
  }
}

async function performed(effect: Effect, pushBranch: Settling['pushBranch']): Promise<EffectOutcome> {
  const { kind } = effect.action;
  const externalId = kind === 'push_branch' ? await pushBranch(effect) : null;
  // What becomes of a pull request, such as that a person has to look, is only decided once it has a number.
  return { url: null, externalId, ...(kind === 'open_pull_request' ? { number: LOCAL_NUMBER } : {}) };
}
