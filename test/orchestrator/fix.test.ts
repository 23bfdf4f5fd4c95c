import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyChanges } from '../../src/app/apply-changes.ts';
import type { Task } from '../../src/core/records.ts';
import type { Feedback, FixRequest } from '../../src/core/request-records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { SKIP } from '../support/left-out-marks.ts';
import { feedback, fixTask } from '../support/records.ts';
import { type Agent, patch, type TestCrew, testCrew } from './crew.ts';

let crew: TestCrew;
beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

type Patch = Extract<Outcome, { kind: 'patch' }>;

/** Answers these words, with a change of this text. */
const answering = (text: string, ...ids: readonly number[]): Patch => {
  const made = patch(text) as Patch;
  const replies = ids.map((id) => ({ id, done: true, text: `Answer to ${id}.` }));
  return { ...made, answer: { ...made.answer, replies } };
};
const agent =
  (text: string, ...ids: readonly number[]): Agent =>
  async () =>
    answering(text, ...ids);

function round(request: Partial<FixRequest> = {}): Promise<Task> {
  const { kind, subject, request: asked } = fixTask({ request });
  return crew.newTask({ kind, subject, request: asked });
}

const spoken = (id: number): Feedback => feedback({ id, at: crew.clock.now().toISOString() });

async function speak(task: Task, id: number): Promise<void> {
  const { jobs } = await crew.store.transaction((tx) =>
    applyChanges(tx, {
      decided: 'change',
      reason: 'mona spoke',
      actor: 'mona',
      changes: [{ kind: 'add_feedback', taskId: task.id, feedback: [spoken(id)] }],
    }),
  );
  await crew.bell.ring(jobs);
}

const actions = async (task: Task) =>
  (await crew.records(task)).effects
    .filter(({ action }) => action.kind !== 'sticky_comment')
    .map(({ action }) => action);

describe('a round', () => {
  it('on failed checks works on the head, runs the checks and pushes', async () => {
    const task = await round();

    await crew.settle();

    const { subtasks, task: ended } = await crew.records(task);
    expect(ended.state).toBe('done');
    expect(subtasks.map(({ key, kind, state }) => [key, kind, state])).toEqual([
      ['work', 'work', 'done'],
      ['verify', 'verify', 'done'],
    ]);
    expect(await actions(task)).toMatchObject([
      { kind: 'push_branch', branch: 'crew/12-favourites-first', onto: 'b'.repeat(40), force: false },
    ]);
  });

  it('is followed by a look at its pull request, which listened to nobody meanwhile', async () => {
    const task = await round();

    await crew.settle();

    const [look, ...others] = await crew.store.deliveries.list({ limit: 10 });
    expect(others).toEqual([]);
    expect(look).toMatchObject({
      event: 'status',
      payload: { sha: null, branches: [{ name: 'crew/12-favourites-first' }] },
    });
    expect(look?.guid).toContain(task.id);
  });

  it('that somebody stopped is followed by none', async () => {
    const task = await round();

    await crew.stop(task);
    await crew.settle();

    expect(await crew.store.deliveries.list({ limit: 10 })).toEqual([]);
  });

  it('has failed jobs looked at as they are where GitHub does not run them again', async () => {
    crew.refused.add('rerun_failed_jobs');
    const { repository } = await round();
    const action = { kind: 'rerun_failed_jobs', runId: 70, attempt: 1, branch: 'crew/12-x' } as const;
    const [effect] = await crew.store.effects.plan([{ key: 'rerun', taskId: null, repository, action }]);

    await crew.handle({ step: 'publish', effectId: effect?.id ?? '' });

    expect(await crew.store.deliveries.list({ limit: 10 })).toMatchObject([
      { guid: `look-${effect?.id}`, payload: { branches: [{ name: 'crew/12-x' }] } },
    ]);
  });

  it('on words waits for silence, and answers all of them in one', async () => {
    const task = await round({ cause: { kind: 'feedback' }, feedback: [spoken(601)] });
    crew.agents.set('work', agent('diff', 601, 602));

    await crew.settle();
    await speak(task, 602);
    await crew.settle();
    const waiting = await crew.records(task);
    crew.clock.pass(31_000);
    await crew.bell.ring([{ step: 'advance', taskId: task.id }]);
    await crew.settle();

    expect(waiting).toMatchObject({ task: { state: 'queued' }, subtasks: [] });
    expect(crew.bell.rings.some(({ job, delayMs }) => job.step === 'advance' && delayMs > 0)).toBe(true);
    expect((await crew.records(task)).task.state).toBe('done');
    expect((await actions(task)).map(({ kind }) => kind)).toEqual(['push_branch', 'comment']);
    expect(await actions(task)).toContainEqual(
      expect.objectContaining({ body: expect.stringMatching(/Answer to 601\.[\s\S]*Answer to 602\./) }),
    );
  });

  it('hears what is said while it works before its next turn', async () => {
    const task = await round({ cause: { kind: 'asked', note: 'mind the empty list' } });
    const heard: string[] = [];
    crew.agents.set('work', async (_job, hooks) => {
      await speak(task, 603);
      heard.push(...(await hooks.beforeTurn()));
      return answering('diff', 603);
    });

    await crew.settle();

    expect(heard).toEqual([expect.stringMatching(/^mona: Comment 603, to be answered as well/)]);
    expect((await crew.records(task)).subtasks.map(({ key }) => key)).toEqual(['work', 'verify']);
    expect((await actions(task)).map(({ kind }) => kind)).toEqual(['push_branch', 'comment']);
  });

  it('answers what was said after its answer, before anything is published', async () => {
    const task = await round({ cause: { kind: 'asked', note: '' } });
    crew.agents.set('work-2', agent('more', 604));
    const verifying = await crew.next('work').then(async (job) => {
      await crew.handle(job);
      return crew.next('work');
    });
    await speak(task, 604);

    await crew.handle(verifying);
    await crew.settle();

    const { subtasks, task: ended } = await crew.records(task);
    expect(subtasks.map(({ key }) => key)).toEqual(['work', 'verify', 'work-2', 'verify-2']);
    expect(ended.state).toBe('done');
    expect((await actions(task)).map(({ kind }) => kind)).toEqual(['push_branch', 'comment']);
  });

  it('is asked to mend an answer that leaves a word out', async () => {
    const problems: (readonly string[])[] = [];
    crew.agents.set('work', async (_job, hooks) => {
      problems.push(hooks.problemsWith(answering('diff', 601).answer));
      problems.push(hooks.problemsWith(answering('diff', 601, 602).answer));
      return answering('diff', 601, 602);
    });
    await round({ feedback: [spoken(601), spoken(602)] });

    await crew.settle();

    expect(problems).toEqual([['`replies` has no entry for the comment 602 by mona.'], []]);
  });

  it('does not push what loosens tests', async () => {
    const loosened = [
      'diff --git a/test/a.test.js b/test/a.test.js',
      '--- a/test/a.test.js',
      '+++ b/test/a.test.js',
      '@@ -1 +1 @@',
      "-it('adds', () => {});",
      `+it${SKIP}('adds', () => {});`,
      '',
    ].join('\n');
    crew.agents.set('work', agent(loosened));
    const task = await round();

    await crew.settle();

    expect((await crew.records(task)).task).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('a test is skipped'),
    });
    expect(await actions(task)).toEqual([]);
  });

  it('ends with the reason when somebody pushed meanwhile', async () => {
    crew.refused.add('push_branch');
    const task = await round();

    await crew.settle();

    expect((await crew.records(task)).task).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('GitHub did not take the push branch'),
    });
  });

  it('takes no more words once its answers are on their way', async () => {
    const task = await round({ feedback: [spoken(601)], cause: { kind: 'asked', note: '' } });
    crew.agents.set('work', agent('', 601));
    await crew.next('publish').then(() => crew.next('publish'));

    await expect(speak(task, 605)).rejects.toThrow('went on meanwhile (publishing)');
  });
});
