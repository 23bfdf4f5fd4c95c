import { describe, expect, it } from 'vitest';
import { nextSteps } from '../../src/core/next-steps.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import {
  checks,
  effect,
  implementTask,
  plan,
  planAnswer,
  recordsOf,
  result,
  subtask,
} from '../support/records.ts';
import { context } from './steps.ts';

const drafted = subtask({ key: 'plan', kind: 'plan', role: 'strategist', state: 'done' });
const answer = planAnswer([{ role: 'database' }, { role: 'backend', depends_on: ['S1'] }]);
const patch = (text: string): Outcome => ({
  kind: 'patch',
  answer: { summary: 'Done.', decisions: [], checks: [], not_done: [] },
  patch: text,
  baseSha: 'a'.repeat(40),
  leftOut: [],
  sandbox: 'on',
});

describe('what is due for an issue', () => {
  it('is a plan by the Strategist at first', () => {
    expect(nextSteps(recordsOf(implementTask()), context)).toMatchObject([
      { kind: 'move', to: 'planning' },
      { kind: 'add_subtasks', subtasks: [{ key: 'plan', role: 'strategist' }] },
    ]);
  });

  it('is to propose the drafted plan, and to wait for approval', () => {
    const records = recordsOf(implementTask({ state: 'planning' }), {
      subtasks: [drafted],
      results: [result(drafted, { kind: 'plan', answer })],
    });

    expect(nextSteps(records, context)).toMatchObject([
      { kind: 'propose_plan', approveAs: null, estimateUsd: 1 },
    ]);
    expect(nextSteps({ ...records, plan: plan(answer) }, context)).toEqual([
      { kind: 'move', to: 'awaiting_approval', reason: null },
    ]);
    const waiting = { ...records, task: implementTask({ state: 'awaiting_approval' }), plan: plan(answer) };
    expect(nextSteps(waiting, context)).toEqual([]);
  });

  it('fails the task for a plan that gives work to nobody who exists', () => {
    const wrong = planAnswer([{ role: 'wizard' }]);
    const records = recordsOf(implementTask({ state: 'planning' }), {
      subtasks: [drafted],
      results: [result(drafted, { kind: 'plan', answer: wrong })],
    });

    expect(nextSteps(records, context)).toMatchObject([{ kind: 'move', to: 'failed' }]);
  });

  it('is no work before the time that passing trouble named', () => {
    const work = subtask({ key: 'S1', kind: 'work', role: 'database' });
    const steps = (dueAt: string) =>
      nextSteps(
        recordsOf(implementTask({ state: 'working' }), {
          plan: plan(answer, { state: 'approved' }),
          subtasks: [drafted, { ...work, dueAt, enqueuedAt: '2026-01-01T00:00:00.000Z' }],
          results: [result(drafted, { kind: 'plan', answer })],
        }),
        context,
      );

    expect(steps('2026-01-01T01:00:00.001Z')).toEqual([]);
    expect(steps('2026-01-01T01:00:00.000Z')).toMatchObject([{ kind: 'start_subtasks' }]);
  });

  it('is the work whose dependencies are done, and what was rung for lately is left alone', () => {
    const first = subtask({ key: 'S1', kind: 'work', role: 'database' });
    const second = subtask({ key: 'S2', kind: 'work', role: 'backend', dependsOn: ['S1'] });
    const records = recordsOf(implementTask({ state: 'working' }), {
      plan: plan(answer, { state: 'approved' }),
      subtasks: [drafted, first, second],
      results: [result(drafted, { kind: 'plan', answer })],
    });
    const rung = { ...first, enqueuedAt: '2026-01-01T00:59:55.000Z' };
    const unheard = { ...first, enqueuedAt: '2026-01-01T00:59:45.000Z' };
    const done = { ...first, state: 'done' as const };

    expect(nextSteps(records, context)).toEqual([{ kind: 'start_subtasks', subtasks: [first] }]);
    expect(nextSteps({ ...records, subtasks: [drafted, rung, second] }, context)).toEqual([]);
    expect(nextSteps({ ...records, subtasks: [drafted, unheard, second] }, context)).toEqual([
      { kind: 'start_subtasks', subtasks: [unheard] },
    ]);
    expect(nextSteps({ ...records, subtasks: [drafted, done, second] }, context)).toEqual([
      { kind: 'start_subtasks', subtasks: [second] },
    ]);
  });

  it('is to ring again for a subtask whose worker let the lease run out', () => {
    const lease = { token: 1, owner: 'host/1/1', until: '2026-01-01T00:10:00.000Z' };
    const lost = subtask({ key: 'S1', kind: 'work', role: 'database', state: 'running', lease });
    const records = recordsOf(implementTask({ state: 'working' }), {
      plan: plan(answer, { state: 'approved' }),
      subtasks: [drafted, lost],
      results: [result(drafted, { kind: 'plan', answer })],
    });

    expect(nextSteps(records, context)).toEqual([{ kind: 'start_subtasks', subtasks: [lost] }]);
  });

  it('is the branch, then the pull request, then the end, once the checks have run', () => {
    const work = subtask({ key: 'S1', kind: 'work', role: 'database', state: 'done' });
    const verify = subtask({ key: 'verify', kind: 'verify', role: 'qa', state: 'done', dependsOn: ['S1'] });
    const records = recordsOf(implementTask({ state: 'verifying' }), {
      plan: plan(answer, { state: 'approved' }),
      subtasks: [drafted, work, verify],
      results: [
        result(drafted, { kind: 'plan', answer }),
        result(work, patch('diff')),
        result(verify, checks()),
      ],
    });
    const [moved, planned] = nextSteps(records, context);
    if (planned?.kind !== 'plan_effects') throw new Error('no effects were planned');
    const [push, pull] = planned.effects;
    const stored = planned.effects.map((wanted) => effect({ ...wanted, after: null, state: 'done' }));

    expect(moved).toEqual({ kind: 'move', to: 'publishing', reason: null });
    expect(push?.action).toMatchObject({ kind: 'push_branch', treeSha: 'e'.repeat(40) });
    expect(pull).toMatchObject({ after: push?.key, action: { kind: 'open_pull_request', draft: true } });
    const publishing = { ...records, task: implementTask({ state: 'publishing' }), effects: stored };
    expect(nextSteps(publishing, context)).toEqual([{ kind: 'move', to: 'done', reason: null }]);
    const refused = stored.map((one) => ({ ...one, state: 'failed' as const, error: 'no permission' }));
    expect(nextSteps({ ...publishing, effects: refused }, context)).toMatchObject([
      { kind: 'move', to: 'failed', reason: expect.stringContaining('no permission') },
    ]);
  });

  it('is the end when the integrated head is the base: no change was needed', () => {
    const work = subtask({ key: 'S1', kind: 'work', role: 'database', state: 'done' });
    const verify = subtask({ key: 'verify', kind: 'verify', role: 'qa', state: 'done' });
    const records = recordsOf(implementTask({ state: 'verifying' }), {
      plan: plan(answer, { state: 'approved' }),
      subtasks: [drafted, work, verify],
      results: [
        result(drafted, { kind: 'plan', answer }),
        result(work, patch('')),
        result(verify, checks({ headSha: 'a'.repeat(40) })),
      ],
    });

    expect(nextSteps(records, context)).toMatchObject([{ kind: 'move', to: 'done' }]);
  });

  it('is to stop the others and say why when one fails', () => {
    const failed = subtask({ key: 'S1', kind: 'work', role: 'database', state: 'failed' });
    const running = subtask({ key: 'S2', kind: 'work', role: 'backend', state: 'running' });
    const why = { kind: 'failed', cause: 'model_refused', message: 'The model refused.' } as const;
    const records = recordsOf(implementTask({ state: 'working' }), {
      subtasks: [failed, running],
      results: [result(failed, why)],
    });
    const broke = { ...records, results: [result(failed, { ...why, cause: 'over_budget' as const })] };

    expect(nextSteps(records, context)).toEqual([
      { kind: 'stop_subtasks' },
      { kind: 'move', to: 'failed', reason: 'S1 (database): The model refused.' },
    ]);
    expect(nextSteps(broke, context)).toMatchObject([
      { kind: 'stop_subtasks' },
      { kind: 'move', to: 'over_budget' },
    ]);
  });

  it('is nothing once the task has ended', () => {
    const failed = subtask({ key: 'S1', kind: 'work', role: 'database', state: 'failed' });

    expect(
      nextSteps(recordsOf(implementTask({ state: 'stopped' }), { subtasks: [failed] }), context),
    ).toEqual([]);
  });
});
