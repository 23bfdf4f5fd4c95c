import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { applyChanges } from '../../src/app/apply-changes.ts';
import type { Change } from '../../src/core/change.ts';
import { TransientError } from '../../src/core/errors.ts';
import type { Store } from '../../src/core/store-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import {
  implementTask,
  planAnswer,
  replyTask,
  repository,
  reviewTask,
  subtask,
  trackedFinding,
} from '../support/records.ts';

let database: TestDatabase;
let store: Store;

beforeAll(async () => {
  database = await testDatabase();
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  store = createStore({ pool: database.pool, clock, newId: randomUUID, onCommitted: () => undefined });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const apply = (...changes: readonly Change[]) =>
  store.transaction((tx) =>
    applyChanges(tx, { decided: 'change', reason: 'a test', actor: 'mona', changes }),
  );

let lastNumber = 100;
const newTask = () => {
  lastNumber += 1;
  const { kind, requester, request, budgetUsd } = implementTask();
  const subject = { kind: 'issue', number: lastNumber } as const;
  return { kind, repository, subject, requestKey: randomUUID(), requester, request, budgetUsd };
};

async function startTask(): Promise<string> {
  const { summary } = await apply({ kind: 'create_task', task: newTask() });
  return summary.taskId ?? '';
}

it('creates a task once, shows its progress, and rings for both', async () => {
  const task = newTask();

  const first = await apply({ kind: 'create_task', task });
  const second = await apply({ kind: 'create_task', task });

  const taskId = first.summary.taskId ?? '';
  const [progress] = await store.effects.ofTask(taskId);
  expect(first.jobs).toEqual([
    { step: 'advance', taskId },
    { step: 'publish', effectId: progress?.id },
  ]);
  expect(second).toEqual({ summary: { decided: 'change', reason: 'a test', taskId }, jobs: [] });
});

it('starts the same work on one issue once, when several decisions that saw none are carried out at once', async () => {
  const task = newTask();
  const asked = Array.from({ length: 4 }, () => ({ ...task, requestKey: randomUUID() }));

  const ends = await Promise.allSettled(asked.map((one) => apply({ kind: 'create_task', task: one })));

  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  expect(refused).toHaveLength(3);
  for (const error of refused) expect(error).toBeInstanceOf(TransientError);
  expect(await store.tasks.onSubject(repository.id, task.subject.number)).toHaveLength(1);
});

it('starts reviews of two heads, but one of each', async () => {
  const { kind, request } = reviewTask();
  if (request.kind !== 'review') throw new Error('the fixture is no review');
  const subject = { kind: 'pull_request', number: 77 } as const;
  const ofHead = (headSha: string): Change => {
    const pullRequest = { ...request.pullRequest, headSha };
    const task = { ...newTask(), kind, subject, request: { ...request, pullRequest } };
    return { kind: 'create_task', task };
  };

  await apply(ofHead('b'.repeat(40)), ofHead('c'.repeat(40)));

  await expect(apply(ofHead('b'.repeat(40)))).rejects.toThrow(TransientError);
  expect(await store.tasks.onSubject(repository.id, subject.number)).toHaveLength(2);
});

it('takes three replies of a thread up, when more decisions that saw none are carried out at once', async () => {
  const { kind, request } = replyTask();
  const subject = { kind: 'pull_request', number: 78 } as const;
  const replyIn = (commentId: number) => ({
    ...newTask(),
    kind,
    subject,
    request: { ...request, commentId } as typeof request,
  });
  const asked = Array.from({ length: 6 }, () => replyIn(501));

  const ends = await Promise.allSettled(asked.map((task) => apply({ kind: 'create_task', task })));
  await apply({ kind: 'create_task', task: replyIn(601) });

  const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  expect(refused).toHaveLength(3);
  for (const error of refused) expect(error).toBeInstanceOf(TransientError);
  const known = await store.tasks.onSubject(repository.id, subject.number);
  expect(known).toHaveLength(4);
  for (const { requestKey, request } of known) {
    await apply({ kind: 'create_task', task: { ...replyIn(501), requestKey, request } });
  }
  expect(await store.tasks.onSubject(repository.id, subject.number)).toHaveLength(4);
});

it('does not take a task up again beside one that was started meanwhile', async () => {
  const task = newTask();
  const { summary } = await apply({ kind: 'create_task', task });
  const taskId = summary.taskId ?? '';
  await apply(
    { kind: 'stop_task', taskId, reason: 'Replaced by a new plan.' },
    { kind: 'create_task', task: { ...task, requestKey: randomUUID() } },
  );

  await expect(apply({ kind: 'reopen_task', taskId })).rejects.toThrow(TransientError);
});

it('stops by its request key a task that an earlier change of the delivery creates', async () => {
  const task = newTask();

  const { summary } = await apply(
    { kind: 'create_task', task },
    { kind: 'stop_task', taskId: task.requestKey, reason: 'Stopped by mona.' },
  );

  expect(await store.tasks.get(summary.taskId ?? '')).toMatchObject({ state: 'stopped' });
});

it('takes a task that ran out of money up with the larger budget', async () => {
  const taskId = await startTask();
  await store.tasks.move(taskId, 'over_budget', { reason: 'spent', actor: 'system' });

  await apply({ kind: 'reopen_task', taskId, budgetUsd: 50 });
  const raised = await store.tasks.get(taskId);
  await store.tasks.move(taskId, 'over_budget', { reason: 'spent', actor: 'system' });
  await apply({ kind: 'reopen_task', taskId, budgetUsd: 1 });

  expect([raised?.budgetUsd, (await store.tasks.get(taskId))?.budgetUsd]).toEqual([50, 50]);
});

it('stops a task with all that runs in it, and the progress comment says so', async () => {
  const taskId = await startTask();
  const { key, kind, role, title, goal, acceptance, files, dependsOn } = subtask({
    key: 'plan',
    kind: 'plan',
    role: 'strategist',
  });
  await store.subtasks.add(taskId, [
    { planId: null, key, kind, role, title, goal, acceptance, files, dependsOn },
  ]);
  const pending = (await store.tasks.records(taskId))?.subtasks[0]?.id ?? '';
  const claimed = await store.subtasks.claim(pending, 'worker', 60_000);

  await apply({ kind: 'stop_task', taskId, reason: 'Stopped by mona.' });

  const records = await store.tasks.records(taskId);
  expect(records?.task).toMatchObject({ state: 'stopped', reason: 'Stopped by mona.' });
  expect(records?.subtasks).toMatchObject([{ state: 'stopped' }]);
  expect(await store.subtasks.renew(pending, claimed?.lease.token ?? 0, 60_000)).toBe(false);
  expect(records?.effects[0]?.action).toMatchObject({ body: expect.stringContaining('Stopped by mona.') });
});

it('changes nothing about a task that has ended already', async () => {
  const taskId = await startTask();
  await apply({ kind: 'stop_task', taskId, reason: 'first' });

  expect((await apply({ kind: 'stop_task', taskId, reason: 'second' })).jobs).toEqual([]);
  expect(await store.tasks.get(taskId)).toMatchObject({ reason: 'first' });
});

it('takes an ended task up again', async () => {
  const taskId = await startTask();
  await apply({ kind: 'stop_task', taskId, reason: 'first' });

  expect((await apply({ kind: 'reopen_task', taskId })).jobs[0]).toEqual({ step: 'advance', taskId });
  expect((await store.tasks.get(taskId))?.state).not.toBe('stopped');
  expect((await apply({ kind: 'reopen_task', taskId })).jobs).toEqual([]);
});

it('approves the plan that was seen, and undoes everything when it was replaced meanwhile', async () => {
  const taskId = await startTask();
  const answer = planAnswer([{ key: 'S1', role: 'backend' }]);
  await store.plans.propose({ taskId, hash: 'seen', answer, estimates: {}, estimateUsd: 1 });
  await store.plans.propose({ taskId, hash: 'newer', answer, estimates: {}, estimateUsd: 1 });
  const comment = { kind: 'comment', number: 12, body: 'not to be said' } as const;
  const effect: Change = {
    kind: 'plan_effect',
    effect: { key: 'undone', taskId: null, repository, action: comment },
  };

  await expect(apply(effect, { kind: 'approve_plan', taskId, hash: 'seen' })).rejects.toThrow(TransientError);

  expect(await store.effects.byKey('undone')).toBeNull();
  await apply({ kind: 'approve_plan', taskId, hash: 'newer' });
  expect(await store.plans.latest(taskId)).toMatchObject({ state: 'approved', approvedBy: 'mona' });
});

it('puts a message into the task’s mailbox', async () => {
  const taskId = await startTask();

  await apply({ kind: 'send_message', taskId, body: 'mind the index' });

  expect(await store.messages.after(taskId, 0)).toMatchObject([{ from: 'mona', body: 'mind the index' }]);
});

it('settles a finding in the name of the decision’s actor, or of whose doing the decision says it was', async () => {
  const taskId = await startTask();
  const of = { repositoryId: repository.id, number: lastNumber };
  const { state: _state, settledBy: _by, reason: _reason, ...raised } = trackedFinding({ ...of, taskId });
  await store.findings.raise([raised, { ...raised, fingerprint: 'other' }], 'system');
  const settle = { kind: 'settle_finding', of, state: 'dismissed', reason: 'Resolved.' } as const;

  const { jobs } = await apply(
    { ...settle, fingerprint: raised.fingerprint },
    { ...settle, fingerprint: 'other', by: 'ada' },
    { ...settle, fingerprint: 'not tracked' },
  );

  expect(jobs).toEqual([]);
  expect(await store.findings.ofPull(of)).toMatchObject([
    { state: 'dismissed', settledBy: 'mona', reason: 'Resolved.' },
    { state: 'dismissed', settledBy: 'ada', reason: 'Resolved.' },
  ]);
});

it('pauses and resumes the reviews of a pull request, and counts pushes until a person speaks', async () => {
  const of = { repositoryId: repository.id, number: 88 };
  const push = (headSha: string): Change => ({ kind: 'note_push', of, headSha });

  await apply(push('h1'), push('h2'), push('h1'));
  const pushed = await store.watches.get(of);
  await apply({ kind: 'pause_reviews', of, why: 'asked' });
  const paused = await store.watches.get(of);
  await apply({ kind: 'note_person', of });
  const spoken = await store.watches.get(of);
  await apply({ kind: 'resume_reviews', of });

  expect(pushed).toEqual({ ...of, paused: null, pausedBy: null, pushedHeads: ['h1', 'h2'] });
  expect(paused).toMatchObject({ paused: 'asked', pausedBy: 'mona' });
  expect(spoken).toMatchObject({ paused: 'asked', pushedHeads: [] });
  expect(await store.watches.get(of)).toMatchObject({ paused: null, pausedBy: null });
});

it('remembers what a person taught, and forgets it in the name of who asked', async () => {
  const evidence = { by: 'ada', number: 3, url: null, quote: 'We count from 0.' };
  const repositoryId = 4_711;
  const memory = {
    repositoryId,
    key: 'k',
    kind: 'lesson',
    text: 'Pages count from 0.',
    path: null,
    evidence,
  } as const;

  await apply({ kind: 'remember', memory }, { kind: 'remember', memory });
  const [known, ...more] = await store.memories.list(repositoryId, 10);
  await apply({ kind: 'forget_memory', repositoryId, memoryId: known?.id ?? '' });

  expect(known).toMatchObject({ text: memory.text, evidence });
  expect(more).toEqual([]);
  expect(await store.memories.list(repositoryId, 10)).toEqual([]);
  const trail = await store.events.after(0, 10_000);
  expect(
    trail.filter(({ type }) => type.startsWith('memory.')).map(({ type, actor }) => [type, actor]),
  ).toEqual([
    ['memory.added', 'mona'],
    ['memory.forgotten', 'mona'],
  ]);
});

it('undoes what reviews remember together with the rest of a decision that could not be carried out', async () => {
  const of = { repositoryId: repository.id, number: 89 };

  const refused = apply(
    { kind: 'note_push', of, headSha: 'h1' },
    { kind: 'approve_plan', taskId: await startTask(), hash: 'never proposed' },
  );

  await expect(refused).rejects.toThrow(TransientError);
  expect((await store.watches.get(of)).pushedHeads).toEqual([]);
});
