import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { createEmbedder } from '../../src/agents/embedder.ts';
import { EMBEDDING_DIMENSIONS } from '../../src/core/ports.ts';

const modules = createRequire(import.meta.url).cache;
const isLoaded = () => Object.keys(modules).some((path) => path.includes('@energetic-ai'));

const cosine = (a: readonly number[] = [], b: readonly number[] = []) =>
  a.reduce((sum, part, index) => sum + part * (b[index] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b));

// First: what is loaded stays so.
it('loads its model with the first text and not before', async () => {
  const embedder = createEmbedder();
  const beforeText = [isLoaded(), await embedder.embed([]), isLoaded()];

  await embedder.embed(['a text']);

  expect(beforeText).toEqual([false, [], false]);
  expect(isLoaded()).toBe(true);
});

it('gives each text a vector, and texts alike vectors alike', async () => {
  const texts = [
    'SQL injection in the search',
    'user input is concatenated into queries on purpose in tools/',
    'dates are shown in the local time zone',
  ];

  const [asked, near, far] = await createEmbedder().embed(texts);

  expect([asked, near, far].map((vector) => vector?.length)).toEqual([
    EMBEDDING_DIMENSIONS,
    EMBEDDING_DIMENSIONS,
    EMBEDDING_DIMENSIONS,
  ]);
  expect(cosine(asked, near)).toBeGreaterThan(0.6);
  expect(cosine(asked, far)).toBeLessThan(0.4);
});

it('gives a text the same vector alone, among others, and beside other calls', async () => {
  const embedder = createEmbedder();

  const [alone, [, among], ...beside] = await Promise.all([
    embedder.embed(['the cart']),
    embedder.embed(['something else', 'the cart', '']),
    ...Array.from({ length: 4 }, () => embedder.embed(['the cart'])),
  ]);

  for (const vector of [among, ...beside.map(([one]) => one)])
    expect(cosine(vector, alone[0])).toBeCloseTo(1, 5);
});

it('takes any text: empty, of other scripts, broken, and of any length in bounded time', async () => {
  const start = 'the quick brown fox '.repeat(100);
  const startedAt = performance.now();

  const [empty, blank, , , long, longer] = await createEmbedder().embed([
    '',
    ' \n ',
    '\u0000\ud800 \u{1f600} 中文 кеш',
    '<|endoftext|>',
    start,
    start + 'other words '.repeat(100_000),
  ]);

  expect([empty, blank]).toEqual([0, 1].map(() => Array.from({ length: EMBEDDING_DIMENSIONS }, () => 0)));
  expect(longer).toEqual(long);
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

it('refuses more texts at once than its limit, and goes on with the next call', async () => {
  const embedder = createEmbedder();

  await expect(embedder.embed(Array.from({ length: 501 }, () => 'x'))).rejects.toThrow('more than the 500');
  expect(await embedder.embed(['x'])).toHaveLength(1);
});
