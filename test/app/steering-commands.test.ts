/** What people say to work that runs, as a conversation. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewSubtask } from '../../src/core/store-ports.ts';
import { type Conversation, conversationIn, REPOSITORY, repliesOn } from './conversation.ts';
import { type Intake, startIntake } from './intake-parts.ts';

let intake: Intake;
beforeAll(async () => {
  intake = await startIntake();
});
afterAll(() => intake.close());

const subtask = (key: string, role: string, change: Partial<NewSubtask> = {}): NewSubtask => ({
  key,
  role,
  kind: 'work',
  planId: null,
  title: key,
  goal: key,
  acceptance: [],
  files: [],
  dependsOn: [],
  ...change,
});

/** An issue whose task is at work: S1 and S2 run, S3 builds on S1. */
async function atWork(): Promise<Conversation & { readonly id: string }> {
  const talk = conversationIn(intake);
  await talk.say('/crew run');
  const id = (await talk.tasks())[0]?.id ?? '';
  await intake.store.subtasks.add(id, [
    subtask('S1', 'backend'),
    subtask('S2', 'qa'),
    subtask('S3', 'qa', { dependsOn: ['S1'] }),
  ]);
  await intake.store.tasks.move(id, 'working', { reason: null, actor: 'system' });
  for (const key of ['S1', 'S2']) await intake.store.subtasks.claim(await subtaskId(id, key), 'w', 60_000);
  return { ...talk, id };
}

async function subtaskId(taskId: string, key: string): Promise<string> {
  const records = await intake.store.tasks.records(taskId);
  return records?.subtasks.find((known) => known.key === key)?.id ?? '';
}

const stateOf = async (taskId: string, key: string) =>
  (await intake.store.subtasks.get(await subtaskId(taskId, key)))?.state;

const messages = async (taskId: string) =>
  (await intake.store.messages.after(taskId, 0)).map(({ from, to, body }) => ({ from, to, body }));

async function end(taskId: string, key: string): Promise<void> {
  const id = await subtaskId(taskId, key);
  const held = await intake.store.subtasks.get(id);
  const usage = {
    model: null,
    turns: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    cacheWriteTokens: 0,
  };
  await intake.store.subtasks.finish(id, held?.lease?.token ?? 0, {
    outcome: {
      kind: 'patch',
      answer: { summary: key, decisions: [], checks: [], not_done: [] },
      patch: '',
      baseSha: 'a'.repeat(40),
      leftOut: [],
      sandbox: 'off',
    },
    usage,
    costUsd: 0,
    durationMs: 1,
  });
}

describe('/crew tell', () => {
  it('reaches everybody at work, and says who reads it when', async () => {
    const { say, id } = await atWork();

    expect(await say('/crew tell keep the old route')).toMatchObject({
      reaction: 'eyes',
      reply: 'Passed on. S1 (backend), S2 (qa): read before the next model call. S3 (qa): read at the start.',
    });
    expect(await messages(id)).toEqual([{ from: 'mona', to: null, body: 'keep the old route' }]);
  });

  it('reaches the one specialist that is named', async () => {
    const { say, id } = await atWork();

    const { reply } = await say('/crew tell backend: use PUT');

    expect(reply).toBe('Passed on. S1 (backend): read before the next model call.');
    expect(await messages(id)).toEqual([{ from: 'mona', to: 'backend', body: 'use PUT' }]);
  });

  it('counts on nobody where code alone runs the checks', async () => {
    const { say, id } = await atWork();
    await intake.store.subtasks.add(id, [
      subtask('before', 'strategist', { kind: 'verify' }),
      subtask('verify', 'qa', { kind: 'verify', dependsOn: ['S2'] }),
    ]);

    expect((await say('/crew tell qa: mind the tests')).reply).toBe(
      'Passed on. S2 (qa): read before the next model call. S3 (qa): read at the start.',
    );
    expect((await say('/crew tell strategist: hurry')).reply).toContain(
      '`strategist` has nothing left to do here.',
    );
  });

  it('in one comment with the command that starts the work is there when it begins', async () => {
    const { say, tasks } = conversationIn(intake);

    await say('/crew run\n/crew tell mind the tests');

    expect(await messages((await tasks())[0]?.id ?? '')).toMatchObject([{ body: 'mind the tests' }]);
  });

  it.each([
    ['without words', '/crew tell backend:', /words are missing/],
    [
      'to a specialist with nothing to do',
      '/crew tell strategist: hurry',
      /`strategist` has nothing left.*`backend`, `qa`/,
    ],
    ['that is too long', `/crew tell ${'x'.repeat(8_001)}`, /8001 characters.*at most 8000/],
  ])('is refused %s', async (_what, words, reason) => {
    const { say, id } = await atWork();

    expect(await say(words)).toMatchObject({ reaction: 'confused', reply: expect.stringMatching(reason) });
    expect(await messages(id)).toEqual([]);
  });

  it('is refused where nothing runs, and where the plan waits for a person', async () => {
    const { say, proposePlan } = conversationIn(intake);
    expect((await say('/crew tell hello')).reply).toContain('Nothing runs here');
    await say('/crew plan');
    await proposePlan();

    expect((await say('/crew tell hello')).reply).toContain('`/crew plan <what to change>`');
  });
});

describe('a plain comment', () => {
  it('by a writer is read by the agents at work, once', async () => {
    const { say, id } = await atWork();

    const first = await say('Please keep the old route.', { commentId: 777 });
    await say('Please keep the old route.', { commentId: 777 });

    expect(first).toMatchObject({ reaction: 'eyes', reply: null });
    expect(await messages(id)).toEqual([{ from: 'mona', to: null, body: 'Please keep the old route.' }]);
  });

  it('by somebody who may not write is not', async () => {
    const { say, id } = await atWork();
    intake.github.permission = 'read';

    const said = await say('Please delete the tests.');

    intake.github.permission = 'write';
    expect(said).toMatchObject({ reaction: null, reply: null });
    expect(await messages(id)).toEqual([]);
  });
});

describe('/crew retry from', () => {
  it('does a subtask and what builds on it again, and keeps the rest', async () => {
    const { say, id } = await atWork();
    await end(id, 'S1');
    await end(id, 'S2');
    await intake.store.tasks.move(id, 'failed', { reason: 'The checks failed.', actor: 'system' });

    expect(await say('/crew retry from s1')).toMatchObject({ reaction: 'eyes', reply: null });

    const states = await Promise.all(['S1', 'S2', 'S3'].map((key) => stateOf(id, key)));
    expect(states).toEqual(['pending', 'done', 'pending']);
    expect((await intake.store.tasks.get(id))?.state).toBe('queued');
  });

  it.each([
    ['another subtask than there is', '/crew retry from S9', /No subtask `S9`.*`S1`, `S2`, `S3`/],
    ['anything else', '/crew retry S1', /`from <subtask>`/],
  ])('is refused for %s', async (_what, words, reason) => {
    const { say, id } = await atWork();
    await intake.store.tasks.move(id, 'failed', { reason: null, actor: 'system' });

    expect(await say(words)).toMatchObject({ reaction: 'confused', reply: expect.stringMatching(reason) });
  });

  it('is refused for work that is done, with why', async () => {
    const { say, id } = await atWork();
    await intake.store.tasks.move(id, 'done', { reason: null, actor: 'system' });

    expect((await say('/crew retry from S1')).reply).toContain('The work is done.');
  });
});

describe('/crew budget', () => {
  it('sets the budget of the task at work', async () => {
    const { say, id } = await atWork();

    expect((await say('/crew budget $2.50')).reply).toBe(
      'The budget of this task is $2.50 now; $0.00 is spent.',
    );
    expect((await intake.store.tasks.get(id))?.budgetUsd).toBe(2.5);
  });

  it('takes a task up again that ended at its budget', async () => {
    const { say, id } = await atWork();
    await intake.store.tasks.setBudget(id, 1, 'mona');
    await intake.store.tasks.move(id, 'over_budget', { reason: null, actor: 'system' });

    const { reply } = await say('/crew budget 3');

    expect(reply).toContain('It is taken up again.');
    expect(await intake.store.tasks.get(id)).toMatchObject({ state: 'queued', budgetUsd: 3 });
  });

  it('is never more than the operator allows, and never less than what is spent', async () => {
    const { say, id } = await atWork();
    const held = await intake.store.subtasks.get(await subtaskId(id, 'S1'));
    await intake.store.subtasks.charge(held?.id ?? '', held?.lease?.token ?? 0, 0.75);

    expect((await say('/crew budget 50')).reply).toContain('more than the $5.00 that the operator allows');
    expect((await say('/crew budget 0.5')).reply).toContain('$0.75 is spent already');
    expect((await say('/crew budget a lot')).reply).toContain('takes an amount in USD');
    expect((await intake.store.tasks.get(id))?.budgetUsd).toBe(5);
  });

  it('alone tells what is spent, of the task and of the month', async () => {
    intake.github.config = 'budget: { per_month_usd: 40 }';
    const { say } = await atWork();

    const { reply } = await say('/crew budget');

    intake.github.config = null;
    expect(reply).toMatch(
      /^The newest task here \(implement, working\) has spent \$0\.00 of its budget of \$5\.00\. In \d{4}-\d\d \(UTC\) this repository has spent \$[\d.]+; the limit is \$40\.00\.$/,
    );
  });

  it('changes nothing about work that is done', async () => {
    const { say, id, number } = await atWork();
    await intake.store.tasks.move(id, 'done', { reason: null, actor: 'system' });

    await say('/crew budget 3');

    expect(await repliesOn(intake, number)).toContainEqual(expect.stringContaining('is over (done)'));
    expect((await intake.store.tasks.onSubject(REPOSITORY, number))[0]?.state).toBe('done');
  });
});
