/**
 * How fast one process writes to one installation. GitHub allows 900 points a minute (a write costs 5), and 80
 * content-creating requests a minute and 500 an hour (docs.github.com, Rate limits for the REST API).
 */
import Bottleneck from 'bottleneck';
import { isRead } from './is-read.ts';

export interface PacingSettings {
  /** Least time between two writes; reactions go before the others that wait. */
  readonly writeSpacingMs: number;
  readonly writesPerMinute: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** A read that meets a rate limit waits for it at most this long; writes go back to the ledger at once. */
  readonly maxLimitWaitMs: number;
  /** Of the reads that are tried again: waits 1, 4, 9 … times this. */
  readonly retryBaseMs: number;
}

export const GITHUB_PACING: PacingSettings = {
  // A second between writes is GitHub's advice for long runs of them; a few at once are what its limits by the minute
  // are made for, and people wait for their 👀.
  writeSpacingMs: 50,
  // 600 of the 900 points: the others are for reads.
  writesPerMinute: 120,
  contentPerMinute: 80,
  contentPerHour: 500,
  maxLimitWaitMs: 10_000,
  retryBaseMs: 1_000,
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Below 5, which is Bottleneck's default. */
const REACTION_PRIORITY = 1;
/** Asking for a token is no write of the installation's. */
const TOKENS = /\/app\/installations\/[^/]+\/access_tokens$/;

export interface Pacing {
  /** For plugin-throttling, keyed by installation. Writes have waited before they reach it. Content waits for its minute; beyond its hour it is refused at once (BottleneckError), for the ledger to plan again. */
  readonly groups: { readonly write: Bottleneck.Group; readonly notifications: Bottleneck.Group };
  /** Resolves when this write may go; reads go at once. */
  turn(
    limiterId: string,
    request: { readonly method: string; readonly url: string; readonly query?: unknown },
  ): Promise<void>;
}

export function createPacing(settings: PacingSettings): Pacing {
  const writes = new Bottleneck.Group({
    ...allowance(settings.writesPerMinute, MINUTE_MS),
    maxConcurrent: 1,
    minTime: settings.writeSpacingMs,
  });
  const hourly = new Bottleneck.Group({
    ...allowance(settings.contentPerHour, HOUR_MS),
    highWater: 0,
    strategy: Bottleneck.strategy.OVERFLOW,
    timeout: 2 * HOUR_MS,
  });
  const notifications = new Bottleneck.Group(allowance(settings.contentPerMinute, MINUTE_MS));
  notifications.on('created', (limiter: Bottleneck, key: string) => limiter.chain(hourly.key(key)));
  return {
    groups: { write: new Bottleneck.Group(), notifications },
    turn: async (limiterId, request) => {
      if (isRead(request) || TOKENS.test(request.url)) return;
      const options = request.url.endsWith('/reactions') ? { priority: REACTION_PRIORITY } : {};
      await writes.key(limiterId).schedule(options, () => Promise.resolve());
    },
  };
}

function allowance(requests: number, intervalMs: number): Bottleneck.ConstructorOptions {
  return { reservoir: requests, reservoirRefreshAmount: requests, reservoirRefreshInterval: intervalMs };
}
