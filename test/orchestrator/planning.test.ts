/** Planning over a real store: questions, further rounds, the Architect's look. What people say comes in as the changes that intake decides on. */
import { afterEach, describe, expect, it } from 'vitest';
import { applyChanges } from '../../src/app/apply-changes.ts';
import type { AgentJob } from '../../src/core/agent-ports.ts';
import type { AmendAnswer, PlanAnswer } from '../../src/core/answers.ts';
import { revisePlan } from '../../src/core/decide/revisions.ts';
import { TransientError } from '../../src/core/errors.ts';
import type { Task } from '../../src/core/records.ts';
import { parseRepoConfig } from '../../src/core/repo-config.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { implementTask, planAnswer } from '../support/records.ts';
import { PLAN, ROLES, role, type TestCrew, testCrew } from './crew.ts';
import { approvedTask, progressOf, stateOf } from './issue-steps.ts';

let crew: TestCrew;

afterEach(() => crew.end());

const question: PlanAnswer = {
  ...planAnswer([]),
  decision: 'question',
  summary: 'There are two lists.',
  questions: ['Which list?'],
};
const names = ROLES.map(({ name }) => name).concat('architect');
const settings = parseRepoConfig(null, { roles: names, budgetUsd: 5 }).config;

/** The Strategist answers these, one a round, and keeps what it was given. */
function strategist(...answers: readonly PlanAnswer[]): AgentJob[] {
  const jobs: AgentJob[] = [];
  answers.forEach((answer, index) => {
    crew.agents.set(index === 0 ? 'plan' : `plan-${index + 1}`, async (job) => {
      jobs.push(job);
      return { kind: 'plan', answer };
    });
  });
  return jobs;
}

/** A writer answers a question or wants another plan; the default branch has moved meanwhile. */
async function revise(task: Task, note: string): Promise<void> {
  const { request } = (await crew.records(task)).task;
  if (request.kind !== 'implement') throw new Error('no issue');
  const fresh = { issue: request.issue, baseBranch: 'main', baseSha: 'f'.repeat(40), config: settings };
  const change = revisePlan(task.id, request, fresh, { by: 'lisa', note });
  const decision = { decided: 'change', reason: 'lisa spoke', actor: 'lisa', changes: [change] } as const;
  const { jobs } = await crew.store.transaction((tx) => applyChanges(tx, decision));
  await crew.bell.ring(jobs);
}

describe('a question', () => {
  it('has the task wait, costs nothing while it does, and is answered in the same task', async () => {
    crew = await testCrew();
    const jobs = strategist(question, PLAN);
    const task = await crew.newTask();
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('awaiting_answer');
    expect(await progressOf(crew, task)).toContain('Questions:\n- Which list?');
    crew.diary.length = 0;
    await crew.bell.ring([{ step: 'advance', taskId: task.id }]);
    await crew.settle();
    expect(crew.diary).toEqual([]);

    await revise(task, 'The new one.');
    await crew.settle();

    const { task: planned, plan, subtasks } = await crew.records(task);
    expect(planned).toMatchObject({ state: 'awaiting_approval', request: { baseSha: 'f'.repeat(40) } });
    expect(plan).toMatchObject({ version: 1, state: 'proposed', answer: PLAN });
    expect(subtasks.map(({ key, state }) => [key, state])).toEqual([
      ['plan', 'done'],
      ['plan-2', 'done'],
    ]);
    expect(jobs[1]?.task.request).toMatchObject({ revisions: [{ by: 'lisa', note: 'The new one.' }] });
    expect(jobs[1]?.teammates.map(({ subtask, result }) => [subtask.key, result.outcome])).toEqual([
      ['plan', { kind: 'plan', answer: question }],
    ]);
  });

  it('is kept by a stop and a retry', async () => {
    crew = await testCrew();
    strategist(question);
    const task = await crew.newTask();
    await crew.settle();

    await crew.stop(task);
    await crew.settle();
    await crew.retry(task);
    await crew.settle();

    expect(await stateOf(crew, task)).toBe('awaiting_answer');
    expect(crew.diary).toEqual(['+plan', '-plan']);
  });

  it('is not answered twice: who comes second decides again on what stands then', async () => {
    crew = await testCrew();
    strategist(question);
    const task = await crew.newTask();
    await crew.settle();
    await revise(task, 'The new one.');

    await expect(revise(task, 'The old one.')).rejects.toThrow(TransientError);
    expect((await crew.records(task)).subtasks.map(({ key }) => key)).toEqual(['plan', 'plan-2']);
  });
});

describe('a revision', () => {
  it('shows the new version in the same comment, and only that can be approved', async () => {
    crew = await testCrew();
    const other = planAnswer([{ role: 'backend', title: 'Serve it alone' }]);
    strategist(PLAN, other);
    const task = await crew.newTask();
    await crew.settle();
    const first = (await crew.records(task)).plan;

    await revise(task, 'Without the page.');
    await crew.settle();

    const { plan, effects } = await crew.records(task);
    expect(plan).toMatchObject({ version: 2, state: 'proposed', answer: other });
    expect(effects.map(({ action }) => action.kind)).toEqual(['sticky_comment']);
    expect(await progressOf(crew, task)).toContain('This is version 2 of the plan.');
    expect(await crew.store.plans.approve(task.id, first?.hash ?? '', 'mona')).toBe(false);
    await crew.approve(task);
    await crew.settle();
    const { task: ended, subtasks } = await crew.records(task);
    expect(ended.state).toBe('done');
    expect(subtasks.map(({ key }) => key)).toEqual(['plan', 'plan-2', 'S1', 'before', 'verify']);
  });
});

describe('"no change needed"', () => {
  it('ends the task as done, with the reason and without a pull request', async () => {
    crew = await testCrew();
    strategist({ ...planAnswer([]), decision: 'no_change', summary: 'server/api.js:3 sorts so already.' });

    const task = await crew.newTask();
    await crew.settle();

    const { task: ended, effects } = await crew.records(task);
    expect(ended).toMatchObject({ state: 'done', reason: expect.stringContaining('sorts so already') });
    expect(effects.map(({ action }) => action.kind)).toEqual(['sticky_comment']);
    expect(await progressOf(crew, task)).toContain('Nothing has to be done, the Strategist found.');
  });
});

describe('protected files', () => {
  it('hold up a plan that was asked for without approval', async () => {
    crew = await testCrew();
    strategist(planAnswer([{ files: ['.github/workflows/ci.yml'] }]));
    const request = { ...implementTask().request, approval: 'auto' } as Task['request'];

    const task = await crew.newTask({ request });
    await crew.settle();

    expect(await stateOf(crew, task)).toBe('awaiting_approval');
    expect(await progressOf(crew, task)).toContain(
      "which takes a person's approval: `.github/workflows/ci.yml`",
    );
    await crew.approve(task);
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('done');
  });
});

describe('the Architect', () => {
  const better = planAnswer([{ role: 'database' }, { role: 'backend', goal: 'Serve it in pages.' }]);
  const withArchitect = () => testCrew({ roles: [...ROLES, role('architect', ['amend'])] });
  const answers = (answer: AmendAnswer): Outcome => ({ kind: 'amendment', answer });

  it('amends a plan of several trades before anybody is asked to approve it', async () => {
    crew = await withArchitect();
    const problems: (readonly string[])[] = [];
    crew.agents.set('amend', async (job, hooks) => {
      expect(job.teammates.map(({ subtask }) => subtask.key)).toEqual(['plan']);
      for (const plan of [planAnswer([{ role: 'wizard' }]), better]) {
        problems.push(hooks.problemsWith({ verdict: 'amend', reason: 'Pages.', plan }));
      }
      return answers({ verdict: 'amend', reason: 'The list is long: pages.', plan: better });
    });

    const task = await crew.newTask();
    await crew.settle();

    expect(crew.diary).toEqual(['+plan', '-plan', '+amend', '-amend']);
    expect(problems).toEqual([[expect.stringContaining('no specialist "wizard"')], []]);
    expect((await crew.records(task)).plan).toMatchObject({ version: 1, answer: better });
    expect(await progressOf(crew, task)).toContain(
      'The Architect amended this plan: The list is long: pages.',
    );
  });

  it('who fails is named in the comment, and the Strategist’s plan is worked on', async () => {
    crew = await withArchitect();
    crew.agents.set('amend', async () => ({
      kind: 'failed',
      cause: 'model_refused',
      message: 'The model refused.',
    }));

    const task = await approvedTask(crew);

    expect(await progressOf(crew, task)).toContain(
      'The Architect could not look at this plan, so it stands as the Strategist made it: The model refused.',
    );
    await crew.settle();
    expect(await stateOf(crew, task)).toBe('done');
  });

  it('who runs into the budget ends the task there', async () => {
    crew = await withArchitect();
    crew.agents.set('amend', async () => ({ kind: 'failed', cause: 'over_budget', message: 'No room.' }));

    const task = await crew.newTask();
    await crew.settle();

    expect(await stateOf(crew, task)).toBe('over_budget');
  });
});
