// What the API asks to wait before another try. A short wait is left to the SDK's retries; a long one ends the run, so that
// it is waited out in the open, without lease and worker.
import type { Middleware } from '@anthropic-ai/sdk';
import type { Clock } from '../../core/ports.ts';
import { LOOP_LIMITS } from './loop-limits.ts';

/** From `retry-after-ms`, else `retry-after` in seconds or as a date. Null when there is none to be read. */
export function retryAfterMs(headers: Headers | undefined, now: Date): number | null {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (Number.isFinite(ms)) return Math.max(ms, 0);
  const given = headers?.get('retry-after') ?? '';
  const seconds = Number.parseFloat(given);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(given) - now.getTime();
  return Number.isFinite(waitMs) ? Math.max(waitMs, 0) : null;
}

/** Tells the SDK, by the header that it heeds, not to wait inside the call for what asks for longer than the limit. */
export function leaveLongWaits(clock: Clock): Middleware {
  return async (request, next) => {
    const response = await next(request);
    const waitMs = response.ok ? null : retryAfterMs(response.headers, clock.now());
    if (waitMs === null || waitMs <= LOOP_LIMITS.waitInCallMs) return response;
    const headers = new Headers(response.headers);
    headers.set('x-should-retry', 'false');
    return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
  };
}
