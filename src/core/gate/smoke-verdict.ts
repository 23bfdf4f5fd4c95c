/** What the tries of one smoke check say together. Pure. */

import type { SmokeCheck } from '../request-records.ts';
import type { SmokeProbe } from '../result-records.ts';

/** What came back of one try. */
export type Seen =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** As far as it was read. */
      readonly body: string;
      /** There was more than is read. */
      readonly cut: boolean;
    }
  | { readonly kind: 'unreachable'; readonly why: string }
  /** It may not be asked, so it was not: trying again changes nothing. */
  | { readonly kind: 'refused'; readonly why: string };

const TRIES_MAX = 3;

type Tried = 'passed' | 'wrong' | 'unavailable';

export function triedAs(check: SmokeCheck, seen: Exclude<Seen, { kind: 'refused' }>): Tried {
  if (seen.kind === 'unreachable') return 'unavailable';
  const { status, body, cut } = seen;
  if (status === check.status) {
    if (check.contains === null || body.includes(check.contains)) return 'passed';
    // It may stand in what was not read.
    return cut ? 'unavailable' : 'wrong';
  }
  return status >= 500 ? 'unavailable' : 'wrong';
}

/** Whether another try can change what is said. */
export function isSettled(check: SmokeCheck, tries: readonly Seen[]): boolean {
  const [first] = tries;
  if (first === undefined) return false;
  if (tries.length >= TRIES_MAX || tries.some(({ kind }) => kind === 'refused')) return true;
  return first.kind !== 'refused' && triedAs(check, first) === 'passed';
}

/**
 * A deployment that was still starting, and answered well twice from then on, passed. `failed` only for what was wrong on every
 * try: what answers now so, now so, is not known to be broken.
 */
export function smokeVerdict(check: SmokeCheck, tries: readonly Seen[]): SmokeProbe['verdict'] {
  const tried: Tried[] = [];
  for (const seen of tries) {
    if (seen.kind === 'refused') return 'refused';
    tried.push(triedAs(check, seen));
  }
  const passes = tried.filter((one) => one === 'passed').length;
  if (tried[0] === 'passed') return 'passed';
  if (passes > 0) {
    const begun = tried.indexOf('passed');
    const wasStarting = tried.slice(0, begun).every((one) => one === 'unavailable');
    return wasStarting && passes > 1 && passes === tried.length - begun ? 'passed' : 'flaky';
  }
  return tried.length > 0 && tried.every((one) => one === 'wrong') ? 'failed' : 'unavailable';
}
