/**
 * A promise of the crew on trial: a test that tries to break it, in two sizes. `npm test` runs the short one, `npm run
 * test:faults` the full one, and prints what each trial counted (`report-counts.ts`). All chance comes from the seed in the title.
 */
import { inject, it } from 'vitest';
import { type Random, randomFrom, runSeed } from '../support/random.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** How much a trial does. */
    trialSize: 'full' | 'short';
  }
  interface TaskMeta {
    /** What a trial counted. */
    counts?: Counts;
  }
}

/** In words that stand in a table: `{ deliveries: 1000, lost: 0 }`. */
export type Counts = Readonly<Record<string, number | string>>;

export interface TrialWish<Size> {
  readonly full: Size;
  readonly short: Size;
  /** How long it may take; two minutes, and thirty in full, unless said. */
  readonly minutes?: { readonly full?: number; readonly short?: number };
}

export interface Trial<Size> {
  readonly size: Size;
  readonly random: Random;
  /** Adds to what is printed at the end, also of a trial that fails afterwards. */
  count(counts: Counts): void;
}

const SHORT_MINUTES = 2;
const FULL_MINUTES = 30;
const MINUTE_MS = 60_000;

/** `npm test` tries the same each time unless told otherwise: new chances are drawn in full, and not by who changes something else. */
const SHORT_SEED = 1;
/** Seeds that a full run tries, one after the other, from that of the run on. */
const seeds = Number(process.env.CREW_TEST_SEEDS ?? 1);

/** `promise`: what must hold, as a sentence. */
export function trial<Size>(
  promise: string,
  { full, short, minutes = {} }: TrialWish<Size>,
  attempt: (trial: Trial<Size>) => Promise<void>,
): void {
  const isFull = inject('trialSize') === 'full';
  const timeout = (isFull ? (minutes.full ?? FULL_MINUTES) : (minutes.short ?? SHORT_MINUTES)) * MINUTE_MS;
  const first = isFull || process.env.CREW_TEST_SEED !== undefined ? runSeed : SHORT_SEED;
  for (let at = 0; at < (isFull ? seeds : 1); at += 1) {
    const seed = first + at;
    it(`${promise} (CREW_TEST_SEED=${seed})`, { timeout }, async ({ task }) => {
      await attempt({
        size: isFull ? full : short,
        random: randomFrom(seed),
        count: (counts) => {
          task.meta.counts = { ...task.meta.counts, ...counts };
        },
      });
    });
  }
}
