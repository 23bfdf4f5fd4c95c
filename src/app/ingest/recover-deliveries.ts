/**
 * Asks GitHub again for deliveries that never reached the store. GitHub does not redeliver by itself, but keeps failed
 * deliveries for three days: https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
 */
import type { Octokit } from '@octokit/core';
import { z } from 'zod';
import { errorMessage } from '../../core/errors.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Store } from '../../core/store-ports.ts';
import { REFUSED_FOR_GOOD } from './ingest.ts';

const LOOK_EVERY_MS = 5 * 60_000;
/** How long GitHub redelivers. */
const KEPT_MS = 3 * 24 * 60 * 60_000;
const ASK_AGAIN_AFTER_MS = 60 * 60_000;
/** Looks overlap by more than that, so that a redelivery which failed too is seen again. */
const OVERLAP_MS = ASK_AGAIN_AFTER_MS + 2 * LOOK_EVERY_MS;
const PAGES_MAX = 20;
const PER_PAGE = 100;
const REDELIVERIES_MAX = 50;

export interface RecoveryOptions {
  /** Speaks as the App (JWT). */
  readonly github: Pick<Octokit, 'request'>;
  readonly store: Pick<Store, 'deliveries'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Recovery {
  /** One look. `asked`: redeliveries requested; `left`: lost deliveries beyond this look's limit, for the next one. */
  look(): Promise<{ readonly asked: number; readonly left: number }>;
  /** Looks now and every five minutes until `signal` aborts. A look that fails is logged and made good by the next. */
  run(signal: AbortSignal): Promise<void>;
}

const deliverySchema = z.object({
  id: z.number(),
  guid: z.string(),
  delivered_at: z.iso.datetime({ offset: true }),
  status_code: z.number(),
});
type Listed = z.infer<typeof deliverySchema>;

export function createRecovery(options: RecoveryOptions): Recovery {
  let since = options.clock.now().getTime() - KEPT_MS;
  const look = async () => {
    const startedAt = options.clock.now().getTime();
    const { deliveries, whole } = await listSince(options, since);
    const lost = await lostOf(deliveries, startedAt, options);
    const asked = await redeliver(lost.slice(0, REDELIVERIES_MAX), options);
    const left = lost.length - asked;
    // What was not reached or not asked for must be seen again.
    if (whole && left === 0) since = startedAt - OVERLAP_MS;
    if (asked > 0 || left > 0) options.log.warn({ asked, left }, 'lost deliveries were asked for again');
    return { asked, left };
  };
  return {
    look,
    run: async (signal) => {
      while (!signal.aborted) {
        await look().catch((error: unknown) => {
          options.log.warn({ error: errorMessage(error) }, 'lost deliveries could not be looked for');
        });
        await options.clock.sleep(LOOK_EVERY_MS, signal);
      }
    },
  };
}

/** Newest first, as GitHub lists them. `whole` is false when the limit of pages came first. */
async function listSince({ github }: RecoveryOptions, since: number) {
  const deliveries: Listed[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await github.request('GET /app/hook/deliveries', {
      per_page: PER_PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    const listed = z.array(deliverySchema).parse(answer.data);
    deliveries.push(...listed.filter((found) => Date.parse(found.delivered_at) >= since));
    cursor = nextCursor(answer.headers.link);
    const last = listed.at(-1);
    const reachedEnd = cursor === undefined || last === undefined || Date.parse(last.delivered_at) < since;
    if (reachedEnd) return { deliveries, whole: true };
  }
  return { deliveries, whole: false };
}

function nextCursor(link: string | undefined): string | undefined {
  const next = /<([^>]+)>;\s*rel="next"/.exec(link ?? '')?.[1];
  return next === undefined ? undefined : (new URL(next).searchParams.get('cursor') ?? undefined);
}

/**
 * The newest attempt of each GUID that never succeeded, was not refused for good, was not tried within the hour, and that the store does not hold.
 * One that GitHub saw answered 2xx is not asked for even when the store lacks it: a new database is to start empty.
 */
async function lostOf(
  deliveries: readonly Listed[],
  now: number,
  { store }: RecoveryOptions,
): Promise<readonly Listed[]> {
  const byGuid = new Map<string, Listed[]>();
  for (const found of deliveries) byGuid.set(found.guid, [...(byGuid.get(found.guid) ?? []), found]);
  const lost: Listed[] = [];
  for (const [guid, attempts] of byGuid) {
    const newest = attempts.reduce((a, b) =>
      Date.parse(a.delivered_at) >= Date.parse(b.delivered_at) ? a : b,
    );
    const succeeded = attempts.some(({ status_code: status }) => status >= 200 && status < 300);
    // The first attempt does not count as having been asked for again.
    const askedLately = attempts.length > 1 && now - Date.parse(newest.delivered_at) < ASK_AGAIN_AFTER_MS;
    const refused = newest.status_code === REFUSED_FOR_GOOD;
    if (succeeded || refused || askedLately || (await store.deliveries.get(guid)) !== null) continue;
    lost.push(newest);
  }
  return lost;
}

/** Oldest first, so that they come in the order in which they happened. */
async function redeliver(lost: readonly Listed[], { github, log }: RecoveryOptions): Promise<number> {
  let asked = 0;
  for (const { id, guid } of [...lost].reverse()) {
    try {
      await github.request('POST /app/hook/deliveries/{delivery_id}/attempts', { delivery_id: id });
      asked += 1;
    } catch (error) {
      log.warn({ guid, error: errorMessage(error) }, 'a redelivery was refused');
    }
  }
  return asked;
}
