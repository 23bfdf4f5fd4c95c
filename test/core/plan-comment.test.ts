import { describe, expect, it } from 'vitest';
import type { PlanAnswer } from '../../src/core/answers.ts';
import { planGraph } from '../../src/core/messages/plan-graph.ts';
import { progressComment } from '../../src/core/messages/progress.ts';
import type { Plan, Subtask, Task } from '../../src/core/records.ts';
import type { ImplementRequest } from '../../src/core/request-records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { implementTask, plan, planAnswer, recordsOf, result, subtask } from '../support/records.ts';

const wide = planAnswer([{ role: 'database' }, { role: 'backend', depends_on: ['S1'] }]);
const drafted = subtask({ key: 'plan', kind: 'plan', role: 'strategist', state: 'done' });
const looked = subtask({ key: 'amend', kind: 'amend', role: 'architect', state: 'done' });

function commentOf(given: {
  readonly state?: Task['state'];
  readonly answer?: PlanAnswer;
  readonly plan?: Plan;
  readonly look?: readonly [Subtask['state'], Outcome];
  readonly approval?: ImplementRequest['approval'];
}): string {
  const task = implementTask({ state: given.state ?? 'awaiting_approval' });
  const request = { ...task.request, approval: given.approval ?? 'required' } as ImplementRequest;
  const look = given.look === undefined ? [] : [{ ...looked, state: given.look[0] }];
  return progressComment(
    recordsOf(
      { ...task, request },
      {
        plan: given.plan ?? null,
        subtasks: [drafted, ...look],
        results: [
          result(drafted, { kind: 'plan', answer: given.answer ?? wide }),
          ...(given.look === undefined ? [] : [result(looked, given.look[1])]),
        ],
      },
    ),
  );
}

describe('the comment on a plan', () => {
  it('holds the questions while the Strategist waits for answers, and how to answer', () => {
    const answer: PlanAnswer = {
      ...planAnswer([]),
      decision: 'question',
      summary: 'There are two lists.',
      questions: ['Which list?', 'Since when?'],
    };

    const comment = commentOf({ state: 'awaiting_answer', answer });

    expect(comment).toContain(
      '**The Strategist has to know more before it can plan.**\n\nA writer answers in a comment here, or with `/crew plan <answer>`; work waits for it. `/crew stop` ends it.\n\nThere are two lists.\n\nQuestions:\n- Which list?\n- Since when?\n\n- [x] plan',
    );
  });

  it('says which version it is, and folds an earlier one away while a further round runs', () => {
    expect(commentOf({ plan: plan(wide) })).not.toContain('version');
    expect(commentOf({ plan: plan(wide, { version: 3 }) })).toContain('This is version 3 of the plan.');
    expect(commentOf({ state: 'planning', plan: plan(wide, { version: 3, state: 'superseded' }) })).toContain(
      '<summary>An earlier plan (version 3)</summary>',
    );
  });

  it('says that and why the Architect amended it', () => {
    const amendment = { verdict: 'amend', reason: 'S2 reads what S1 makes.', plan: wide } as const;
    const look = ['done', { kind: 'amendment', answer: amendment }] as const;

    expect(commentOf({ answer: planAnswer([{}]), plan: plan(wide), look })).toContain(
      'The Architect amended this plan: S2 reads what S1 makes.',
    );
    expect(commentOf({ answer: wide, plan: plan(planAnswer([{}])), look })).not.toContain('Architect');
  });

  it('says that the Architect agreed, or could not look', () => {
    const agreed = { kind: 'amendment', answer: { verdict: 'agree', reason: '', plan: null } } as const;
    const failed = { kind: 'failed', cause: 'model_refused', message: 'The model refused.' } as const;

    expect(commentOf({ plan: plan(wide), look: ['done', agreed] })).toContain(
      'The Architect looked at this plan and agrees with it.',
    );
    const comment = commentOf({ plan: plan(wide), look: ['failed', failed] });
    expect(comment).toContain(
      'The Architect could not look at this plan, so it stands as the Strategist made it: The model refused.',
    );
    expect(comment).toContain('- [ ] amend: Title of amend (architect, failed');
  });

  it('says which protected files are why it waits, or that it changes them', () => {
    const answer = planAnswer([{ files: ['a.js', '.github/workflows/ci.yml'] }]);

    expect(commentOf({ plan: plan(answer), approval: 'auto' })).toContain(
      "It was asked for without approval, and waits all the same: it changes protected files, which takes a person's approval: `.github/workflows/ci.yml`.",
    );
    expect(commentOf({ plan: plan(answer) })).toContain(
      'It changes protected files: `.github/workflows/ci.yml`.',
    );
    expect(commentOf({ plan: plan(wide), approval: 'auto' })).not.toContain('protected');
  });

  it('shows the most that each subtask may cost, where that is known', () => {
    expect(commentOf({ plan: plan(wide) })).toContain('(backend · after S1 · at most $0.50)');
    expect(commentOf({ plan: plan(wide, { estimates: {} }) })).toContain('(backend · after S1)');
  });
});

describe('the graph of a plan', () => {
  it('is drawn only where something depends on something', () => {
    expect(planGraph(planAnswer([{}, {}]).subtasks)).toBe('');
    expect(planGraph(planAnswer([{ depends_on: ['S9'] }]).subtasks)).toBe('');
    expect(planGraph(wide.subtasks)).toContain('  n0 --> n1');
  });

  it.each([
    'x"] --> y["',
    '```\n\n# Approved',
    'a\n  n0 --> n0\n  click n0 "https://evil.test"',
    '%%{init: {"theme": "dark"}}%%',
    '#quot;<script>alert(1)</script>@mona',
    '\u202eend; subgraph \u0000 |x| & style n0',
  ])('is closed to hostile titles: %j', (hostile) => {
    const answer = planAnswer([
      { key: 'S1', title: hostile, role: hostile },
      { title: hostile, depends_on: ['S1'] },
    ]);

    const lines = planGraph(answer.subtasks).split('\n');

    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe('```mermaid');
    expect(lines[1]).toBe('flowchart LR');
    for (const line of lines.slice(2, 4)) expect(line).toMatch(/^ {2}n\d+\["[\p{L}\p{M}\p{N} :…]+"\]$/u);
    expect(lines.slice(4)).toEqual(['  n0 --> n1', '```']);
  });

  it('shortens titles and names a dependency once', () => {
    const answer = planAnswer([{ title: 'x'.repeat(500) }, { depends_on: ['S1', 'S1'] }]);

    const graph = planGraph(answer.subtasks);

    expect(graph.match(/-->/g)).toHaveLength(1);
    expect(graph.length).toBeLessThan(220);
  });
});

describe('plans of any length', () => {
  const long = `${'<'.repeat(50)}long | text * with_marks & @names \`${'x'.repeat(3_000)}`.repeat(20);
  const many = Array(60).fill(long);
  const keys = Array.from({ length: 20 }, (_, index) => `S${index + 1}`);
  const answer: PlanAnswer = {
    ...planAnswer(
      keys.map((key, index) => ({
        key,
        title: long,
        goal: long,
        acceptance: many,
        files: ['.github/workflows/ci.yml', ...many],
        depends_on: keys.slice(0, index),
      })),
    ),
    summary: long,
    risks: many,
    questions: many,
  };
  const amended = { kind: 'amendment', answer: { verdict: 'amend', reason: long, plan: answer } } as const;

  it.each<[string, Parameters<typeof commentOf>[0]]>([
    ['proposed', { plan: plan(answer), look: ['done', amended], approval: 'auto' }],
    ['approved', { state: 'working', plan: plan(answer, { state: 'approved', approvedBy: long }) }],
    ['asked about', { state: 'awaiting_answer', answer: { ...answer, decision: 'question', subtasks: [] } }],
    [
      'asked about after an earlier version',
      {
        state: 'awaiting_answer',
        answer: { ...answer, decision: 'question', subtasks: [] },
        plan: plan(answer, { state: 'superseded' }),
      },
    ],
  ])('fit into one comment, to its last line: %s', (_case, given) => {
    const comment = commentOf(given);

    expect(comment.length).toBeLessThanOrEqual(58_000);
    expect(comment.endsWith('$0.00 of $5.00</sub>')).toBe(true);
    expect(comment.match(/<details>/g)?.length).toBe(comment.match(/<\/details>/g)?.length);
    expect((comment.match(/^```/gm) ?? []).length % 2).toBe(0);
  });
});
