/**
 * Asks GitHub again for deliveries that never reached the store. GitHub does not redeliver by itself, but keeps failed
 * deliveries for three days: https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
 */
import type { Octokit } from '@octokit/core';
import { z } from 'zod';
import { errorMessage } from '../../core/errors.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Store } from '../../core/store-ports.ts';
import { linkParameter } from '../github/link-header.ts';
import { REFUSED_FOR_GOOD } from './ingest.ts';

/** How long GitHub redelivers. */
const KEPT_MS = 3 * 24 * 60 * 60_000;
/** A redelivery that failed too is asked for again when the next look is due, and less and less often, in the end every hour. */
const ASK_AGAIN_MAX_MS = 60 * 60_000;
/** Looks overlap by more than that. */
const OVERLAP_MS = ASK_AGAIN_MAX_MS + 10 * 60_000;
const PAGES_MAX = 20;
const PER_PAGE = 100;
/** In one look: what the pacing of writes lets through in some eight minutes. What is left is asked for in a further look, at once. */
const REDELIVERIES_MAX = 1_000;

export interface RecoveryOptions {
  /** Speaks as the App (JWT). */
  readonly github: Pick<Octokit, 'request'>;
  readonly store: Pick<Store, 'deliveries'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly everyMs: number;
  /** The most in one look. */
  readonly redeliveriesMax?: number;
}

export interface Recovery {
  /** One look. `asked`: redeliveries requested; `left`: lost deliveries beyond this look's limit, for the next one. */
  look(): Promise<{ readonly asked: number; readonly left: number }>;
  /** Looks now and every `everyMs` until `signal` aborts. A look that fails is logged and made good by the next. */
  run(signal: AbortSignal): Promise<void>;
}

const deliverySchema = z.object({
  id: z.number(),
  guid: z.string(),
  delivered_at: z.iso.datetime({ offset: true }),
  status_code: z.number(),
});
type Listed = z.infer<typeof deliverySchema>;

/** A look, and what this process remembers: GitHub lists a redelivery only once it has tried it. */
interface Looking extends RecoveryOptions {
  /** By GUID: when it was asked for. */
  readonly askedAt: Map<string, number>;
}

export function createRecovery(options: RecoveryOptions): Recovery {
  let since = options.clock.now().getTime() - KEPT_MS;
  const looking: Looking = { ...options, askedAt: new Map() };
  const look = async () => {
    const startedAt = options.clock.now().getTime();
    forgetOld(looking.askedAt, startedAt);
    const { deliveries, whole } = await listSince(options, since);
    const lost = await lostOf(deliveries, startedAt, looking);
    const now = lost.slice(0, options.redeliveriesMax ?? REDELIVERIES_MAX);
    const asked = await redeliver(now, looking);
    const left = lost.length - asked;
    // What was not reached or not asked for must be seen again.
    if (whole && left === 0) since = startedAt - OVERLAP_MS;
    if (asked > 0 || left > 0) options.log.warn({ asked, left }, 'lost deliveries were asked for again');
    return { asked, left, more: lost.length > now.length && asked > 0 };
  };
  return {
    look: async () => {
      const { asked, left } = await look();
      return { asked, left };
    },
    run: async (signal) => {
      while (!signal.aborted) {
        const { more } = await look().catch((error: unknown) => {
          options.log.warn({ error: errorMessage(error) }, 'lost deliveries could not be looked for');
          return { more: false };
        });
        if (!more) await options.clock.sleep(options.everyMs, signal);
      }
    },
  };
}

function forgetOld(askedAt: Map<string, number>, now: number): void {
  for (const [guid, at] of askedAt) if (now - at > ASK_AGAIN_MAX_MS) askedAt.delete(guid);
}

/** `attempts`: how often it was tried, the first time included. Half of the interval, so that what failed during one look is due in the next. */
function askAgainAfterMs(attempts: number, { everyMs }: RecoveryOptions): number {
  return attempts < 2 ? 0 : Math.min((everyMs / 2) * 2 ** (attempts - 2), ASK_AGAIN_MAX_MS);
}

/** Newest first, as GitHub lists them. `whole` is false when the limit of pages came first. */
async function listSince({ github }: RecoveryOptions, since: number) {
  const deliveries: Listed[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await github.request('GET /app/hook/deliveries', {
      per_page: PER_PAGE,
      ...(cursor === null ? {} : { cursor }),
    });
    const listed = z.array(deliverySchema).parse(answer.data);
    deliveries.push(...listed.filter((found) => Date.parse(found.delivered_at) >= since));
    cursor = linkParameter(answer.headers.link, 'next', 'cursor');
    const last = listed.at(-1);
    const reachedEnd = cursor === null || last === undefined || Date.parse(last.delivered_at) < since;
    if (reachedEnd) return { deliveries, whole: true };
  }
  return { deliveries, whole: false };
}

/**
 * The newest attempt of each GUID that never succeeded, was not refused for good, was not asked for again just now, and that the store does not hold.
 * One that GitHub saw answered 2xx is not asked for even when the store lacks it: a new database is to start empty.
 */
async function lostOf(
  deliveries: readonly Listed[],
  now: number,
  looking: Looking,
): Promise<readonly Listed[]> {
  const { store, askedAt, everyMs } = looking;
  const byGuid = new Map<string, Listed[]>();
  for (const found of deliveries) byGuid.set(found.guid, [...(byGuid.get(found.guid) ?? []), found]);
  const lost: Listed[] = [];
  for (const [guid, attempts] of byGuid) {
    const newest = attempts.reduce((a, b) =>
      Date.parse(a.delivered_at) >= Date.parse(b.delivered_at) ? a : b,
    );
    const succeeded = attempts.some(({ status_code: status }) => status >= 200 && status < 300);
    const triedLately = now - Date.parse(newest.delivered_at) < askAgainAfterMs(attempts.length, looking);
    const askedLately = triedLately || now - (askedAt.get(guid) ?? Number.NEGATIVE_INFINITY) < everyMs / 2;
    const refused = newest.status_code === REFUSED_FOR_GOOD;
    if (succeeded || refused || askedLately || (await store.deliveries.get(guid)) !== null) continue;
    lost.push(newest);
  }
  return lost;
}

/** Oldest first, so that they come in the order in which they happened. */
async function redeliver(lost: readonly Listed[], { github, log, clock, askedAt }: Looking): Promise<number> {
  let asked = 0;
  for (const { id, guid } of [...lost].reverse()) {
    try {
      await github.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id });
      askedAt.set(guid, clock.now().getTime());
      asked += 1;
    } catch (error) {
      log.warn({ guid, error: errorMessage(error) }, 'a redelivery was refused');
    }
  }
  return asked;
}
