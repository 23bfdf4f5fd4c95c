import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NewMemory } from '../../src/core/memory-ports.ts';
import type { StoreOperations } from '../../src/core/store-ports.ts';
import { isSomebodyWaiting, testStore } from './records.ts';

const DAY_MS = 86_400_000;

let env: Awaited<ReturnType<typeof testStore>>;
let repositoryId = 500;

beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());
beforeEach(() => {
  repositoryId += 1;
  env.committed.length = 0;
});

function newMemory(key: string, change: Partial<NewMemory> = {}): NewMemory {
  return {
    repositoryId,
    key,
    kind: 'lesson',
    text: `Lesson ${key}.`,
    path: null,
    evidence: { by: 'ada', number: 3, url: null, quote: 'We count from 0.' },
    ...change,
  };
}

async function learn(...memories: readonly NewMemory[]): Promise<void> {
  for (const memory of memories) await env.store.memories.add(memory, 'ada');
}

async function recalled(text: string, limit = 10): Promise<readonly string[]> {
  const found = await env.store.memories.recall({ repositoryId, text, embedding: null, limit });
  return found.map((memory) => memory.text);
}

const listed = async () => (await env.store.memories.list(repositoryId, 100)).map(({ text }) => text);
const idOf = async (text: string) => {
  const memory = (await env.store.memories.list(repositoryId, 100)).find((one) => one.text === text);
  return memory?.id ?? 'none';
};
const events = () => env.committed.map(({ type, actor }) => `${type} by ${actor}`);

test('a memory is stored as it was learned, for ninety days', async () => {
  await learn(newMemory('k', { path: 'src/a.ts' }));

  const now = env.clock.now();
  const { key: _key, ...rest } = newMemory('k', { path: 'src/a.ts' });
  expect(await env.store.memories.list(repositoryId, 10)).toEqual([
    {
      ...rest,
      id: expect.stringMatching(/^[a-z0-9]{8}$/),
      uses: 0,
      createdAt: now.toISOString(),
      usedAt: null,
      expiresAt: new Date(now.getTime() + 90 * DAY_MS).toISOString(),
    },
  ]);
  expect(events()).toEqual(['memory.added by ada']);
});

test('what was learned once is not learned again, however many deliveries say it at once', async () => {
  await Promise.all(
    Array.from({ length: 12 }, (_, index) => learn(newMemory('k', { text: `Said ${index}.` }))),
  );
  await learn(newMemory('k', { text: 'Said later.' }));

  expect(await listed()).toHaveLength(1);
  expect(events()).toEqual(['memory.added by ada']);
});

test('the newest memories of the repository alone are listed first, as many as asked for', async () => {
  await learn(newMemory('a'), newMemory('b'), newMemory('c'));
  await learn(newMemory('b', { repositoryId: repositoryId + 10_000 }));

  const two = await env.store.memories.list(repositoryId, 2);

  expect(two.map(({ text }) => text)).toEqual(['Lesson c.', 'Lesson b.']);
  expect(await listed()).toHaveLength(3);
});

test('a forgotten memory is gone with its words, and is not learned again', async () => {
  await learn(newMemory('k'), newMemory('other'));
  const id = await idOf('Lesson k.');

  const answers = [
    await env.store.memories.forget(repositoryId + 1, id, 'bob'),
    await env.store.memories.forget(repositoryId, id, 'bob'),
    await env.store.memories.forget(repositoryId, id, 'bob'),
    await env.store.memories.forget(repositoryId, 'nosuchid', 'bob'),
  ];
  await learn(newMemory('k'));

  expect(answers).toEqual([false, true, false, false]);
  expect(await listed()).toEqual(['Lesson other.']);
  expect(await recalled('Lesson k')).toEqual([]);
  expect(events().at(-1)).toBe('memory.forgotten by bob');
  const { rows } = await env.pool.query(
    'select text, path, evidence from memories where repository_id = $1 and id = $2',
    [repositoryId, id],
  );
  expect(rows).toEqual([{ text: '', path: null, evidence: {} }]);
  expect(JSON.stringify(env.committed)).not.toMatch(/Lesson k|We count/);
});

test('an add that runs beside the forgetting of the same key does not bring it back', async () => {
  await learn(newMemory('k'));
  const id = await idOf('Lesson k.');
  let added = Promise.resolve();

  await env.store.transaction(async (tx) => {
    await tx.memories.forget(repositoryId, id, 'bob');
    added = learn(newMemory('k'));
  });
  await added;

  expect(await listed()).toEqual([]);
});

test('a forgotten memory stays known when those that ended are deleted', async () => {
  await learn(newMemory('k'));
  await env.store.memories.forget(repositoryId, await idOf('Lesson k.'), 'bob');
  env.clock.advance(91 * DAY_MS);

  await env.store.memories.expire(1_000);
  await learn(newMemory('k'));

  expect(await listed()).toEqual([]);
});

test('what nobody used for ninety days is neither listed nor recalled, and is deleted bit by bit', async () => {
  await learn(newMemory('a', { text: 'Prices carry cents always.' }), newMemory('b'), newMemory('c'));
  env.clock.advance(90 * DAY_MS - 1);
  expect(await listed()).toHaveLength(3);
  env.clock.advance(1);
  await env.store.memories.expire(0);
  env.committed.length = 0;

  expect(await listed()).toEqual([]);
  expect(await recalled('Prices carry cents always.')).toEqual([]);
  const deleted = [await env.store.memories.expire(2), await env.store.memories.expire(1_000)];
  expect(deleted[0]).toBe(2);
  expect(await env.store.memories.expire(1_000)).toBe(0);
  expect(new Set(events())).toEqual(new Set(['memory.expired by system']));
  await learn(newMemory('b'));
  expect(await listed()).toEqual(['Lesson b.']);
});

test('a use is counted and puts the end off to ninety days from then', async () => {
  await learn(newMemory('a', { text: 'Prices carry cents always.' }));
  env.clock.advance(80 * DAY_MS);

  await recalled('Do prices carry cents?');
  env.committed.length = 0;
  const [memory] = await env.store.memories.recall({
    repositoryId,
    text: 'Prices carry cents',
    embedding: null,
    limit: 5,
  });

  const now = env.clock.now();
  expect(memory).toMatchObject({
    uses: 2,
    usedAt: now.toISOString(),
    expiresAt: new Date(now.getTime() + 90 * DAY_MS).toISOString(),
  });
  expect(env.committed).toMatchObject([{ type: 'memory.recalled', data: { ids: [memory?.id] } }]);
});

test('what has ended takes no place from what has not', async () => {
  await learn(newMemory('a', { text: 'Prices carry cents.' }));
  env.clock.advance(90 * DAY_MS);
  await learn(newMemory('b', { text: 'Prices carry cents and a currency sign.' }));

  expect(await recalled('prices carry cents', 1)).toEqual(['Prices carry cents and a currency sign.']);
});

test('transactions that recall the same memories in opposite orders never wait in a circle', async () => {
  const texts = ['Prices carry cents.', 'Discounts always stack.', 'Names stay free.', 'Dates stay local.'];
  await learn(...texts.map((text) => newMemory(text, { text })));
  const stored = (await env.store.memories.list(repositoryId, 10)).toReversed();
  const later = stored.find(({ id }, index) => stored.slice(0, index).some((earlier) => earlier.id > id));
  const earlier = stored.find(({ id }) => id > (later?.id ?? ''));
  // So that rows are found in the order in which they were written, as in any small table.
  await env.pool.query('vacuum full analyze memories');
  let other: Promise<unknown> = Promise.resolve();
  let runs = 0;
  const recallIn = (tx: StoreOperations, text = '') =>
    tx.memories.recall({ repositoryId, text, embedding: null, limit: 5 });

  await env.store.transaction(async (tx) => {
    runs += 1;
    await recallIn(tx, later?.text);
    if (runs > 1) return;
    other = env.store.transaction((beside) => {
      runs += 1;
      return recallIn(beside, `${earlier?.text} ${later?.text}`);
    });
    await expect.poll(() => isSomebodyWaiting(env.pool)).toBe(true);
    await recallIn(tx, earlier?.text);
  });
  await other;

  // A deadlock would end one of them, which runs again.
  expect(runs).toBe(2);
  expect(await listed()).toHaveLength(texts.length);
});

test('recalls of the same memories at once are all counted', async () => {
  await learn(
    ...Array.from({ length: 8 }, (_, index) => newMemory(`k${index}`, { text: 'Prices carry cents.' })),
  );

  await Promise.all(Array.from({ length: 8 }, () => recalled('Prices carry cents')));

  const uses = (await env.store.memories.list(repositoryId, 100)).map((memory) => memory.uses);
  expect(uses).toEqual(Array.from({ length: 8 }, () => 8));
});

test('a memory is recalled by its words, in whatever form, and only in its repository', async () => {
  await learn(newMemory('a', { text: 'Generated migrations are never reviewed.' }));
  await learn(
    newMemory('a', { repositoryId: repositoryId + 10_000, text: 'Generated migrations are fine.' }),
  );

  expect(await recalled('Review the generated migration of the orders')).toEqual([
    'Generated migrations are never reviewed.',
  ]);
});

test('a memory is not recalled for one word in common, nor for the words that every text has', async () => {
  await learn(
    newMemory('a', { text: 'Generated migrations are never reviewed by the crew.' }),
    newMemory('b', { text: 'The worker restarts itself; errors of one job may end the whole process here.' }),
  );

  expect(await recalled('A generated name that is the one for the job')).toEqual([]);
});

test('a memory of a file that the text names is recalled first', async () => {
  await learn(
    newMemory('file', { text: 'Totals are rounded down.', path: 'src/cart/total.ts' }),
    newMemory('words', { text: 'Discounts stack.' }),
    newMemory('elsewhere', { text: 'Names are free.', path: 'src/cart/names.ts' }),
  );

  expect(await recalled('Discounts stack\nsrc/cart/total.ts\nsrc/cart/index.ts')).toEqual([
    'Totals are rounded down.',
    'Discounts stack.',
  ]);
});

test('no more than the limit are recalled, and only those count as used', async () => {
  await learn(
    newMemory('a', { text: 'Prices carry cents and a currency sign.' }),
    newMemory('b', { text: 'Prices carry cents.' }),
  );

  expect(await recalled('prices carry cents', 1)).toEqual(['Prices carry cents.']);
  const unused = (await env.store.memories.list(repositoryId, 10)).filter((memory) => memory.uses === 0);
  expect(unused.map(({ text }) => text)).toEqual(['Prices carry cents and a currency sign.']);
});

test.each([
  ["it's a \\ back'slash", "it's a \\ back'slash & | ! ( ) <-> :* price"],
  ['Prices are at http://example.com/q:z&y always.', 'prices of http://example.com/q:z&y'],
  ['Prix à payer en centimes.', 'le prix est en centimes'],
  ['при запуске кеш очищается', 'кеш очищается не всегда'],
])('no text breaks the search: %s', async (text, asked) => {
  await learn(newMemory('k', { text }));

  expect(await recalled(asked)).toEqual([text]);
  expect(await recalled(`\u0000\ud800 & | !(':*\\ ${'x'.repeat(100_000)}`)).toEqual([]);
  expect(await recalled('')).toEqual([]);
});

test('hostile and overlong texts are stored within limits', async () => {
  // Not to be made short by compression.
  const key = Array.from({ length: 250 }, () => randomUUID()).join('');
  await learn(
    newMemory(key, {
      text: `\u0000${'t '.repeat(5_000)}`,
      path: `src/${'p'.repeat(9_000)}`,
      evidence: { by: 'ada', number: 3, url: null, quote: 'q'.repeat(2_000) },
    }),
    newMemory(key),
    newMemory(`${key}2`),
  );

  const [second, first] = await env.store.memories.list(repositoryId, 10);
  expect(second?.text).toBe(`Lesson ${key}2.`.slice(0, 999).concat('…'));
  expect(first?.text.length).toBeLessThanOrEqual(1_000);
  expect(first?.path?.length).toBe(4_096);
  expect(first?.evidence.quote).toHaveLength(500);
});
