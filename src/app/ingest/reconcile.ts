/**
 * Makes good what no webhook told and GitHub cannot deliver again: older than it keeps, dropped, or lost with a database that
 * was brought back from a copy. Now and then it looks at the issues and pull requests that changed since the last look,
 * and has a webhook that should have come decided upon as if it had (`core/reconcile`). A late one finds its work done.
 */
import { labelKey } from '../../core/decide/label-requests.ts';
import { markKey } from '../../core/decide/requests.ts';
import { errorMessage } from '../../core/errors.ts';
import type { Clock, Doorbell, Log } from '../../core/ports.ts';
import { findOwed } from '../../core/reconcile/owed.ts';
import { owedDelivery } from '../../core/reconcile/owed-delivery.ts';
import type { Known, ListedItem, Owed, PullHead } from '../../core/reconcile/standing-items.ts';
import type { Repository } from '../../core/records.ts';
import type { Store } from '../../core/store-ports.ts';
import { ITEMS_PER_PAGE, type ItemLister } from '../github/list-changed.ts';

/** GitHub's lists may lag behind: what was updated so many intervals before the newest that was seen is looked at again. */
const OVERLAP = 2;
/** Of one repository in one look; the next goes on where it ended. */
const PAGES_MAX = 20;
/** Items that need not be considered again as they are. */
const REMEMBERED_MAX = 10_000;
/** A look asks for what it lacks: the head, and what happened. */
const QUESTIONS_MAX = 3;
const HEARD_WITHIN_SECONDS = 5;

export interface ReconciliationOptions {
  readonly lister: ItemLister;
  /** How a pull request stands; null when it is not there. */
  readonly head: (repository: Repository, number: number) => Promise<PullHead | null>;
  readonly store: Pick<Store, 'deliveries' | 'effects' | 'repositories' | 'tasks'>;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  readonly roles: readonly string[];
  /** Login of our own App. */
  readonly self: () => Promise<string>;
  readonly everyMs: number;
}

export interface Reconciliation {
  /** One look at all repositories; answers how many webhooks were owed. */
  look(): Promise<number>;
  /** Looks every `everyMs` until `signal` aborts, first when webhooks had a fifth of that to come by themselves. */
  run(signal: AbortSignal): Promise<void>;
}

interface Looking extends ReconciliationOptions {
  /** By item: the update that was considered. */
  readonly considered: Map<string, string>;
}

export function createReconciliation(options: ReconciliationOptions): Reconciliation {
  const looking: Looking = { ...options, considered: new Map() };
  const look = async (): Promise<number> => {
    let found = 0;
    for (const repository of await options.store.repositories.list()) {
      try {
        found += await lookAt(repository, looking);
      } catch (error) {
        const { owner, name } = repository;
        const fields = { repository: `${owner}/${name}`, error: errorMessage(error) };
        options.log.warn(fields, 'a repository could not be looked at for what no webhook told');
      }
    }
    return found;
  };
  return {
    look,
    run: async (signal) => {
      await options.clock.sleep(graceMs(options), signal);
      while (!signal.aborted) {
        await look().catch((error: unknown) => {
          options.log.warn({ error: errorMessage(error) }, 'what no webhook told could not be looked for');
        });
        await options.clock.sleep(options.everyMs, signal);
      }
    },
  };
}

/** What changed less long ago is left to its webhooks. */
function graceMs({ everyMs }: Pick<ReconciliationOptions, 'everyMs'>): number {
  return everyMs / 5;
}

async function lookAt(repository: Repository, looking: Looking): Promise<number> {
  const { store, clock, lister } = looking;
  const until = clock.now().getTime() - graceMs(looking);
  const lookedUntil = await store.repositories.lookedUntil(repository.id);
  if (lookedUntil === null) return 0;
  const since = new Date(Date.parse(lookedUntil) - OVERLAP * looking.everyMs).toISOString();
  let found = 0;
  for (let at = { since, page: 1 }, pages = 0; pages < PAGES_MAX; pages += 1) {
    const items = await lister.changed(repository, at.since, at.page);
    const due = items.filter(({ updatedAt }) => Date.parse(updatedAt) <= until);
    for (const item of due) found += await consider(repository, item, since, looking);
    const last = due.at(-1);
    if (last === undefined) break;
    if (Date.parse(last.updatedAt) > Date.parse(lookedUntil)) {
      await store.repositories.looked(repository.id, last.updatedAt);
    }
    if (due.length < ITEMS_PER_PAGE) break;
    // By time: items that are updated meanwhile leave their page, and others would move up unseen.
    at = last.updatedAt === at.since ? { ...at, page: at.page + 1 } : { since: last.updatedAt, page: 1 };
  }
  return found;
}

async function consider(
  repository: Repository,
  item: ListedItem,
  since: string,
  looking: Looking,
): Promise<number> {
  const { considered, store, doorbell, log } = looking;
  const name = `${repository.id}/${item.number}`;
  if (considered.get(name) === item.updatedAt) return 0;
  const { known, owed } = await findOut(repository, item, since, looking);
  let found = 0;
  for (const one of owed) {
    if (await wasHeard(known, one, looking)) continue;
    const delivery = owedDelivery(known, one);
    if (!(await store.deliveries.add(delivery))) continue;
    found += 1;
    log.info(
      { guid: delivery.guid, repository: delivery.repository, number: item.number, action: one.action },
      'no task shows that its webhook came: it is decided upon',
    );
    await doorbell.ring([{ step: 'dispatch', guid: delivery.guid }]);
  }
  considered.delete(name);
  considered.set(name, item.updatedAt);
  const [oldest] = considered.keys();
  if (oldest !== undefined && considered.size > REMEMBERED_MAX) considered.delete(oldest);
  return found;
}

/** The webhook of a label tells the time of its issue, which may have changed again by then: its mark stands under a time shortly after. */
async function wasHeard(
  { repository, item }: Known,
  { label, at }: Owed,
  { store }: Looking,
): Promise<boolean> {
  if (label === undefined || at === null) return false;
  const times = Array.from(
    { length: HEARD_WITHIN_SECONDS + 1 },
    (_, later) => Date.parse(at) + later * 1_000,
  );
  const marks = await Promise.all(
    times.map((ms) => {
      const updatedAt = new Date(ms).toISOString().replace('.000Z', 'Z');
      return store.effects.byKey(markKey(labelKey(repository, item.number, label, updatedAt)));
    }),
  );
  return marks.some((mark) => mark !== null);
}

/** What it costs requests to know is asked only where it makes a difference. */
async function findOut(
  repository: Repository,
  item: ListedItem,
  since: string,
  { lister, head, store, roles, self }: Looking,
): Promise<{ readonly known: Known; readonly owed: readonly Owed[] }> {
  const tasks = await store.tasks.onSubject(repository.id, item.number);
  let known: Known = { repository, item, tasks, roles, self: await self(), since };
  for (let asked = 0; asked < QUESTIONS_MAX; asked += 1) {
    const finding = findOwed(known);
    if (finding.kind === 'owed') return { known, owed: finding.owed };
    if (finding.what === 'history') {
      known = { ...known, history: await lister.history(repository, item.number) };
    } else {
      const found = await head(repository, item.number);
      if (found === null) return { known, owed: [] };
      known = { ...known, head: found };
    }
  }
  return { known, owed: [] };
}
