/**
 * How fast the crew asks GitHub. GitHub allows 900 points a minute (a write costs 5), and 80 content-creating requests a minute
 * and 500 an hour (docs.github.com, Rate limits for the REST API), to an installation, however many processes speak for it: they
 * count together, in `GitHubAllowances`.
 */
import type { AllowanceLimits, GitHubAllowances } from '../../core/github-ports.ts';
import type { Clock } from '../../core/ports.ts';
import { isRead } from './is-read.ts';

export interface PacingSettings {
  /** Least time between two writes. */
  readonly writeSpacingMs: number;
  readonly writesPerMinute: number;
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** A read that meets a limit waits for it at most this long. */
  readonly maxLimitWaitMs: number;
  /** A write that finds no place waits at most this long, then goes back to the ledger: others may need those hands. */
  readonly maxPlaceWaitMs: number;
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
  maxPlaceWaitMs: 2_000,
  retryBaseMs: 1_000,
};

/** With the limits on content that an operator set: content is written, so that more of it is more writes. */
export function pacingWith(
  content: Pick<PacingSettings, 'contentPerMinute' | 'contentPerHour'>,
): PacingSettings {
  const writesPerMinute = Math.max(GITHUB_PACING.writesPerMinute, content.contentPerMinute);
  return { ...GITHUB_PACING, ...content, writesPerMinute };
}

/** So many places of a minute are for reactions alone: whoever asks for something sees soon that it was heard. */
const KEPT_FOR_REACTIONS = 5;
/** And no more than this part of them. */
const KEPT_SHARE = 0.1;
/** Asking for a token is no write of the installation's. */
const TOKENS = /\/app\/installations\/[^/]+\/access_tokens$/;
const BELOW_REPOSITORY = /\/repos\/[^/]+\/[^/]+\/(?:issues|pulls)(?:\/.*)?$/;
/** What sorts and tells nobody. */
const SORTING = /\/(?:labels|assignees)$/;

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly query?: unknown;
}

export function needsPlace(request: Asked): boolean {
  return !isRead(request) && !TOKENS.test(request.url);
}

/** GitHub names no list of what it counts as content: this is what makes something that people are shown or told of. */
export function isContent({ method, url }: Asked): boolean {
  return method === 'POST' && BELOW_REPOSITORY.test(url) && !SORTING.test(url);
}

export function limitsFor({ url }: Asked, settings: PacingSettings, flightMs: number): AllowanceLimits {
  const { writesPerMinute, contentPerMinute, contentPerHour, writeSpacingMs: spacingMs } = settings;
  const kept = url.endsWith('/reactions')
    ? 0
    : Math.min(KEPT_FOR_REACTIONS, Math.floor(contentPerMinute * KEPT_SHARE));
  return {
    writesPerMinute,
    contentPerMinute: contentPerMinute - kept,
    contentPerHour,
    spacingMs,
    flightMs,
  };
}

/** For a process that asks little and shares its account with none: it keeps the pauses that GitHub wants, and counts nothing. */
export function uncounted(clock: Pick<Clock, 'now'>): GitHubAllowances {
  const pauses = new Map<string, number>();
  const nowMs = () => clock.now().getTime();
  return {
    take: async (account) => ({ id: account, waitMs: Math.max(0, (pauses.get(account) ?? 0) - nowMs()) }),
    over: async () => {},
    pause: async (account, ms) => {
      pauses.set(account, Math.max(pauses.get(account) ?? 0, nowMs() + ms));
    },
    pausedMs: async (account) => Math.max(0, (pauses.get(account) ?? 0) - nowMs()),
  };
}
