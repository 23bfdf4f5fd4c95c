/**
 * How long a delivery that fails is tried again. GitHub's outages last minutes to hours, and no webhook may be lost to
 * one; a bug does not mend itself, so that an unexpected error ends it after a few attempts.
 */
import { TransientError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { Delivery } from '../../core/records.ts';

export const FAULTS_MAX = 5;
/** What people asked for longer ago would surprise them more than to be told that it did not happen. */
export const TRIED_FOR_MS = 12 * 60 * 60_000;
const RETRY_BASE_MS = 2_000;
const RETRY_MAX_MS = 60_000;
/** GitHub's primary limits start anew every hour. */
const ASKED_WAIT_MAX_MS = 60 * 60_000;
/** Deliveries in trouble that are remembered; one that is forgotten is tried sooner and oftener. */
const REMEMBERED_MAX = 10_000;
/** A timer may ring that much before its time. */
const EARLY_MS = 500;

export interface Patience {
  /** Whether it is too early: the sweep rings for whatever is due, also while GitHub asks us to wait. */
  isWaiting(guid: string): boolean;
  /** Milliseconds until the next attempt; null when there is to be none. */
  nextAttemptMs(delivery: Delivery, error: unknown): number | null;
  forget(guid: string): void;
}

/** Remembers in this process only: another replica tries by its own count, which costs a few attempts more. */
export function createPatience(clock: Clock): Patience {
  const troubles = new Map<string, { readonly faults: number; readonly notBeforeMs: number }>();
  const nowMs = () => clock.now().getTime();
  return {
    isWaiting: (guid) => nowMs() < (troubles.get(guid)?.notBeforeMs ?? 0) - EARLY_MS,
    nextAttemptMs: (delivery, error) => {
      const { guid } = delivery;
      const fault = error instanceof TransientError ? 0 : 1;
      const faults = (troubles.get(guid)?.faults ?? 0) + fault;
      troubles.delete(guid);
      if (faults >= FAULTS_MAX || nowMs() - Date.parse(delivery.receivedAt) >= TRIED_FOR_MS) return null;
      const delayMs = waitMs(error, delivery.attempts);
      troubles.set(guid, { faults, notBeforeMs: nowMs() + delayMs });
      const [oldest] = troubles.keys();
      if (oldest !== undefined && troubles.size > REMEMBERED_MAX) troubles.delete(oldest);
      return delayMs;
    },
    forget: (guid) => {
      troubles.delete(guid);
    },
  };
}

function waitMs(error: unknown, attempts: number): number {
  const asked = error instanceof TransientError ? error.retryAfterMs : null;
  if (asked !== null) return Math.min(asked, ASKED_WAIT_MAX_MS);
  return Math.min(RETRY_BASE_MS * 2 ** Math.max(0, attempts - 1), RETRY_MAX_MS);
}
