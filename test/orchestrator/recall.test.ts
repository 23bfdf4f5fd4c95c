import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createEmbedder } from '../../src/agents/embedder.ts';
import type { NewMemory } from '../../src/core/memory-ports.ts';
import type { Embedder, Log } from '../../src/core/ports.ts';
import type { Store } from '../../src/core/store-ports.ts';
import { recallMemories } from '../../src/orchestrator/recall.ts';
import { createStore } from '../../src/store/store.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { silentLog } from '../support/silent-log.ts';

let database: TestDatabase;
let store: Store;
const embedder = createEmbedder();

beforeAll(async () => {
  database = await testDatabase();
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  store = createStore({ pool: database.pool, clock, newId: randomUUID, onCommitted: () => undefined });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

let repositoryId = 900;
let warnings: string[];
let log: Log;
beforeEach(() => {
  repositoryId += 1;
  warnings = [];
  log = { ...silentLog, warn: (_fields, message) => warnings.push(message) };
});

async function learn(...texts: readonly string[]): Promise<void> {
  const evidence: NewMemory['evidence'] = { by: 'ada', number: 3, url: null, quote: '' };
  for (const text of texts) {
    await store.memories.add({ repositoryId, key: text, kind: 'lesson', text, path: null, evidence }, 'ada');
  }
}

async function recalled(text: string, by: Embedder = embedder): Promise<readonly string[]> {
  const found = await recallMemories({
    memories: store.memories,
    embedder: by,
    repositoryId,
    text,
    limit: 5,
    log,
  });
  return found.map((memory) => memory.text);
}

const ON_PURPOSE = 'user input is concatenated into queries on purpose in tools/';
const OTHERS = [
  'missing docstrings are not reported here',
  'money is stored in cents as integers',
  'keyboard accessibility of every button matters to us',
];

it('a memory of the same meaning is recalled without a word in common, and what means something else is not', async () => {
  await learn(...OTHERS, ON_PURPOSE);

  expect(await recalled('SQL injection in the search')).toEqual([ON_PURPOSE]);
  expect(await recalled('Make the menu reachable without a mouse')).not.toContain(ON_PURPOSE);
  expect(await recalled('Bump the version')).toEqual([]);
  expect(warnings).toEqual([]);
});

it('each memory is embedded once', async () => {
  await learn(ON_PURPOSE, ...OTHERS);
  const asked: (readonly string[])[] = [];
  const counting: Embedder = {
    embed: (texts) => {
      asked.push(texts);
      return embedder.embed(texts);
    },
  };

  await recalled('first', counting);
  await recalled('second', counting);

  expect(asked).toEqual([['first', ON_PURPOSE, ...OTHERS], ['second']]);
});

it('of very many memories some are embedded now and the rest on the next look, oldest first', async () => {
  await learn(...Array.from({ length: 60 }, (_, index) => `memory ${index}`));
  const counts: number[] = [];
  const flat: Embedder = {
    embed: async (texts) => {
      counts.push(texts.length);
      return texts.map(() => Array.from({ length: 512 }, (_, index) => (index === 0 ? 1 : 0)));
    },
  };

  for (const _ of [1, 2, 3]) await recalled('zzz', flat);

  expect(counts).toEqual([51, 11, 1]);
});

it('the embedder is not asked for a repository of which nothing is known', async () => {
  const untouched: Embedder = { embed: () => Promise.reject(new Error('not to be asked')) };

  expect(await recalled('SQL injection in the search', untouched)).toEqual([]);
  expect(warnings).toEqual([]);
});

it.each<[string, Embedder['embed']]>([
  ['that throws', () => Promise.reject(new Error('the model is broken'))],
  ['that gives too few vectors', async () => []],
  ['that gives vectors of another length', async (texts) => texts.map(() => [1, 2])],
  [
    'that gives what is no number',
    async (texts) => texts.map(() => Array.from({ length: 512 }, () => Number.NaN)),
  ],
])('an embedder %s leaves the look-up by words, and the log says so', async (_, embed) => {
  await learn(ON_PURPOSE, ...OTHERS);

  expect(await recalled('Concatenate user input into queries', { embed })).toEqual([ON_PURPOSE]);
  expect(warnings).toEqual([expect.stringContaining('memories are looked up by words alone')]);
  expect(await store.memories.withoutEmbedding(repositoryId, 10)).toHaveLength(4);
});
