/**
 * The pauses that GitHub asked this process for, known from the moment of its answer: before the store has them, and for what was
 * let through before and is not written yet. After a while the store's word alone counts.
 */
import type { Clock } from '../../core/ports.ts';

/** By then the store has it, and what was let through before is sent or given up. */
const KNOWN_MAX_MS = 20_000;

export interface Pauses {
  begin(account: string, ms: number): void;
  /** 0: none that this process knows of. */
  leftMs(account: string): number;
}

export function createPauses(clock: Pick<Clock, 'now'>): Pauses {
  const ends = new Map<string, number>();
  const nowMs = () => clock.now().getTime();
  return {
    begin(account, ms) {
      const end = nowMs() + Math.min(ms, KNOWN_MAX_MS);
      ends.set(account, Math.max(ends.get(account) ?? 0, end));
    },
    leftMs: (account) => Math.max(0, (ends.get(account) ?? 0) - nowMs()),
  };
}
