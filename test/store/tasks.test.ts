import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  answered,
  newSubtask,
  newTask,
  repository,
  result,
  sticky,
  storedSubtasks,
  storedTask,
  testStore,
} from './records.ts';

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore();
});
afterAll(() => env.drop());

const plan = {
  hash: 'h1',
  estimates: {},
  estimateUsd: 1.5,
  answer: { decision: 'plan' as const, summary: 'S', subtasks: [], risks: [], questions: [] },
};

test('a task is stored as it was asked for', async () => {
  const asked = newTask({ requester: 'a\u0000da' });

  const { task, created } = await env.store.tasks.create(asked, 'ada');

  const now = env.clock.now().toISOString();
  expect(created).toBe(true);
  expect(task).toEqual({
    ...asked,
    requester: 'ada',
    id: task.id,
    state: 'queued',
    reason: null,
    costUsd: 0,
    createdAt: now,
    askedAt: null,
    updatedAt: now,
    finishedAt: null,
  });
  expect(await env.store.tasks.get(task.id)).toEqual(task);
});

test('one request makes one task, however many deliveries bring it at once', async () => {
  const asked = newTask();

  const answers = await Promise.all(Array.from({ length: 20 }, () => env.store.tasks.create(asked, 'ada')));
  const replayed = await env.store.tasks.create(asked, 'ada');

  expect(answers.filter((answer) => answer.created)).toHaveLength(1);
  expect(new Set([...answers, replayed].map((answer) => answer.task.id)).size).toBe(1);
  expect(replayed.created).toBe(false);
});

test('a task follows its repository when that is renamed', async () => {
  const renamed = { ...repository, id: 99, name: 'new-name' };
  const task = await storedTask(env.store, { repository: { ...repository, id: 99 } });

  await env.store.repositories.save(renamed);

  expect((await env.store.tasks.get(task.id))?.repository).toEqual(renamed);
});

test('a task moves until it reaches an end, and no further', async () => {
  const task = await storedTask(env.store);

  const moves = [
    await env.store.tasks.move(task.id, 'working', { reason: null, actor: 'system' }),
    await env.store.tasks.move(task.id, 'working', { reason: null, actor: 'system' }),
    await env.store.tasks.move(task.id, 'failed', { reason: 'No luck.', actor: 'system' }),
    await env.store.tasks.move(task.id, 'working', { reason: null, actor: 'system' }),
    await env.store.tasks.move('no-such-task', 'working', { reason: null, actor: 'system' }),
  ];

  expect(moves).toEqual([true, true, true, false, false]);
  expect(await env.store.tasks.get(task.id)).toMatchObject({
    state: 'failed',
    reason: 'No luck.',
    finishedAt: env.clock.now().toISOString(),
  });
  expect((await env.store.events.ofTask(task.id)).map((event) => event.type)).toEqual([
    'task.created',
    'task.working',
    'task.failed',
  ]);
});

test('an ended task opens again with its unfinished work pending, its finished work kept', async () => {
  const task = await storedTask(env.store);
  const [done = '', failed = '', open = ''] = await storedSubtasks(env.store, task.id, [
    newSubtask('S1'),
    newSubtask('S2'),
    newSubtask('S3'),
  ]);
  for (const [id, outcome] of [
    [done, answered],
    [failed, result({ kind: 'failed', cause: 'conflict', message: 'No.' })],
  ] as const) {
    const claimed = await env.store.subtasks.claim(id, 'w', 1_000);
    await env.store.subtasks.finish(id, claimed?.lease.token ?? 0, outcome);
  }
  const [effect] = await env.store.effects.plan([sticky(`retry:${task.id}`, 'x', { taskId: task.id })]);
  const sending = await env.store.effects.claim(effect?.id ?? '', 'p', 1_000);
  await env.store.effects.failed(effect?.id ?? '', sending?.token ?? 0, {
    error: '403',
    dueAt: null,
    sent: 'no',
  });

  const early = await env.store.tasks.reopen(task.id, 'ada');
  await env.store.tasks.move(task.id, 'failed', { reason: 'S2', actor: 'system' });
  const opened = await env.store.tasks.reopen(task.id, 'ada');

  expect([early, opened]).toEqual([false, true]);
  const records = await env.store.tasks.records(task.id);
  expect(records?.task).toMatchObject({ state: 'queued', reason: null, finishedAt: null });
  expect(records?.subtasks.map(({ id, state, attempts }) => ({ id, state, attempts }))).toEqual([
    { id: done, state: 'done', attempts: 1 },
    { id: failed, state: 'pending', attempts: 0 },
    { id: open, state: 'pending', attempts: 0 },
  ]);
  expect(records?.effects.map(({ state, error }) => ({ state, error }))).toEqual([
    { state: 'planned', error: null },
  ]);
  expect(await env.store.subtasks.claim(failed, 'w', 1_000)).toMatchObject({ lease: { token: 2 } });
});

test('all that is known of a task comes together, with the newest result of each subtask', async () => {
  const task = await storedTask(env.store);
  const [id = ''] = await storedSubtasks(env.store, task.id, [
    newSubtask('S1'),
    newSubtask('S2', { dependsOn: ['S1'] }),
  ]);
  const proposed = await env.store.plans.propose({ taskId: task.id, ...plan });
  const first = await env.store.subtasks.claim(id, 'w', 1_000);
  await env.store.subtasks.charge(id, first?.lease.token ?? 0, 0.25);
  await env.store.subtasks.finish(
    id,
    first?.lease.token ?? 0,
    result({ kind: 'failed', cause: 'conflict', message: 'No.' }),
  );
  await env.store.tasks.move(task.id, 'failed', { reason: null, actor: 'system' });
  await env.store.tasks.reopen(task.id, 'ada');
  const second = await env.store.subtasks.claim(id, 'w', 1_000);
  await env.store.subtasks.charge(id, second?.lease.token ?? 0, 0.25);
  await env.store.subtasks.finish(id, second?.lease.token ?? 0, answered);

  const records = await env.store.tasks.records(task.id);

  expect(records?.plan).toEqual(proposed);
  expect(records?.subtasks.map((subtask) => subtask.key)).toEqual(['S1', 'S2']);
  expect(records?.subtasks[0]?.costUsd).toBe(0.5);
  expect(records?.results.map((stored) => stored.outcome)).toEqual([answered.outcome]);
  expect((await env.store.results.ofTask(task.id)).map((stored) => stored.outcome.kind)).toEqual([
    'failed',
    'answer',
  ]);
  expect(await env.store.results.of(id)).toEqual(records?.results[0]);
  expect(await env.store.tasks.records('no-such-task')).toBeNull();
});

test('tasks on a subject and in a list come newest first', async () => {
  const own = await testStore();
  try {
    const older = await storedTask(own.store);
    own.clock.advance(1_000);
    const newer = await storedTask(own.store);
    await storedTask(own.store, { subject: { kind: 'issue', number: 6 } });
    await own.store.tasks.move(older.id, 'done', { reason: null, actor: 'system' });

    const onSubject = await own.store.tasks.onSubject(repository.id, 5);
    const ended = await own.store.tasks.list({ open: false, limit: 10 });
    const open = await own.store.tasks.list({ open: true, repositoryId: repository.id, limit: 10 });
    const elsewhere = await own.store.tasks.list({ repositoryId: 1, limit: 10 });

    expect(onSubject.map((task) => task.id)).toEqual([newer.id, older.id]);
    expect(ended.map((task) => task.id)).toEqual([older.id]);
    expect(open).toHaveLength(2);
    expect(elsewhere).toEqual([]);
  } finally {
    await own.drop();
  }
});

test('the sweep is given each open task once, then again when it was long not looked at', async () => {
  const own = await testStore();
  try {
    const open = await storedTask(own.store);
    const ended = await storedTask(own.store);
    await own.store.tasks.move(ended.id, 'done', { reason: null, actor: 'system' });

    const found = await Promise.all(
      Array.from({ length: 5 }, () => own.store.tasks.due(own.clock.now().toISOString(), 10)),
    );
    own.clock.advance(1);
    const later = await own.store.tasks.due(own.clock.now().toISOString(), 10);

    expect(found.flat()).toEqual([open.id]);
    expect(later).toEqual([open.id]);
  } finally {
    await own.drop();
  }
});

test('the newest plan supersedes earlier ones, and approval is bound to its hash', async () => {
  const task = await storedTask(env.store);
  await env.store.plans.propose({ taskId: task.id, ...plan });
  const second = await env.store.plans.propose({ taskId: task.id, ...plan, hash: 'h2' });

  const approvals = [
    await env.store.plans.approve(task.id, 'h1', 'ada'),
    await env.store.plans.approve(task.id, 'h2', 'ada'),
    await env.store.plans.approve(task.id, 'h2', 'bob'),
  ];

  expect(approvals).toEqual([false, true, false]);
  expect(await env.store.plans.latest(task.id)).toEqual({
    ...second,
    version: 2,
    state: 'approved',
    approvedBy: 'ada',
  });
  expect(await env.store.plans.latest('no-such-task')).toBeNull();
});

test('plans that are proposed at once follow one another', async () => {
  const task = await storedTask(env.store);

  const plans = await Promise.all(
    Array.from({ length: 5 }, (_, n) => env.store.plans.propose({ taskId: task.id, ...plan, hash: `h${n}` })),
  );

  expect(plans.map((proposed) => proposed.version).toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(await env.store.plans.latest(task.id)).toMatchObject({ version: 5, state: 'proposed' });
});

test('a removed repository is kept but not listed, until it is saved again', async () => {
  const other = { ...repository, id: 55, name: 'removed' };
  await env.store.repositories.save(other);

  await env.store.repositories.remove(55);
  const listed = await env.store.repositories.list();
  await storedTask(env.store, { repository: other });
  const afterTask = await env.store.repositories.list();

  expect(await env.store.repositories.get(55)).toEqual(other);
  expect(listed).not.toContainEqual(other);
  expect(afterTask).not.toContainEqual(other);
  await env.store.repositories.save(other);
  expect(await env.store.repositories.list()).toContainEqual(other);
});

test('mail is read from the last one seen, and transcripts are kept whole', async () => {
  const task = await storedTask(env.store);
  const [subtaskId = ''] = await storedSubtasks(env.store, task.id, [newSubtask('S1')]);
  await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      env.store.messages.send(task.id, { from: 'ada', body: `mail ${n}` }),
    ),
  );
  const transcript = {
    taskId: task.id,
    subtaskId,
    attempt: 1,
    model: 'm',
    messages: [{ role: 'user' }],
    ended: 'end_turn',
  };
  await env.store.transcripts.save(transcript);
  await env.store.messages.send('no-such-task', { from: 'ada', body: 'lost' });

  const all = await env.store.messages.after(task.id, 0);
  const rest = await env.store.messages.after(task.id, all[7]?.id ?? 0);

  expect(all.map((mail) => mail.body).toSorted()).toEqual(Array.from({ length: 10 }, (_, n) => `mail ${n}`));
  expect(rest).toEqual(all.slice(8));
  expect(await env.store.transcripts.ofTask(task.id)).toMatchObject([transcript]);
});
