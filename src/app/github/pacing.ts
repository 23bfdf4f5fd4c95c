/**
 * How fast one process writes to one installation. GitHub allows 900 points a minute (a write costs 5), and 80
 * content-creating requests a minute and 500 an hour (docs.github.com, Rate limits for the REST API).
 */
import Bottleneck from 'bottleneck';

export interface PacingSettings {
  /** Least time between two writes. */
  readonly writeSpacingMs: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** A read that meets a rate limit waits for it at most this long; writes go back to the ledger at once. */
  readonly maxLimitWaitMs: number;
  /** Of the reads that are tried again: waits 1, 4, 9 … times this. */
  readonly retryBaseMs: number;
}

export const GITHUB_PACING: PacingSettings = {
  // 900 points a minute, and a write costs 5.
  writeSpacingMs: 350,
  contentPerMinute: 80,
  contentPerHour: 500,
  maxLimitWaitMs: 10_000,
  retryBaseMs: 1_000,
};

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Groups for plugin-throttling, keyed by installation. Content waits for its minute; beyond its hour it is refused at once (BottleneckError), for the ledger to plan again. */
export function createPacing(settings: PacingSettings): {
  write: Bottleneck.Group;
  notifications: Bottleneck.Group;
} {
  const write = new Bottleneck.Group({ maxConcurrent: 1, minTime: settings.writeSpacingMs });
  const hourly = new Bottleneck.Group({
    ...allowance(settings.contentPerHour, HOUR_MS),
    highWater: 0,
    strategy: Bottleneck.strategy.OVERFLOW,
    timeout: 2 * HOUR_MS,
  });
  const notifications = new Bottleneck.Group(allowance(settings.contentPerMinute, MINUTE_MS));
  notifications.on('created', (limiter: Bottleneck, key: string) => limiter.chain(hourly.key(key)));
  return { write, notifications };
}

function allowance(requests: number, intervalMs: number): Bottleneck.ConstructorOptions {
  return { reservoir: requests, reservoirRefreshAmount: requests, reservoirRefreshInterval: intervalMs };
}
