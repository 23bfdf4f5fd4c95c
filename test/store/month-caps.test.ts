/** What may be spent in a month, of one repository and of all together, whatever the budgets of tasks allow. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MonthCaps } from '../../src/core/store-ports.ts';
import { newSubtask, storedSubtasks, storedTask, testStore } from './records.ts';

const OF_REPOSITORY: MonthCaps = { repositoryUsd: 1, installationUsd: null };
const OF_ALL: MonthCaps = { repositoryUsd: null, installationUsd: 1 };

let env: Awaited<ReturnType<typeof testStore>>;
beforeEach(async () => {
  env = await testStore();
});
afterEach(() => env.drop());

interface Held {
  readonly id: string;
  readonly token: number;
}

/** An agent at work on a task of its own, in a repository. */
async function agent(repositoryId: number): Promise<Held> {
  const base = (await storedTask(env.store, { budgetUsd: 100 })).repository;
  const repository = { ...base, id: repositoryId, name: `pantry-${repositoryId}` };
  const task = await storedTask(env.store, { budgetUsd: 100, repository });
  const [id = ''] = await storedSubtasks(env.store, task.id, [newSubtask('S1')]);
  const claimed = await env.store.subtasks.claim(id, 'w', 3_600_000_000);
  return { id, token: claimed?.lease.token ?? 0 };
}

const reserve = ({ id, token }: Held, mostUsd: number, caps: MonthCaps) =>
  env.store.subtasks.reserve(id, token, mostUsd, caps);
const charge = ({ id, token }: Held, costUsd: number) => env.store.subtasks.charge(id, token, costUsd);

test('agents of several tasks that ask at once keep to the repository’s month together', async () => {
  const agents = await Promise.all([1, 1, 1, 1, 1, 1].map(agent));

  const granted = await Promise.all(agents.map((one) => reserve(one, 0.4, OF_REPOSITORY)));

  expect(granted.filter((reservation) => reservation?.granted)).toHaveLength(2);
  expect(granted.find((reservation) => reservation?.granted === false)).toEqual({
    granted: false,
    limit: 'repository_month',
    budgetUsd: 1,
    spentUsd: 0,
    othersUsd: 0.8,
  });
});

test('agents of several repositories keep to the installation’s month together', async () => {
  const agents = await Promise.all([1, 2, 3, 4].map(agent));

  const granted = await Promise.all(agents.map((one) => reserve(one, 0.4, OF_ALL)));

  expect(granted.filter((reservation) => reservation?.granted)).toHaveLength(2);
});

test('the month of one repository is not another’s', async () => {
  const [one, two] = [await agent(1), await agent(2)];
  await charge(one, 0.9);

  expect(await reserve(one, 0.2, OF_REPOSITORY)).toMatchObject({ granted: false, spentUsd: 0.9 });
  expect(await reserve(two, 0.2, OF_REPOSITORY)).toMatchObject({ granted: true });
  expect(await env.store.tasks.spentInMonth(1)).toBe(0.9);
  expect(await env.store.tasks.spentInMonth(2)).toBe(0);
});

test('a month ends at midnight UTC, and what was spent before counts no more', async () => {
  const month = new Date(env.clock.now());
  const end = Date.UTC(month.getUTCFullYear(), month.getUTCMonth() + 1, 1);
  env.clock.advance(end - env.clock.now().getTime() - 1);
  const one = await agent(1);
  await charge(one, 0.9);
  const before = await reserve(one, 0.2, OF_REPOSITORY);

  env.clock.advance(1);

  expect(before).toMatchObject({ granted: false });
  expect(await env.store.tasks.spentInMonth(1)).toBe(0);
  expect(await reserve(one, 0.2, OF_REPOSITORY)).toMatchObject({ granted: true, spentUsd: 0 });
});

test('the limit with the least room is the one that is named', async () => {
  const one = await agent(1);
  await charge(one, 0.5);

  const both: MonthCaps = { repositoryUsd: 2, installationUsd: 0.6 };

  expect(await reserve(one, 0.2, both)).toMatchObject({ granted: false, limit: 'installation_month' });
});
