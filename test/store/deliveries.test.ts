import { afterAll, beforeAll, expect, test } from 'vitest';
import { testStore } from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

let count = 0;
function newDelivery(payload: unknown = { action: 'opened' }) {
  count += 1;
  return {
    guid: `guid-${count}`,
    event: 'issues',
    action: 'opened',
    body: JSON.stringify(payload),
    bodyHash: 'ab'.repeat(32),
    installationId: 7,
    repository: 'octo/shop',
  };
}

test('a delivery is stored once, however often GitHub sends it', async () => {
  const delivery = newDelivery();
  const { body, ...asAdded } = delivery;

  const added = await Promise.all(Array.from({ length: 20 }, () => env.store.deliveries.add(delivery)));

  expect(added.filter(Boolean)).toHaveLength(1);
  expect(await env.store.deliveries.get(delivery.guid)).toEqual({
    ...asAdded,
    payload: JSON.parse(body),
    state: 'received',
    attempts: 0,
    decisions: [],
    error: null,
    receivedAt: env.clock.now().toISOString(),
    handledAt: null,
  });
  const told = env.committed.filter((event) => event.subject === delivery.guid);
  expect(told).toMatchObject([
    { type: 'delivery.received', actor: 'system', data: { event: 'issues', action: 'opened' } },
  ]);
});

test('a delivery that nobody knows is null', async () => {
  expect(await env.store.deliveries.get('nowhere')).toBeNull();
  expect(await env.store.deliveries.claim('nowhere', 'a')).toBeNull();
});

test('text that PostgreSQL refuses is stored without what it refuses', async () => {
  const delivery = newDelivery({ title: 'a\u0000b \ud800 c \\u0000', 'k\u0000': ['\u0000'] });

  await env.store.deliveries.add(delivery);

  const stored = await env.store.deliveries.get(delivery.guid);
  expect(stored?.payload).toEqual({ title: 'ab \ufffd c \\u0000', k: [''] });
});

test('numbers beyond what PostgreSQL can hold are stored as JavaScript reads them', async () => {
  const numbers = `1e999999,1e-999999,${'9'.repeat(140_000)},1.50`;
  const delivery = { ...newDelivery(), body: `{"numbers":[${numbers}]}` };

  expect(await env.store.deliveries.add(delivery)).toBe(true);

  const stored = await env.store.deliveries.get(delivery.guid);
  expect(stored?.payload).toEqual({ numbers: [null, 0, null, 1.5] });
});

test('one of twenty claims gets a delivery, and it is free again after 60 s', async () => {
  const { guid } = newDelivery();
  await env.store.deliveries.add({ ...newDelivery(), guid });

  const claims = await Promise.all(
    Array.from({ length: 20 }, (_, n) => env.store.deliveries.claim(guid, `worker-${n}`)),
  );
  env.clock.advance(59_999);
  const early = await env.store.deliveries.claim(guid, 'next');
  env.clock.advance(1);
  const late = await env.store.deliveries.claim(guid, 'next');

  expect(claims.filter((claim) => claim !== null)).toHaveLength(1);
  expect(early).toBeNull();
  expect(late?.attempts).toBe(2);
});

test('a handled delivery keeps its decisions and is never claimed again', async () => {
  const { guid } = newDelivery();
  await env.store.deliveries.add({ ...newDelivery(), guid });
  await env.store.deliveries.claim(guid, 'a');

  await env.store.deliveries.handled(guid, [{ decided: 'ignored', reason: 'No label of ours.' }]);

  env.clock.advance(120_000);
  expect(await env.store.deliveries.claim(guid, 'b')).toBeNull();
  expect(await env.store.deliveries.get(guid)).toMatchObject({
    state: 'handled',
    decisions: [{ decided: 'ignored', reason: 'No label of ours.' }],
  });
});

test('a delivery that failed as often as it may is dead', async () => {
  const { guid } = newDelivery();
  await env.store.deliveries.add({ ...newDelivery(), guid });

  await env.store.deliveries.claim(guid, 'a');
  const first = await env.store.deliveries.failed(guid, 'no luck', 2);
  await env.store.deliveries.claim(guid, 'a');
  const second = await env.store.deliveries.failed(guid, 'still none', 2);

  expect([first, second]).toEqual(['received', 'dead']);
  expect(await env.store.deliveries.claim(guid, 'a')).toBeNull();
  expect(await env.store.deliveries.get(guid)).toMatchObject({
    state: 'dead',
    attempts: 2,
    error: 'still none',
  });
  const dead = await env.store.deliveries.list({ state: 'dead', limit: 10 });
  expect(dead.map((delivery) => delivery.guid)).toEqual([guid]);
  expect(env.committed.filter((event) => event.subject === guid).map((event) => event.type)).toEqual([
    'delivery.received',
    'delivery.claimed',
    'delivery.failed',
    'delivery.claimed',
    'delivery.dead',
  ]);
});

test('deliveries that wait are due oldest first, once, until the bell was rung too long ago', async () => {
  const own = await testStore();
  try {
    const [first, second, third] = [newDelivery(), newDelivery(), newDelivery()];
    for (const delivery of [first, second, third]) {
      await own.store.deliveries.add(delivery);
      own.clock.advance(1_000);
    }
    await own.store.deliveries.claim(third.guid, 'a');

    const due = await own.store.deliveries.due(own.clock.now().toISOString(), 10);
    const again = await own.store.deliveries.due(own.clock.now().toISOString(), 10);
    own.clock.advance(5_000);
    const later = await own.store.deliveries.due(own.clock.now().toISOString(), 1);

    expect(due).toEqual([first.guid, second.guid]);
    expect(again).toEqual([]);
    expect(later).toEqual([first.guid]);
  } finally {
    await own.drop();
  }
});

test('of two deliveries of one body that are handled side by side, the second finds the first', async () => {
  const bodyHash = 'cd'.repeat(32);
  const both = [newDelivery(), newDelivery()].map((delivery) => ({ ...delivery, bodyHash }));
  for (const delivery of both) await env.store.deliveries.add(delivery);

  const found = await Promise.all(
    both.map((delivery) =>
      env.store.transaction(async ({ deliveries }) => {
        await deliveries.lockBody(bodyHash);
        const earlier = await deliveries.sameBody(delivery);
        await deliveries.handled(delivery.guid, []);
        return earlier;
      }),
    ),
  );

  expect(found.filter((earlier) => earlier === null)).toHaveLength(1);
});
