// GitHub's rate limits: the primary one per hour, and the secondary one on content-creating requests per minute and hour.
import { GitHubError } from './world.ts';

export interface RateLimits {
  readonly perHour: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  readonly retryAfterSeconds: number;
}

export const defaultRateLimits: RateLimits = {
  perHour: 5_000,
  contentPerMinute: 80,
  contentPerHour: 500,
  retryAfterSeconds: 60,
};

const hourMs = 3_600_000;
const minuteMs = 60_000;
const contentPath =
  /^\/repos\/[^/]+\/[^/]+\/(issues|pulls)(\/\d+\/(comments|reviews|reactions)(\/\d+\/(replies|events))?)?$/;

interface Window {
  startMs: number;
  used: number;
}

export class Limits {
  readonly #limits: RateLimits;
  readonly #clock: () => Date;
  readonly #windows = new Map<string, Window>();
  readonly #content = new Map<string, number[]>();

  constructor(limits: RateLimits, clock: () => Date) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Counts a request, or throws the refusal GitHub would answer with. */
  count(key: string, method: string, path: string): void {
    const window = this.#window(key);
    if (window.used >= this.#limits.perHour) {
      throw new GitHubError(403, 'API rate limit exceeded for installation.', undefined, this.headers(key));
    }
    window.used += 1;
    if (method === 'POST' && contentPath.test(path)) this.#countContent(key);
  }

  /** A 304 costs nothing. */
  giveBack(key: string): void {
    this.#window(key).used -= 1;
  }

  headers(key: string): Record<string, string> {
    const { limit, remaining, used, reset } = this.overview(key);
    return {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(remaining),
      'x-ratelimit-used': String(used),
      'x-ratelimit-reset': String(reset),
      'x-ratelimit-resource': 'core',
    };
  }

  overview(key: string): { limit: number; remaining: number; used: number; reset: number } {
    const window = this.#window(key);
    return {
      limit: this.#limits.perHour,
      remaining: this.#limits.perHour - window.used,
      used: window.used,
      reset: Math.ceil((window.startMs + hourMs) / 1000),
    };
  }

  #window(key: string): Window {
    const nowMs = this.#clock().getTime();
    const known = this.#windows.get(key);
    if (known && nowMs < known.startMs + hourMs) return known;
    const fresh = { startMs: nowMs, used: 0 };
    this.#windows.set(key, fresh);
    return fresh;
  }

  #countContent(key: string): void {
    const nowMs = this.#clock().getTime();
    const times = (this.#content.get(key) ?? []).filter((at) => at > nowMs - hourMs);
    const lastMinute = times.filter((at) => at > nowMs - minuteMs).length;
    if (lastMinute >= this.#limits.contentPerMinute || times.length >= this.#limits.contentPerHour) {
      this.#content.set(key, times);
      throw new GitHubError(
        403,
        'You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.',
        undefined,
        { ...this.headers(key), 'retry-after': String(this.#limits.retryAfterSeconds) },
      );
    }
    this.#content.set(key, [...times, nowMs]);
  }
}
