import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Task } from '../../src/core/records.ts';
import { implementTask, planAnswer } from '../support/records.ts';
import type { TestCrew } from './crew.ts';
import { PLAN, patch, testCrew } from './crew.ts';
import { approvedTask, progressOf, stateOf } from './issue-steps.ts';
import { headOf } from './surroundings.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

describe('an issue', () => {
  it('goes from the label to a pull request: planned, approved, worked on side by side, checked, published', async () => {
    const task = await crew.newTask();
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('awaiting_approval');
    expect(crew.diary).toEqual(['+plan', '-plan']);

    await crew.approve(task);
    // Backend and frontend each wait until the other has begun.
    const both = { S2: Promise.withResolvers<void>(), S3: Promise.withResolvers<void>() };
    crew.agents.set('S2', async () => {
      both.S2.resolve();
      await both.S3.promise;
      return patch('diff of S2');
    });
    crew.agents.set('S3', async () => {
      both.S3.resolve();
      await both.S2.promise;
      return patch('diff of S3');
    });
    await crew.settle();

    const { task: ended, subtasks, effects } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'done', reason: null, costUsd: 0.02 });
    expect(crew.diary.slice(2, 4)).toEqual(['+S1', '-S1']);
    expect(crew.diary.slice(4, 6).sort()).toEqual(['+S2', '+S3']);
    expect(subtasks.map(({ key, state, attempts }) => [key, state, attempts])).toEqual(
      ['plan', 'S1', 'S2', 'S3', 'before', 'verify'].map((key) => [key, 'done', 1]),
    );
    const treeSha = headOf(['diff of S1', 'diff of S2', 'diff of S3']);
    expect(effects.map(({ action, state }) => [action.kind, state])).toEqual([
      ['sticky_comment', 'planned'],
      ['push_branch', 'done'],
      ['open_pull_request', 'done'],
    ]);
    expect(effects[1]?.action).toMatchObject({ treeSha });
    expect(effects[2]?.action).toMatchObject({ draft: true, body: expect.stringContaining('Closes #12') });
    expect(crew.bus.size).toBe(0);
  });

  it('shows its end in the one comment, no sooner than the comment may be edited again', async () => {
    const task = await approvedTask(crew);
    await crew.settle();
    expect(crew.bell.rings.map(({ job }) => job.step)).toEqual(['publish']);
    const [ring] = crew.bell.rings;
    expect(ring?.delayMs).toBeGreaterThan(0);
    expect(ring?.delayMs).toBeLessThanOrEqual(10_000);

    crew.clock.pass(10_000);
    crew.bell.rings = [];
    await crew.handle(ring?.job ?? { step: 'advance', taskId: task.id });

    const [progress] = await crew.store.effects.ofTask(task.id);
    expect(progress?.state).toBe('done');
    expect(await progressOf(crew, task)).toContain('https://github.test/open_pull_request');
  });

  it('needs no approval when it was asked for without', async () => {
    const request = { ...implementTask().request, approval: 'auto' } as Task['request'];
    const task = await crew.newTask({ request });

    await crew.settle();

    const { task: ended, plan } = await crew.records(task);
    expect(ended.state).toBe('done');
    expect(plan).toMatchObject({ state: 'approved', approvedBy: 'mona' });
  });

  it('lets the Strategist mend a plan that cannot be worked on', async () => {
    const problems: (readonly string[])[] = [];
    crew.agents.set('plan', async (_job, hooks) => {
      for (const answer of [planAnswer([{ role: 'wizard' }]), PLAN])
        problems.push(hooks.problemsWith(answer));
      return { kind: 'plan', answer: PLAN };
    });

    const task = await crew.newTask();
    await crew.settle();

    expect(problems).toEqual([[expect.stringContaining('no specialist "wizard"')], []]);
    expect(await stateOf(crew, task)).toBe('awaiting_approval');
  });

  it('ends with the plan’s problems when they were not mended', async () => {
    crew.agents.set('plan', async () => ({ kind: 'plan', answer: planAnswer([{ role: 'wizard' }]) }));

    const task = await crew.newTask();
    await crew.settle();

    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('failed');
    expect(ended.reason).toContain('no specialist "wizard"');
  });

  it('is published although its checks fail, and says so', async () => {
    crew.checkouts.checkExit = 1;
    const task = await approvedTask(crew);
    await crew.settle();

    const pull = (await crew.records(task)).effects.find(({ action }) => action.kind === 'open_pull_request');
    expect(pull?.action).toMatchObject({ body: expect.stringContaining('did not pass') });
    expect(await stateOf(crew, task)).toBe('done');
  });
});

describe('a retry', () => {
  it('takes up what failed and keeps what was done', async () => {
    crew.agents.set('S2', async () => ({
      kind: 'failed',
      cause: 'model_refused',
      message: 'The model refused.',
    }));
    const task = await approvedTask(crew);
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('failed');
    crew.agents.delete('S2');
    crew.diary.length = 0;

    await crew.retry(task);
    await crew.settle();

    expect(await stateOf(crew, task)).toBe('done');
    expect(crew.diary).not.toContain('+plan');
    expect(crew.diary).not.toContain('+S1');
    expect(crew.diary).toContain('+S2');
  });

  it('publishes again what GitHub had refused', async () => {
    crew.refused.add('push_branch');
    const task = await approvedTask(crew);
    await crew.settle();
    expect((await crew.records(task)).task.reason).toBe('GitHub did not take the push branch: no permission');
    crew.refused.clear();
    crew.diary.length = 0;

    await crew.retry(task);
    await crew.settle();

    const { task: ended, effects } = await crew.records(task);
    expect(ended.state).toBe('done');
    expect(effects.slice(1).map(({ state }) => state)).toEqual(['done', 'done']);
    expect(crew.diary).toEqual([]);
  });
});

describe('mail', () => {
  it('reaches a running agent before its next turn, once', async () => {
    const read: (readonly string[])[] = [];
    crew.agents.set('S1', async (job, hooks) => {
      read.push(await hooks.beforeTurn());
      await crew.store.messages.send(job.task.id, { from: 'mona', body: 'Use the old table.' });
      read.push(await hooks.beforeTurn());
      read.push(await hooks.beforeTurn());
      return patch('diff of S1');
    });
    await approvedTask(crew);

    await crew.handle(await crew.next('work'));

    expect(read).toEqual([[], ['mona: Use the old table.'], []]);
  });
});
