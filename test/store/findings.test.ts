import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { NewFinding, PullRequestKey } from '../../src/core/memory-ports.ts';
import { trackedFinding } from '../support/records.ts';
import { isSomebodyWaiting, repository, storedTask, testStore } from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
let of: PullRequestKey;
let taskId: string;

beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

let lastNumber = 0;
beforeEach(async () => {
  lastNumber += 1;
  of = { repositoryId: repository.id, number: lastNumber };
  taskId = (await storedTask(env.store)).id;
  env.committed.length = 0;
});

function newFinding(fingerprint: string, change: Partial<NewFinding> = {}): NewFinding {
  const { state: _state, settledBy: _by, reason: _reason, ...rest } = trackedFinding({ ...of, taskId });
  return { ...rest, fingerprint, ...change };
}

const fingerprints = async () => (await env.store.findings.ofPull(of)).map((finding) => finding.fingerprint);
const eventTypes = () => env.committed.map(({ type, actor }) => `${type} by ${actor}`);

test('findings are stored as they were raised and answered in that order', async () => {
  const raised = [
    newFinding('b'),
    newFinding('a', { anchor: { kind: 'body', place: 'a.ts', reason: 'gone' } }),
  ];

  await env.store.findings.raise(raised, 'system');
  await env.store.findings.raise([newFinding('0')], 'system');

  const open = { state: 'open', settledBy: null, reason: null };
  expect(await env.store.findings.ofPull(of)).toEqual(
    [...raised, newFinding('0')].map((finding) => ({ ...finding, ...open })),
  );
  expect(await env.store.findings.get(of, 'a')).toEqual({ ...raised[1], ...open });
  expect(eventTypes()).toEqual(Array.from({ length: 3 }, () => 'finding.raised by system'));
});

test('a pull request knows only its own findings', async () => {
  await env.store.findings.raise([newFinding('a')], 'system');

  const others = [
    { ...of, number: of.number + 1_000 },
    { ...of, repositoryId: of.repositoryId + 1 },
  ];

  for (const other of others) {
    expect(await env.store.findings.ofPull(other)).toEqual([]);
    expect(await env.store.findings.get(other, 'a')).toBeNull();
    expect(await env.store.findings.settle(other, 'a', { state: 'fixed', by: 'ada', reason: 'r' })).toBe(
      false,
    );
  }
});

test('a finding is settled once, by somebody and for a reason, and can be taken back', async () => {
  await env.store.findings.raise([newFinding('a')], 'system');
  env.committed.length = 0;
  const dismissed = { state: 'dismissed', by: 'ada', reason: 'Ada resolved the thread.' } as const;

  const answers = [
    await env.store.findings.settle(of, 'a', dismissed),
    await env.store.findings.settle(of, 'a', { ...dismissed, by: 'bob' }),
    await env.store.findings.settle(of, 'unknown', dismissed),
  ];
  const settled = await env.store.findings.get(of, 'a');
  const back = await env.store.findings.settle(of, 'a', { state: 'open', by: 'bob', reason: 'Unresolved.' });

  expect([...answers, back]).toEqual([true, false, false, true]);
  expect(settled).toMatchObject({ state: 'dismissed', settledBy: 'ada', reason: dismissed.reason });
  expect(await env.store.findings.get(of, 'a')).toMatchObject({
    state: 'open',
    settledBy: null,
    reason: null,
  });
  expect(eventTypes()).toEqual(['finding.dismissed by ada', 'finding.reopened by bob']);
});

test('a settled finding that is raised again is open, in its old place and with its new words', async () => {
  await env.store.findings.raise([newFinding('a'), newFinding('b')], 'system');
  await env.store.findings.settle(of, 'a', { state: 'fixed', by: 'system', reason: 'Its lines changed.' });
  const later = (await storedTask(env.store)).id;

  await env.store.findings.raise([newFinding('a', { taskId: later, title: 'It came back' })], 'system');

  expect(await fingerprints()).toEqual(['a', 'b']);
  expect(await env.store.findings.get(of, 'a')).toMatchObject({
    state: 'open',
    settledBy: null,
    reason: null,
    taskId: later,
    title: 'It came back',
  });
});

test('a review that raises what it raised already changes nothing', async () => {
  await env.store.findings.raise([newFinding('a')], 'system');
  env.committed.length = 0;

  await env.store.findings.raise([newFinding('a', { title: 'Other words' })], 'system');

  expect(await env.store.findings.get(of, 'a')).toMatchObject({ title: newFinding('a').title });
  expect(env.committed).toEqual([]);
});

test('one call may name a fingerprint twice', async () => {
  await env.store.findings.raise(
    [newFinding('a'), newFinding('b'), newFinding('a', { title: 'Again' })],
    'system',
  );

  expect(await fingerprints()).toEqual(['a', 'b']);
  expect(await env.store.findings.get(of, 'a')).toMatchObject({ title: 'Again' });
});

test('transactions that raise the same findings at once raise each once', async () => {
  const names = Array.from({ length: 40 }, (_, index) => `f${index}`);

  await Promise.all(
    [names, names.toReversed(), names, names.toReversed()].map((order) =>
      env.store.findings.raise(
        order.map((name) => newFinding(name)),
        'system',
      ),
    ),
  );

  expect((await fingerprints()).toSorted()).toEqual(names.toSorted());
  expect(env.committed).toHaveLength(names.length);
});

test('transactions that raise the same findings in opposite orders never wait in a circle', async () => {
  let other = Promise.resolve();
  let runs = 0;

  await env.store.transaction(async (tx) => {
    runs += 1;
    await tx.findings.raise([newFinding('a')], 'system');
    if (runs > 1) return;
    other = env.store.transaction((beside) => {
      runs += 1;
      return beside.findings.raise([newFinding('b'), newFinding('a')], 'system');
    });
    await expect.poll(() => isSomebodyWaiting(env.pool)).toBe(true);
    await tx.findings.raise([newFinding('b')], 'system');
  });
  await other;

  // A deadlock would end one of them, which runs again.
  expect(runs).toBe(2);
  expect((await fingerprints()).toSorted()).toEqual(['a', 'b']);
});

test('hostile and overlong texts are stored within limits', async () => {
  await env.store.findings.raise(
    [
      newFinding('a', {
        title: `\u0000${'t'.repeat(9_000)}`,
        body: '\ud800'.repeat(70_000),
        path: 'ä b"\u0000.ts',
      }),
    ],
    'system',
  );

  const stored = await env.store.findings.get(of, 'a');
  expect(stored?.title).toMatch(/^t+…$/);
  expect(stored?.title.length).toBeLessThanOrEqual(500);
  expect(stored?.body.length).toBe(65_536);
  expect(stored?.path).toBe('ä b".ts');
});
