/**
 * Sees every request that reaches GitHub, and holds it against what GitHub forbade: each account by itself, in the times of a clock
 * that the trial may move on.
 */
import type { GitHub } from '../../../demo/github/github.ts';
import type { WatchedRequest } from '../../../demo/github/world.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** What people are told of. */
const CONTENT =
  /^\/repos\/[^/]+\/[^/]+\/(?:issues|pulls)(?:\/(?:comments\/)?\d+\/(?:comments|reviews|reactions))?$/;

export interface LimitsWatch {
  /** Requests of the API and GraphQL; git is under no such limit. */
  requests(): number;
  refusals(): number;
  /** That GitHub's own count refused, beside those that the trial had it refuse. */
  overLimit(): number;
  /**
   * Came after a refusal, before its word can have reached the process that sent them: all, the most of any one refusal and
   * those after it, and how long after it the last came.
   */
  onTheirWay(): { readonly requests: number; readonly mostOfOne: number; readonly latestMs: number };
  /** Came while GitHub wanted to be left alone. */
  intruders(): readonly string[];
  /** All that came and counts as content. */
  content(): number;
  /** Most content that came in any minute and in any hour. */
  mostInMinute(): number;
  mostInHour(): number;
  stop(): void;
}

export interface WatchWish {
  readonly nowMs: () => number;
  /** How long the word of a refusal may take to the process that was refused, and to the others. */
  readonly graceMs: { readonly refused: number; readonly others: number };
  /** What GitHub's own count has those wait that it refuses, told apart from faults by it. */
  readonly ownRetryAfterSeconds: number;
}

interface Pause {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Since when each process knows by its own answer. */
  readonly toldMs: Map<string, number>;
  /** What was on its way when it began. */
  readonly late: { requests: number };
}

export function watchLimits(
  github: GitHub,
  { nowMs, graceMs, ownRetryAfterSeconds }: WatchWish,
): LimitsWatch {
  const closed = new Map<string, Pause>();
  const contentAt = new Map<string, number[]>();
  const intruders: string[] = [];
  const counts = { requests: 0, refusals: 0, overLimit: 0, onTheirWay: 0, mostOfOne: 0, latestMs: 0 };

  const arrived = (account: string, { method, path, host }: WatchedRequest): void => {
    const now = nowMs();
    counts.requests += 1;
    const pause = closed.get(account);
    if (pause !== undefined && now < pause.untilMs) {
      const toldMs = pause.toldMs.get(host);
      const sinceMs = now - (toldMs ?? pause.fromMs);
      if (sinceMs < (toldMs === undefined ? graceMs.others : graceMs.refused)) {
        counts.onTheirWay += 1;
        pause.late.requests += 1;
        counts.mostOfOne = Math.max(counts.mostOfOne, pause.late.requests);
        counts.latestMs = Math.max(counts.latestMs, sinceMs);
      } else {
        const who = toldMs === undefined ? 'another process' : 'it';
        const ms = pause.untilMs - pause.fromMs;
        intruders.push(`${method} ${path}, ${sinceMs} ms after ${who} was told to wait ${ms}`);
      }
    }
    if (method !== 'POST' || !CONTENT.test(path)) return;
    contentAt.set(account, [...(contentAt.get(account) ?? []), now]);
  };
  const answered = (
    account: string,
    { host }: WatchedRequest,
    status: number,
    headers: Readonly<Record<string, string>>,
  ): void => {
    const seconds = headers['retry-after'];
    if ((status !== 403 && status !== 429) || seconds === undefined) return;
    counts.refusals += 1;
    if (Number(seconds) === ownRetryAfterSeconds) counts.overLimit += 1;
    const now = nowMs();
    const before = closed.get(account);
    const untilMs = Math.max(before?.untilMs ?? 0, now + Number(seconds) * 1000);
    // Told again while it was told already: the first word counts.
    const isOn = before !== undefined && before.untilMs > now;
    const { fromMs, toldMs, late } = isOn
      ? before
      : { fromMs: now, toldMs: new Map<string, number>(), late: { requests: 0 } };
    if (!toldMs.has(host)) toldMs.set(host, now);
    closed.set(account, { fromMs, untilMs, toldMs, late });
  };
  const stop = github.watch((request, status, headers) => {
    const account = accountOf(github, request);
    if (account === null) return;
    if (status === null) arrived(account, request);
    else answered(account, request, status, headers);
  });
  const most = (spanMs: number): number =>
    Math.max(0, ...[...contentAt.values()].map((times) => mostWithin(times, spanMs)));
  return {
    requests: () => counts.requests,
    refusals: () => counts.refusals,
    overLimit: () => counts.overLimit,
    onTheirWay: () => ({
      requests: counts.onTheirWay,
      mostOfOne: counts.mostOfOne,
      latestMs: counts.latestMs,
    }),
    intruders: () => intruders,
    content: () => [...contentAt.values()].flat().length,
    mostInMinute: () => most(MINUTE_MS),
    mostInHour: () => most(HOUR_MS),
    stop,
  };
}

/** Null for git. */
function accountOf(github: GitHub, { path, authorization }: WatchedRequest): string | null {
  if (path.includes('.git/')) return null;
  const [, token = ''] = (authorization ?? '').split(' ');
  const known = github.tokens().find((one) => one.token === token);
  return known === undefined ? 'app' : `installation-${known.installation}`;
}

/** Times in their order. */
function mostWithin(times: readonly number[], spanMs: number): number {
  let from = 0;
  return times.reduce((most, time, at) => {
    while ((times[from] ?? time) <= time - spanMs) from += 1;
    return Math.max(most, at - from + 1);
  }, 0);
}
