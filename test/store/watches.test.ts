import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PullRequestKey } from '../../src/core/memory-ports.ts';
import { testStore } from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
let of: PullRequestKey;

beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

let lastNumber = 0;
beforeEach(() => {
  lastNumber += 1;
  of = { repositoryId: 77, number: lastNumber };
  env.committed.length = 0;
});

const events = () => env.committed.map(({ type, actor }) => `${type} by ${actor}`);

test('a pull request of which nothing was noted is not paused', async () => {
  expect(await env.store.watches.get(of)).toEqual({ ...of, paused: null, pausedBy: null, pushedHeads: [] });
});

test('a head is counted once, in the order of the pushes, also when deliveries of it run at once', async () => {
  await env.store.watches.notePush(of, 'h1');
  await Promise.all(Array.from({ length: 8 }, () => env.store.watches.notePush(of, 'h2')));
  await env.store.watches.notePush(of, 'h1');

  expect((await env.store.watches.get(of)).pushedHeads).toEqual(['h1', 'h2']);
  expect(events()).toEqual(['watch.pushed by system', 'watch.pushed by system']);
});

test('of very many pushes the newest hundred are kept', async () => {
  const heads = Array.from({ length: 103 }, (_, index) => `h${index}`);

  await env.store.transaction(async (tx) => {
    for (const head of heads) await tx.watches.notePush(of, head);
  });

  expect((await env.store.watches.get(of)).pushedHeads).toEqual(heads.slice(3));
});

test('a person ends an automatic pause and the count of pushes, and leaves an asked pause alone', async () => {
  await env.store.watches.notePush(of, 'h1');
  await env.store.watches.pause(of, 'automatic', 'system');
  await env.store.watches.notePerson(of);
  const afterAutomatic = await env.store.watches.get(of);
  await env.store.watches.pause(of, 'asked', 'ada');
  await env.store.watches.notePush(of, 'h2');
  await env.store.watches.notePerson(of);

  expect(afterAutomatic).toEqual({ ...of, paused: null, pausedBy: null, pushedHeads: [] });
  expect(await env.store.watches.get(of)).toEqual({
    ...of,
    paused: 'asked',
    pausedBy: 'ada',
    pushedHeads: [],
  });
});

test('an asked pause takes the place of an automatic one, never the other way round', async () => {
  await env.store.watches.pause(of, 'automatic', 'system');
  await env.store.watches.pause(of, 'asked', 'ada');
  await env.store.watches.pause(of, 'automatic', 'system');
  await env.store.watches.pause(of, 'asked', 'bob');

  expect(await env.store.watches.get(of)).toMatchObject({ paused: 'asked', pausedBy: 'ada' });
  expect(events()).toEqual(['watch.paused by system', 'watch.paused by ada']);
});

test('resuming forgets the pause and the pushes', async () => {
  await env.store.watches.notePush(of, 'h1');
  await env.store.watches.pause(of, 'asked', 'ada');

  await env.store.watches.resume(of, 'bob');

  expect(await env.store.watches.get(of)).toEqual({ ...of, paused: null, pausedBy: null, pushedHeads: [] });
  expect(events().at(-1)).toBe('watch.resumed by bob');
});

test('what changes nothing is no event', async () => {
  await env.store.watches.notePerson(of);
  await env.store.watches.resume(of, 'ada');
  await env.store.watches.notePush(of, 'h1');
  await env.store.watches.notePerson(of);
  env.committed.length = 0;

  await env.store.watches.notePerson(of);
  await env.store.watches.resume(of, 'ada');

  expect(env.committed).toEqual([]);
});
