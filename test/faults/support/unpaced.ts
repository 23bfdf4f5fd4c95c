/** For what is not about GitHub's pace: a crew that keeps to none, and a GitHub that asks for none. `github-limits` is about it. */
import type { RateLimits } from '../../../demo/github/limits.ts';

/** What the local GitHub allows. */
export const NO_LIMITS: Partial<RateLimits> = {
  perHour: 1_000_000,
  contentPerMinute: 100_000,
  contentPerHour: 1_000_000,
};

/** What the crew takes GitHub to allow. */
export const UNPACED = {
  CREW_GITHUB_CONTENT_PER_MINUTE: '100000',
  CREW_GITHUB_CONTENT_PER_HOUR: '100000',
} as const;
