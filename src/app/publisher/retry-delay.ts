/** When a failed sending is tried again. */

/** After this many the effect has failed for good: twelve hours of trouble, and more of it where processes died as well. */
export const SENDINGS_MAX = 80;
const FIRST_DELAY_MS = 2_000;
const DELAY_MAX_MS = 600_000;

/** What waits for the same limit does not come back all at once. */
const LIMIT_JITTER = 0.25;
const LIMIT_JITTER_MAX_MS = 15_000;
/** Half of what a place takes with 80 in a minute: the more wait, the wider they spread, and hardly a place is left empty for it. */
const SPREAD_EACH_MS = 375;
const SPREAD_MAX_MS = 300_000;

/** Doubles with each attempt (counted from 1), within a half of it by chance. `random` is in [0, 1). */
export function retryDelayMs(attempts: number, random: number): number {
  const doubled = Math.min(FIRST_DELAY_MS * 2 ** Math.max(0, attempts - 1), DELAY_MAX_MS);
  return Math.round(doubled / 2 + (doubled / 2) * random);
}

/** Not before what GitHub asked for; `waiting`: how many effects want the same limit's places. `random` is in [0, 1). */
export function limitDelayMs(retryAfterMs: number, waiting: number, random: number): number {
  const jitterMs = Math.min(retryAfterMs * LIMIT_JITTER, LIMIT_JITTER_MAX_MS);
  const spreadMs = Math.min(waiting * SPREAD_EACH_MS, SPREAD_MAX_MS);
  return Math.round(retryAfterMs + Math.max(jitterMs, spreadMs) * random);
}
