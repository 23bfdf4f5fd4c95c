/** How long trouble that may pass is borne where somebody waits for the answer: by all workers of a process together. */
import type { TransientError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

export interface Patience {
  /** Of what just failed: why it is given up; null while it may be tried again. */
  givesUp(error: TransientError): string | null;
  /** Something answered: the wait begins anew with the next failure. */
  answered(): void;
}

/** `hint` is said with the last failure. */
export function createPatience({
  mostMs,
  hint,
  clock,
}: {
  readonly mostMs: number;
  readonly hint: string;
  readonly clock: Clock;
}): Patience {
  let sinceMs: number | null = null;
  return {
    givesUp(error) {
      const nowMs = clock.now().getTime();
      sinceMs ??= nowMs;
      // What asks for a longer wait than is left need not be waited for.
      if (nowMs + (error.retryAfterMs ?? 0) - sinceMs < mostMs) return null;
      const what = error.message.replace(/\.$/, '');
      return `Given up, for it did not pass within ${mostMs / 1_000} seconds: ${what} (${hint}).`;
    },
    answered() {
      sinceMs = null;
    },
  };
}
