/** What is done anew: requests that are revised, plans that are withdrawn, work that is sent back, subtasks that a retry names. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Setback } from '../../src/core/records.ts';
import { newSubtask, newTask, result, storedSubtasks, storedTask, testStore } from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

const patch = result({
  kind: 'patch',
  answer: { summary: 'Done.', decisions: [], checks: [], not_done: [] },
  patch: 'diff',
  baseSha: 'a'.repeat(40),
  leftOut: [],
  sandbox: 'on',
});
const setback: Setback = {
  cause: 'conflict',
  files: ['src/a.ts'],
  message: 'It conflicts in `src/a.ts`.',
  at: '2026-11-22T12:00:00.000Z',
};
const plan = {
  hash: 'h1',
  estimateUsd: 2,
  estimates: { S1: 2 },
  answer: { decision: 'plan' as const, summary: 'Do it.', subtasks: [], risks: [], questions: [] },
};

async function finish(id: string): Promise<void> {
  const claimed = await env.store.subtasks.claim(id, 'host/1/1', 60_000);
  if (claimed === null) throw new Error('not to be had');
  await env.store.subtasks.finish(id, claimed.lease.token, patch);
}

async function statesOf(taskId: string) {
  const records = await env.store.tasks.records(taskId);
  return Object.fromEntries(records?.subtasks.map(({ key, state }) => [key, state]) ?? []);
}

async function eventsOf(taskId: string): Promise<readonly string[]> {
  return (await env.store.events.ofTask(taskId)).map(({ type }) => type);
}

test('done work that is sent back is pending again for another role, after more, and keeps why', async () => {
  const task = await storedTask(env.store);
  const [one = '', two = ''] = await storedSubtasks(env.store, task.id, [newSubtask('S1'), newSubtask('S2')]);
  await finish(one);
  await finish(two);

  const how = { role: 'architect', dependsOn: ['S1'], setback };
  const back = await env.store.subtasks.setBack(task.id, 'S2', how);
  const again = await env.store.subtasks.setBack(task.id, 'S2', how);

  expect([back, again]).toEqual([true, false]);
  expect(await env.store.subtasks.get(two)).toMatchObject({
    state: 'pending',
    attempts: 0,
    role: 'architect',
    dependsOn: ['S1'],
    setbacks: [setback],
    finishedAt: null,
  });
  expect(await env.store.results.of(two)).toMatchObject({ outcome: { kind: 'patch' } });
  expect(await eventsOf(task.id)).toContain('subtask.set_back');
});

test('a request is revised while the task has not ended', async () => {
  const task = await storedTask(env.store);
  const request = { ...newTask().request, question: 'Why not?' } as typeof task.request;

  const askedAt = '2026-11-01T00:00:00.000Z';
  const open = await env.store.tasks.revise(task.id, request, 'ada', { askedAt });
  const undated = await env.store.tasks.revise(task.id, request, 'ada');
  await env.store.tasks.move(task.id, 'done', { reason: null, actor: 'system' });
  const ended = await env.store.tasks.revise(task.id, newTask().request, 'ada');

  expect([open, undated, ended]).toEqual([true, true, false]);
  expect(await env.store.tasks.get(task.id)).toMatchObject({ request, askedAt });
  expect(await eventsOf(task.id)).toContain('task.revised');
});

test('a plan that waits is withdrawn, an approved one is not', async () => {
  const task = await storedTask(env.store);
  await env.store.plans.propose({ taskId: task.id, ...plan });

  const waiting = await env.store.plans.withdraw(task.id, 'ada');
  const approvedLate = await env.store.plans.approve(task.id, 'h1', 'ada');
  await env.store.plans.propose({ taskId: task.id, ...plan, hash: 'h2' });
  await env.store.plans.approve(task.id, 'h2', 'ada');
  const approved = await env.store.plans.withdraw(task.id, 'ada');

  expect([waiting, approvedLate, approved]).toEqual([true, false, false]);
  expect(await env.store.plans.latest(task.id)).toMatchObject({ state: 'approved', estimates: { S1: 2 } });
});

test('a retry takes up what did not end well, and done work where it is named', async () => {
  const task = await storedTask(env.store);
  const keys = ['S1', 'S2', 'S3', 'S4'];
  const [one = '', two = ''] = await storedSubtasks(
    env.store,
    task.id,
    keys.map((key) => newSubtask(key)),
  );
  await finish(one);
  await finish(two);
  await env.store.subtasks.stopAll(task.id, 'ada');
  await env.store.tasks.move(task.id, 'stopped', { reason: 'Stopped by ada.', actor: 'ada' });

  await env.store.tasks.reopen(task.id, 'ada', { again: ['S2'], budgetUsd: 7 });

  expect(await statesOf(task.id)).toEqual({ S1: 'done', S2: 'pending', S3: 'pending', S4: 'pending' });
  expect(await env.store.tasks.get(task.id)).toMatchObject({ state: 'queued', budgetUsd: 7, reason: null });
});

test('a budget is set as it is said, also below what it was', async () => {
  const task = await storedTask(env.store);

  const set = await env.store.tasks.setBudget(task.id, 1.5, 'ada');

  expect(set).toBe(true);
  expect((await env.store.tasks.get(task.id))?.budgetUsd).toBe(1.5);
  expect(await env.store.tasks.setBudget('no-such-task', 1, 'ada')).toBe(false);
});

test('mail has an address and a kind, and stands among the records of its task', async () => {
  const task = await storedTask(env.store);
  await env.store.messages.send(task.id, { from: 'ada', body: 'Hurry.' });
  await env.store.messages.send(task.id, {
    from: 'crew:backend',
    to: 'frontend',
    kind: 'decision',
    body: 'PUT /items/:id',
  });

  const records = await env.store.tasks.records(task.id);

  expect(records?.messages.map(({ id: _id, at: _at, ...message }) => message)).toEqual([
    { from: 'ada', to: null, kind: 'message', body: 'Hurry.' },
    { from: 'crew:backend', to: 'frontend', kind: 'decision', body: 'PUT /items/:id' },
  ]);
});

test('the pull requests that the crew opened are found by number, once they stand on GitHub', async () => {
  const task = await storedTask(env.store);
  const open = { kind: 'open_pull_request', base: 'main', title: 'T', body: 'B', draft: true } as const;
  const effects = await env.store.effects.plan(
    ['crew/1-a', 'crew/2-b'].map((branch) => ({
      key: `pull-request:${branch}`,
      taskId: task.id,
      repository: task.repository,
      action: { ...open, branch },
    })),
  );
  const [first] = effects;
  const claim = await env.store.effects.claim(first?.id ?? '', 'p', 1_000);
  await env.store.effects.done(first?.id ?? '', claim?.token ?? 0, 1, {
    url: null,
    externalId: 9,
    number: 41,
  });

  const found = await env.store.effects.opened(task.repository.id, 41);

  expect(found.map(({ key, taskId }) => [key, taskId])).toEqual([['pull-request:crew/1-a', task.id]]);
  expect(await env.store.effects.opened(task.repository.id)).toEqual(found);
  expect(await env.store.effects.opened(task.repository.id, 42)).toEqual([]);
  expect(await env.store.effects.opened(task.repository.id + 1, 41)).toEqual([]);
});
