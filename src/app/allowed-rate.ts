/** How often something may be asked for in a minute, in one process: for what costs something. */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const MINUTE_SECONDS = 60;

/** Answers null when `key` may have it now, or the seconds until it may. Keys are forgotten after their minute. */
export type AllowedRate = (key: string) => Promise<number | null>;

export function allowedRate(perMinute: number): AllowedRate {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: MINUTE_SECONDS });
  return async (key) => {
    try {
      await limiter.consume(key);
      return null;
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
    }
  };
}
