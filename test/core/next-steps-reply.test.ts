import { describe, expect, it } from 'vitest';
import type { ReplyAnswer } from '../../src/core/answers.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import { config, effect, recordsOf, replyTask, result, subtask, trackedFinding } from '../support/records.ts';
import { context } from './steps.ts';

const replying = subtask({ key: 'reply', kind: 'reply', role: 'backend', state: 'done' });
const answered = (answer: ReplyAnswer) =>
  recordsOf(replyTask({ state: 'working' }), {
    subtasks: [replying],
    results: [result(replying, { kind: 'reply', answer })],
  });

describe('what is due for a reply to a finding', () => {
  it.each([
    ['the first role that found it', ['backend', 'qa'], config.roles, 'backend'],
    ['the next when that one is not enabled', ['security', 'qa'], ['qa', 'architect'], 'qa'],
    ['the Architect when none of them is', ['security'], ['backend', 'architect'], 'architect'],
    ['another reviewer when there is no Architect', ['security'], ['backend'], 'backend'],
  ])('is an answer by %s', (_who, finders, roles, role) => {
    const task = replyTask({
      request: { finding: trackedFinding({ roles: finders }), config: { ...config, roles } },
    });

    expect(nextSteps(recordsOf(task), context)).toMatchObject([
      { kind: 'move', to: 'working' },
      { kind: 'add_subtasks', subtasks: [{ key: 'reply', kind: 'reply', role, files: ['server/api.js'] }] },
    ]);
  });

  it('is the reply, with what it settles in the same round, and then the end', () => {
    const lesson = 'Pages are counted from 0 here.';
    const records = answered({ answer: 'You are right.', verdict: 'withdrawn', lesson });
    const steps = nextSteps(records, context);

    expect(steps).toMatchObject([
      { kind: 'move', to: 'publishing' },
      {
        kind: 'plan_effects',
        effects: [
          { action: { kind: 'thread_reply', commentId: 501 } },
          { action: { kind: 'resolve_thread', fingerprint: '0123456789abcdef', when: 'always' } },
        ],
      },
      {
        kind: 'track',
        raised: [],
        settled: [{ fingerprint: '0123456789abcdef', state: 'withdrawn', by: 'crew:backend' }],
        memories: [{ text: expect.stringContaining(lesson) }],
      },
      { kind: 'lift_block' },
    ]);
    const effects = steps.flatMap((step) =>
      step.kind === 'plan_effects'
        ? step.effects.map((wanted) => effect({ ...wanted, after: null, state: 'done' }))
        : [],
    );
    const task = replyTask({ state: 'publishing' });
    expect(nextSteps({ ...records, task, effects }, context)).toEqual([
      { kind: 'move', to: 'done', reason: null },
    ]);
  });

  it('is nothing to remember when the finding stands and nothing was learned', () => {
    const steps = nextSteps(answered({ answer: 'It fails so.', verdict: 'stands', lesson: null }), context);

    expect(steps.map(({ kind }) => kind)).toEqual(['move', 'plan_effects']);
  });
});
