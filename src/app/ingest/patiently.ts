/** Looks again at what GitHub does not show yet: its reads lag behind what its webhooks tell. */
import type { Clock } from '../../core/ports.ts';

/** How long they may lag, and between two looks. */
export const READ_LAG_MS = 3_000;

/** What is not known at the last look either is taken as it is. */
export async function patiently<T>(
  read: () => Promise<T>,
  isKnown: (found: T) => boolean,
  { looks, clock }: { readonly looks: number; readonly clock: Clock },
): Promise<T> {
  for (let look = 1; ; look += 1) {
    const found = await read();
    if (isKnown(found) || look === looks) return found;
    await clock.sleep(READ_LAG_MS);
  }
}
