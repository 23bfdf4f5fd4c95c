import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ItemLister } from '../../src/app/github/list-changed.ts';
import { ITEMS_PER_PAGE } from '../../src/app/github/list-changed.ts';
import { createReconciliation } from '../../src/app/ingest/reconcile.ts';
import type { Happening, ListedItem } from '../../src/core/reconcile/standing-items.ts';
import type { Repository } from '../../src/core/records.ts';
import { listedItem } from '../support/listed-item.ts';
import { silentLog } from '../support/silent-log.ts';
import { type Intake, startIntake } from './intake-parts.ts';

const EVERY_MS = 300_000;
const NOW = Date.parse('2026-01-10T12:00:00Z');
const ines = { login: 'ines', isBot: false };
const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString().replace('.000Z', 'Z');

let intake: Intake;
let repository: Repository;
let nextId = 100;

beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());
beforeEach(async () => {
  for (const { id } of await intake.store.repositories.list()) await intake.store.repositories.remove(id);
  repository = {
    id: nextId++,
    owner: 'orchard',
    name: `cider-${nextId}`,
    installationId: 3,
    defaultBranch: 'main',
    private: false,
  };
  await intake.store.repositories.save(repository);
  await intake.store.repositories.looked(repository.id, minutesAgo(60));
});

/** A list of what stands there; `asked` names each question. */
function standing(items: readonly ListedItem[], history: readonly Happening[] = []) {
  const asked: string[] = [];
  const lister: ItemLister = {
    changed: async (of, since, page) => {
      asked.push(`${of.id} since ${since}, page ${page}`);
      const found = items.filter(({ updatedAt }) => Date.parse(updatedAt) >= Date.parse(since));
      return found.slice((page - 1) * ITEMS_PER_PAGE, page * ITEMS_PER_PAGE);
    },
    history: async (_of, number) => {
      asked.push(`history of #${number}`);
      return history;
    },
  };
  const looking = createReconciliation({
    lister,
    head: async (_of, number) => {
      asked.push(`head of #${number}`);
      return { headSha: 'b'.repeat(40), baseRef: 'main', draft: false };
    },
    store: intake.store,
    doorbell: { ring: async (jobs) => void intake.rung.push(...jobs.map((job) => ({ job, delayMs: 0 }))) },
    clock: { now: () => new Date(NOW), sleep: () => Promise.resolve() },
    log: silentLog,
    roles: ['strategist', 'backend'],
    self: async () => 'crew[bot]',
    everyMs: EVERY_MS,
  });
  return { looking, asked };
}

function item(number: number, over: Partial<ListedItem> = {}): ListedItem {
  return listedItem({ number, createdAt: minutesAgo(1_000), updatedAt: minutesAgo(30), ...over });
}

const labelled = (id: number, minutes: number): Happening => ({
  id,
  what: 'labeled',
  actor: ines,
  label: 'crew',
  at: minutesAgo(minutes),
});

function webhook(number: number, updatedAt: string) {
  const { id, name, owner, defaultBranch } = repository;
  return {
    action: 'labeled',
    label: { name: 'crew' },
    issue: { number, title: 'Press', body: '', state: 'open', updated_at: updatedAt },
    repository: { id, name, owner: { login: owner }, private: false, default_branch: defaultBranch },
    installation: { id: 3 },
    sender: { login: 'ines', type: 'User' },
  };
}

async function dispatchAll(): Promise<void> {
  for (const { job } of intake.rung.splice(0))
    if (job.step === 'dispatch') await intake.dispatcher.dispatch(job.guid);
}

const tasks = (number: number) => intake.store.tasks.onSubject(repository.id, number);

it('has a label that no webhook told decided upon, once, and finds a late webhook of it answered', async () => {
  const { looking } = standing([item(1, { labels: ['crew'] })], [labelled(9, 30)]);

  expect(await looking.look()).toBe(1);
  await dispatchAll();
  expect(await looking.look()).toBe(0);
  await intake.deliver('issues', webhook(1, minutesAgo(30)));

  expect(await tasks(1)).toMatchObject([
    { requester: 'ines', requestKey: `label:${repository.id}:1:crew@${minutesAgo(30)}` },
  ]);
});

it.each([
  ['the webhook told a later time', 29],
  ['a comment came in between', 20],
])('has a late webhook find its task when %s', async (_what, minutes) => {
  const { looking } = standing([item(1, { labels: ['crew'] })], [labelled(9, 30)]);
  await looking.look();
  await dispatchAll();
  for (const { id } of await tasks(1))
    await intake.store.tasks.move(id, 'done', { reason: null, actor: 'system' });

  await intake.deliver('issues', webhook(1, minutesAgo(minutes)));

  expect(await tasks(1)).toHaveLength(1);
});

it('leaves a label alone whose webhook was answered, also when that told a time shortly after', async () => {
  await intake.deliver('issues', webhook(1, minutesAgo(30)));
  for (const { id } of await tasks(1))
    await intake.store.tasks.move(id, 'done', { reason: null, actor: 'system' });
  const set = new Date(Date.parse(minutesAgo(30)) - 2_000).toISOString();

  const { looking } = standing([item(1, { labels: ['crew'] })], [{ ...labelled(9, 30), at: set }]);

  expect(await looking.look()).toBe(0);
});

it('refuses a label by somebody who may not ask for work', async () => {
  intake.github.permission = 'triage';
  const { looking } = standing([item(1, { labels: ['crew'] })], [labelled(9, 30)]);
  await looking.look();
  await dispatchAll();
  intake.github.permission = 'write';

  expect(await tasks(1)).toEqual([]);
});

it('asks GitHub for no more than the list where nothing is owed, and considers nothing twice', async () => {
  const { looking, asked } = standing([item(1), item(2, { labels: ['bug'] })]);

  await looking.look();
  await looking.look();

  expect(asked.filter((question) => !question.includes('since'))).toEqual([]);
});

it('goes on where it ended, and leaves what changed a moment ago to its webhooks', async () => {
  const { looking } = standing([
    item(1),
    item(2, { updatedAt: minutesAgo(10) }),
    item(3, { updatedAt: minutesAgo(0.5) }),
  ]);

  await looking.look();

  expect(await intake.store.repositories.lookedUntil(repository.id)).toBe(
    new Date(NOW - 600_000).toISOString(),
  );
});

it('looks through more than a page by time', async () => {
  const many = Array.from({ length: 2 * ITEMS_PER_PAGE + 1 }, (_, at) =>
    item(at + 1, { labels: ['crew'], updatedAt: minutesAgo(50 - at / 10) }),
  );
  const { looking, asked } = standing(many, []);

  await looking.look();

  const considered = asked.filter((question) => question.startsWith('history'));
  expect(considered).toHaveLength(many.length);
  expect(new Set(considered).size).toBe(many.length);
});

it('gets past a page of items that changed in the same second', async () => {
  const many = Array.from({ length: 2 * ITEMS_PER_PAGE + 1 }, (_, at) => item(at + 1, { labels: ['crew'] }));
  const { looking, asked } = standing(many, []);

  await looking.look();

  expect(new Set(asked.filter((question) => question.startsWith('history'))).size).toBe(many.length);
});

it('has what stood there before the crew came stay as it is', async () => {
  const before = new Date().toISOString();
  const fresh = { ...repository, id: nextId++, name: 'new' };
  await intake.store.repositories.save(fresh);

  const until = (await intake.store.repositories.lookedUntil(fresh.id)) ?? '';
  expect(Date.parse(until)).toBeGreaterThan(Date.parse(before) - 5_000);
  await intake.store.repositories.looked(fresh.id, minutesAgo(600));
  await intake.store.repositories.remove(fresh.id);
  await intake.store.repositories.save(fresh);

  const again = (await intake.store.repositories.lookedUntil(fresh.id)) ?? '';
  expect(Date.parse(again)).toBeGreaterThan(Date.parse(before) - 5_000);
});

it('looks at the others when one cannot be looked at, and at that one again', async () => {
  const other = { ...repository, id: nextId++, name: 'zzz' };
  await intake.store.repositories.save(other);
  await intake.store.repositories.looked(other.id, minutesAgo(60));
  let broken = true;
  const failing = createReconciliation({
    lister: {
      changed: async (of) => {
        if (of.id === repository.id && broken) throw new Error('GitHub is down');
        return [item(1, { labels: ['crew'] })];
      },
      history: async () => [labelled(9, 30)],
    },
    head: async () => null,
    store: intake.store,
    doorbell: { ring: async () => {} },
    clock: { now: () => new Date(NOW), sleep: () => Promise.resolve() },
    log: silentLog,
    roles: [],
    self: async () => 'crew[bot]',
    everyMs: EVERY_MS,
  });

  expect(await failing.look()).toBe(1);
  broken = false;
  expect(await failing.look()).toBe(1);
});
