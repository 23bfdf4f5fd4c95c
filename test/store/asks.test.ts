import { afterAll, beforeAll, expect, test } from 'vitest';
import { testStore } from './records.ts';

const HOUR_MS = 3_600_000;

let env: Awaited<ReturnType<typeof testStore>>;

beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

test('nothing was asked for until something was', async () => {
  expect(await env.store.asks.get({ repositoryId: 77, number: 1 }, 'ada')).toEqual({
    count: 0,
    beganAt: null,
  });
});

test('each is counted, also of those at once, by login and by subject', async () => {
  const of = { repositoryId: 77, number: 2 };
  const beganAt = env.clock.now().toISOString();
  await env.store.asks.note(of, 'ada');
  env.clock.advance(1_000);
  await Promise.all(Array.from({ length: 8 }, () => env.store.asks.note(of, 'ada')));
  await env.store.asks.note(of, 'bob');
  env.committed.length = 0;
  await env.store.asks.note({ ...of, number: 3 }, 'ada');

  expect(await env.store.asks.get(of, 'ada')).toEqual({ count: 9, beganAt });
  expect(await env.store.asks.get(of, 'bob')).toMatchObject({ count: 1 });
  expect(env.committed).toMatchObject([{ type: 'ask.noted', actor: 'ada', subject: '77#3' }]);
});

test('an hour after the first the counting begins anew', async () => {
  const of = { repositoryId: 77, number: 4 };
  await env.store.asks.note(of, 'ada');
  env.clock.advance(HOUR_MS - 1);
  await env.store.asks.note(of, 'ada');
  const within = await env.store.asks.get(of, 'ada');
  env.clock.advance(1);
  const after = await env.store.asks.get(of, 'ada');
  await env.store.asks.note(of, 'ada');

  expect([within.count, after.count]).toEqual([2, 0]);
  expect(await env.store.asks.get(of, 'ada')).toEqual({ count: 1, beganAt: env.clock.now().toISOString() });
});
