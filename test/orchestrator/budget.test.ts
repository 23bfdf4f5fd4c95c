import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RunEndedError } from '../../src/core/errors.ts';
import type { Task } from '../../src/core/records.ts';
import { implementTask } from '../support/records.ts';
import type { TestCrew } from './crew.ts';
import { patch, testCrew, usage } from './crew.ts';
import { approvedTask } from './issue-steps.ts';

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

describe('a budget', () => {
  it('without room for the next call ends the run before it, and the task with it', async () => {
    crew.agents.set('S1', async (_job, hooks) => {
      await hooks.reserve(2.5);
      await hooks.afterTurn(usage, 2);
      await hooks.reserve(2);
      return patch('too late');
    });
    const task = await approvedTask(crew, { budgetUsd: 4 });
    await crew.settle();

    const { task: ended, subtasks, results } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'over_budget', costUsd: 2.01 });
    expect(ended.reason).toContain(
      "Of the task's budget of $4.00, $2.01 is spent; the next call could cost $2.00, so it was not made.",
    );
    const agents = subtasks.filter(({ key }) => key !== 'before');
    expect(agents.map(({ state }) => state)).toEqual(['done', 'failed', 'stopped', 'stopped', 'stopped']);
    const first = subtasks.find(({ key }) => key === 'S1');
    const spent = results.find(({ subtaskId }) => subtaskId === first?.id);
    expect(spent).toMatchObject({ costUsd: 2, usage: { turns: 1 } });
  });

  it('is kept by agents that call the model at the same moment', async () => {
    const asked = Promise.withResolvers<void>();
    crew.agents.set('S2', async (_job, hooks) => {
      await hooks.reserve(1.5);
      await asked.promise;
      await hooks.afterTurn(usage, 1);
      return patch('in time');
    });
    crew.agents.set('S3', async (job, hooks) => {
      const others = async () =>
        (
          await crew.pool.query('select 1 from subtasks where task_id = $1 and reserved_usd > 0', [
            job.task.id,
          ])
        ).rowCount;
      await vi.waitFor(async () => expect(await others()).toBe(1));
      await hooks.reserve(1.5).finally(asked.resolve);
      await hooks.afterTurn(usage, 1.5);
      return patch('too much');
    });
    const task = await approvedTask(crew, { budgetUsd: 2 });

    await crew.settle();

    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('over_budget');
    expect(ended.costUsd).toBeLessThan(2);
    expect(ended.reason).toContain(
      '$1.50 is set aside for calls that run now; the next call could cost $1.50',
    );
  });

  it('of the month ends the work cleanly, with which limit it is, what is spent, and what it would need', async () => {
    Object.assign(crew.working, { limits: { taskUsd: 10, repositoryMonthUsd: 3, monthUsd: null } });
    crew.agents.set('S1', async (_job, hooks) => {
      await hooks.reserve(1);
      await hooks.afterTurn(usage, 1);
      await hooks.reserve(1);
      return patch('too late');
    });
    const base = implementTask();
    const request = { ...base.request, config: { ...base.request.config, monthUsd: 1.5 } } as Task['request'];
    const task = await approvedTask(crew, { budgetUsd: 4, request });

    await crew.settle();

    const { task: ended } = await crew.records(task);
    expect(ended.state).toBe('over_budget');
    expect(ended.reason).toContain(
      "Of this repository's budget for the month of $1.50, $1.01 is spent; the next call could cost $1.00, so it was not made. To go on before the month ends (UTC), the limit must be at least $2.01:",
    );
  });

  it('is charged for a run that came to nothing', async () => {
    crew.agents.set('S1', async (_job, hooks) => {
      await hooks.afterTurn(usage, 1);
      throw new RunEndedError('limit_reached', 'The limit of 10 turns was reached without an answer.');
    });
    const task = await approvedTask(crew);
    await crew.settle();

    const { task: ended, results } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'failed', costUsd: 1.01 });
    expect(results.map(({ costUsd }) => costUsd)).toContain(1);
  });
});
