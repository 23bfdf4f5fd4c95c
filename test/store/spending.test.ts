import { afterAll, beforeAll, expect, test } from 'vitest';
import { answered, newSubtask, storedSubtasks, storedTask, testStore } from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

/** Subtasks that run, with their tokens. */
async function running(count: number, budgetUsd: number) {
  const task = await storedTask(env.store, { budgetUsd });
  const keys = Array.from({ length: count }, (_, at) => newSubtask(`S${at}`));
  const ids = await storedSubtasks(env.store, task.id, keys);
  const held = [];
  for (const id of ids) {
    const claimed = await env.store.subtasks.claim(id, 'w', 1_000);
    held.push({ id, token: claimed?.lease.token ?? 0 });
  }
  return { taskId: task.id, held };
}

const reserve = async ({ id, token }: { id: string; token: number }, mostUsd: number) =>
  (await env.store.subtasks.reserve(id, token, mostUsd))?.granted ?? null;

test('of six agents that ask at once, as many may call the model as the budget has room for', async () => {
  const { held } = await running(6, 0.3);

  const granted = await Promise.all(held.map((one) => reserve(one, 0.14)));

  expect(granted.filter(Boolean)).toHaveLength(2);
});

test('what a call did not use is there for others once it is charged', async () => {
  const { taskId, held } = await running(2, 1);
  const [one = { id: '', token: 0 }, two = { id: '', token: 0 }] = held;
  await reserve(one, 0.8);

  const before = await env.store.subtasks.reserve(two.id, two.token, 0.8);
  await env.store.subtasks.charge(one.id, one.token, 0.1);
  const after = await env.store.subtasks.reserve(two.id, two.token, 0.8);

  expect(before).toEqual({ granted: false, limit: 'task', budgetUsd: 1, spentUsd: 0, othersUsd: 0.8 });
  expect(after).toEqual({ granted: true, limit: 'task', budgetUsd: 1, spentUsd: 0.1, othersUsd: 0 });
  expect((await env.store.tasks.get(taskId))?.costUsd).toBe(0.1);
  expect((await env.store.subtasks.get(one.id))?.costUsd).toBe(0.1);
});

test('asking again replaces what was set aside', async () => {
  const [one = { id: '', token: 0 }] = (await running(1, 1)).held;

  expect([await reserve(one, 0.8), await reserve(one, 0.9), await reserve(one, 1.1)]).toEqual([
    true,
    true,
    false,
  ]);
});

test('what a worker had set aside falls away with its lease, however that ends', async () => {
  const { held } = await running(5, 1);
  const [other = { id: '', token: 0 }, ...holders] = held;
  const [finished, released, dead, gone] = holders;
  const granted: (boolean | null)[] = [];
  const tried = async (one: typeof other | undefined, end: (one: typeof other) => Promise<unknown>) => {
    if (one === undefined) return;
    granted.push(await reserve(one, 1));
    await end(one);
    granted.push(await reserve(other, 1));
    await env.store.subtasks.charge(other.id, other.token, 0);
  };

  await tried(finished, ({ id, token }) => env.store.subtasks.finish(id, token, answered));
  await tried(released, ({ id, token }) => env.store.subtasks.release(id, token, 'x'));
  await tried(dead, async ({ id }) => {
    env.clock.advance(1_000);
    await env.store.subtasks.claim(id, 'next', 1_000);
  });
  await tried(gone, () => env.store.subtasks.releaseOwners((owner) => owner === 'w'));

  expect(granted.slice(0, 7)).toEqual(Array.from({ length: 7 }, () => true));
  // Its own lease went with the process's.
  expect(granted[7]).toBeNull();
});

test('a worker that was replaced may not call, and what its last call cost is owed all the same', async () => {
  const { taskId, held } = await running(1, 1);
  const [old = { id: '', token: 0 }] = held;
  env.clock.advance(1_000);
  const current = await env.store.subtasks.claim(old.id, 'new', 1_000);
  await reserve({ id: old.id, token: current?.lease.token ?? 0 }, 0.7);

  expect(await reserve(old, 0.1)).toBeNull();
  await env.store.subtasks.charge(old.id, old.token, 0.2);

  const { rows } = await env.pool.query('select reserved_usd, cost_usd from subtasks where id = $1', [
    old.id,
  ]);
  expect(rows).toEqual([{ reserved_usd: '0.7', cost_usd: '0.2' }]);
  expect((await env.store.tasks.get(taskId))?.costUsd).toBe(0.2);
});

test('no call is made for a task that has ended', async () => {
  const { taskId, held } = await running(1, 1);
  await env.store.tasks.move(taskId, 'stopped', { reason: null, actor: 'ada' });

  expect(await reserve(held[0] ?? { id: '', token: 0 }, 0.1)).toBeNull();
});

test('costs add up exactly when many agents report at once', async () => {
  const { taskId, held } = await running(4, 5);

  await Promise.all(
    Array.from({ length: 5 }, () => held).flatMap((round) =>
      round.map(({ id, token }) => env.store.subtasks.charge(id, token, 0.1)),
    ),
  );

  const records = await env.store.tasks.records(taskId);
  expect(records?.task.costUsd).toBe(2);
  expect(records?.subtasks.map(({ costUsd }) => costUsd)).toEqual([0.5, 0.5, 0.5, 0.5]);
});
