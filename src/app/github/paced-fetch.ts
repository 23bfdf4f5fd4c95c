/**
 * A fetch that keeps GitHub's limits together with all other processes of the crew: a write is sent when it has a place, and
 * nothing is sent while GitHub wants to be left alone. What may not be sent is answered here as GitHub would: 429, with the time to
 * wait, and without a doubt whether it happened.
 */

import { errorMessage } from '../../core/errors.ts';
import type { GitHubAllowances } from '../../core/github-ports.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Fetch } from './bounded-fetch.ts';
import { graphErrorIn } from './graph-error.ts';
import { isGraphQL, isRead } from './is-read.ts';
import { isContent, limitsFor, needsPlace, type PacingSettings } from './pacing.ts';
import type { Pauses } from './pauses.ts';
import { isPaused, limitWaitMs, NotSentError } from './refusal.ts';

/** Reads that met a limit. */
const SENDINGS_MAX = 3;
/** A place whose turn was so long ago may be another's by now. */
const LATE_MS = 5_000;

export interface PacedOptions {
  readonly allowances: GitHubAllowances;
  readonly pauses: Pauses;
  /** Whose limits they are. */
  readonly account: string;
  readonly settings: PacingSettings;
  /** Of a request, once it has been sent. */
  readonly writeTimeoutMs: number;
  /** What has begun to write goes on as long as it may. */
  readonly startBefore: Date | null;
  readonly clock: Clock;
  readonly log: Log;
}

type Request = ReturnType<typeof requestOf>;

export function pacedFetch(send: Fetch, options: PacedOptions): Fetch {
  let begun = false;
  return async (input, init) => {
    const request = requestOf(input, init);
    for (let sending = 1; ; sending += 1) {
      const turn = await notSentUnless(() => turnOf(request, options, begun));
      if ('refusedMs' in turn) return tooSoon(turn.refusedMs);
      begun ||= turn.place !== null;
      const response = await sent(() => send(input, init), turn, options);
      // It was about to be written when another was refused.
      if (response === null) continue;
      const waitMs = await limitIn(response, request, options);
      if (waitMs === null) return response;
      options.pauses.begin(options.account, waitMs);
      await keep(options, 'the wish of GitHub to be left alone', () =>
        options.allowances.pause(options.account, waitMs),
      );
      if (!request.isRead || sending >= SENDINGS_MAX || waitMs > options.settings.maxLimitWaitMs)
        return response;
    }
  };
}

type Turn = { readonly place: string | null; readonly untilMs: number };

/** Waits for its turn. Asks again afterwards whether GitHub wants to be left alone: it may have said so meanwhile. */
async function turnOf(
  request: Request,
  options: PacedOptions,
  begun: boolean,
): Promise<Turn | { readonly refusedMs: number }> {
  const { allowances, pauses, account, clock } = options;
  const patience = patienceOf(request, options, begun);
  const startedMs = clock.now().getTime();
  let place: string | null = null;
  for (;;) {
    const patienceMs = Math.max(0, patience - (clock.now().getTime() - startedMs));
    if (request.needsPlace && place === null) {
      const had = await allowances.take(account, { ...request.wish(options), patienceMs });
      if (had.id === null) return { refusedMs: had.waitMs };
      place = had.id;
      if (had.waitMs === 0 && pauses.leftMs(account) === 0) return turnNow(place, clock);
      await clock.sleep(had.waitMs);
    }
    const pausedMs = Math.max(await allowances.pausedMs(account), pauses.leftMs(account));
    if (pausedMs === 0) return turnNow(place, clock);
    if (place !== null) await allowances.over(place, false);
    place = null;
    if (pausedMs > patienceMs) return { refusedMs: pausedMs };
    await clock.sleep(pausedMs);
  }
}

function turnNow(place: string | null, clock: Clock): Turn {
  return { place, untilMs: clock.now().getTime() + LATE_MS };
}

function patienceOf(
  request: Request,
  { settings, startBefore, clock }: PacedOptions,
  begun: boolean,
): number {
  const leftMs =
    startBefore === null ? Number.POSITIVE_INFINITY : startBefore.getTime() - clock.now().getTime();
  if (!request.needsPlace) return Math.min(settings.maxLimitWaitMs, leftMs);
  // One that was begun is not worth less than others: given up half-way it would only begin again.
  return begun && startBefore !== null ? leftMs : Math.min(settings.maxPlaceWaitMs, leftMs);
}

/** Null: GitHub asked to be left alone before it was written. */
async function sent(
  send: () => Promise<Response>,
  turn: Turn,
  options: PacedOptions,
): Promise<Response | null> {
  let left = false;
  try {
    if (options.clock.now().getTime() > turn.untilMs) throw new NotSentError('its turn was too long ago');
    left = true;
    return await send();
  } catch (error) {
    const paused = isPaused(error);
    left &&= !(paused || error instanceof NotSentError);
    if (paused) return null;
    throw error;
  } finally {
    const { place } = turn;
    if (place !== null)
      await keep(options, 'the end of a request', () => options.allowances.over(place, left));
  }
}

/** Left unknown, a place counts for longer than it must: no reason to lose an answer. */
async function keep({ log, account }: PacedOptions, what: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    log.warn({ account, error: errorMessage(error) }, `${what} could not be kept`);
  }
}

/** How long GitHub wants to be left alone; null: it does not. */
async function limitIn(
  response: Response,
  request: Request,
  { clock }: PacedOptions,
): Promise<number | null> {
  const refuses = response.status === 403 || response.status === 429;
  if (!refuses && !request.isGraphQL) return null;
  const headers = Object.fromEntries(response.headers);
  const data: unknown = await response
    .clone()
    .json()
    .catch(() => null);
  const answer = refuses
    ? { status: response.status, headers, message: messageIn(data) }
    : graphErrorIn({ headers, data });
  return answer === null ? null : limitWaitMs({ ...answer, message: answer.message, headers }, clock.now());
}

function messageIn(data: unknown): string {
  return typeof data === 'object' && data !== null && 'message' in data ? String(data.message) : '';
}

async function notSentUnless<T>(asking: () => Promise<T>): Promise<T> {
  try {
    return await asking();
  } catch (error) {
    throw new NotSentError(errorMessage(error), { cause: error });
  }
}

function tooSoon(waitMs: number): Response {
  return Response.json(
    { message: 'not asked, for its limits leave no place just now' },
    { status: 429, headers: { 'retry-after': String(waitMs / 1000) } },
  );
}

function requestOf(input: Parameters<Fetch>[0], init: Parameters<Fetch>[1]) {
  const method = init?.method ?? 'GET';
  const url = input instanceof Request ? input.url : String(input);
  const asked = { method, url, query: queryIn({ method, url }, init?.body) };
  return {
    isRead: isRead(asked),
    isGraphQL: isGraphQL(asked),
    needsPlace: needsPlace(asked),
    wish: ({ settings, writeTimeoutMs }: PacedOptions) => ({
      content: isContent(asked),
      limits: limitsFor(asked, settings, writeTimeoutMs + LATE_MS),
    }),
  };
}

function queryIn(request: { readonly method: string; readonly url: string }, body: unknown): unknown {
  if (!isGraphQL(request) || typeof body !== 'string') return undefined;
  const parsed: unknown = JSON.parse(body);
  return typeof parsed === 'object' && parsed !== null && 'query' in parsed ? parsed.query : undefined;
}
