import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AmendAnswer, PlanAnswer } from '../../src/core/answers.ts';
import {
  amendProblems,
  inOrder,
  planHash,
  planProblems,
  withDependencies,
} from '../../src/core/implement/plan-rules.ts';
import { planAnswer } from '../support/records.ts';

const limits = { roles: ['backend', 'database', 'qa'], maxSubtasks: 3 };

describe('a plan', () => {
  it('stands when its roles exist, its keys are single and its dependencies lead to no circle', () => {
    expect(planProblems(planAnswer([{ role: 'database' }, { depends_on: ['S1'] }]), limits)).toEqual([]);
  });

  it.each([
    ['a role that does not exist', planAnswer([{ role: 'wizard' }]), /no specialist "wizard"/],
    ['a key used twice', planAnswer([{ key: 'S1' }, { key: 'S1' }]), /S1 is used more than once/],
    ['a key of another form', planAnswer([{ key: 'step one' }]), /not of the form/],
    ['a dependency on nothing', planAnswer([{ depends_on: ['S9'] }]), /S9, which is not in the plan/],
    ['a circle', planAnswer([{ depends_on: ['S2'] }, { depends_on: ['S1'] }]), /S1 → S2 → S1/],
    ['a subtask that waits for itself', planAnswer([{ depends_on: ['S1'] }]), /S1 → S1/],
    ['too many subtasks', planAnswer([{}, {}, {}, {}]), /4 subtasks; the limit is 3/],
    ['no subtask', planAnswer([]), /decision is "plan", but there are no subtasks/],
    ['an empty goal', planAnswer([{ goal: ' ' }]), /goal is empty/],
    ['no acceptance criterion', planAnswer([{ acceptance: [] }]), /no acceptance criterion/],
  ])('is refused for %s', (_case, plan, problem) => {
    expect(planProblems(plan, limits).join('\n')).toMatch(problem);
  });

  it.each<[PlanAnswer['decision'], Partial<PlanAnswer>, RegExp | null]>([
    ['question', { questions: ['Per shop?'] }, null],
    ['question', { questions: [' '] }, /`questions` asks nothing/],
    [
      'question',
      { questions: ['Per shop?'], subtasks: planAnswer([{}]).subtasks },
      /there are subtasks: leave them out/,
    ],
    ['no_change', { summary: 'server/api.js:3 sorts already.' }, null],
    ['no_change', { summary: ' ' }, /`summary` is empty: give the reason/],
    ['no_change', { subtasks: planAnswer([{}]).subtasks }, /there are subtasks: leave them out/],
  ])('is a %s with what belongs to it: %j', (decision, change, problem) => {
    const problems = planProblems({ ...planAnswer([]), decision, ...change }, limits);

    expect(problems).toEqual(problem === null ? [] : [expect.stringMatching(problem)]);
  });

  it.each<[string, AmendAnswer, readonly RegExp[]]>([
    ['agreement', { verdict: 'agree', reason: '', plan: null }, []],
    ['a whole plan', { verdict: 'amend', reason: 'S2 needs S1.', plan: planAnswer([{}]) }, []],
    ['no reason', { verdict: 'amend', reason: ' ', plan: planAnswer([{}]) }, [/`reason` is empty/]],
    ['no plan', { verdict: 'amend', reason: 'Wrong.', plan: null }, [/there is no plan/]],
    [
      'a question',
      {
        verdict: 'amend',
        reason: 'Unclear.',
        plan: { ...planAnswer([]), decision: 'question', questions: ['Why?'] },
      },
      [/only the Strategist asks/],
    ],
    [
      'a plan that cannot be worked on',
      { verdict: 'amend', reason: 'Wrong.', plan: planAnswer([{ role: 'wizard' }]) },
      [/no specialist "wizard"/],
    ],
  ])('is amended by the same rules: %s', (_case, answer, problems) => {
    expect(amendProblems(answer, limits)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });

  it('is approved by a hash that every word of it and the base commit change', () => {
    const plan = planAnswer([{}]);
    const hash = planHash(plan, 'a');

    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(planHash(planAnswer([{ goal: 'Another.' }]), 'a')).not.toBe(hash);
    expect(planHash(plan, 'b')).not.toBe(hash);
  });
});

describe('the order in which patches are applied', () => {
  it('has every dependency before what needs it, and nothing twice, for any graph', () => {
    const graphs = fc.array(fc.uniqueArray(fc.nat(7), { maxLength: 4 }), { minLength: 1, maxLength: 8 });

    fc.assert(
      fc.property(graphs, (edges) => {
        const subtasks = edges.map((needs, index) => ({
          key: `S${index}`,
          dependsOn: needs.filter((need) => need < index).map((need) => `S${need}`),
        }));
        const keys = withDependencies(subtasks, [`S${edges.length - 1}`]).map((subtask) => subtask.key);

        expect(new Set(keys).size).toBe(keys.length);
        for (const { key, dependsOn } of subtasks) {
          if (!keys.includes(key)) continue;
          for (const needed of dependsOn) expect(keys.indexOf(needed)).toBeLessThan(keys.indexOf(key));
          for (const needed of dependsOn) expect(keys).toContain(needed);
        }
      }),
    );
  });

  it('is one order of the whole, of which every part closed under dependencies keeps its own', () => {
    const graphs = fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 10 });
    const orders = fc.tuple(
      graphs,
      fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }),
      fc.infiniteStream(fc.nat()),
    );

    fc.assert(
      fc.property(orders, ([edges, chosen, shuffle]) => {
        const subtasks = edges
          .map((needs, index) => ({
            key: `S${index}`,
            dependsOn: needs.filter((need) => need < index).map((need) => `S${need}`),
            at: shuffle.next().value,
          }))
          .sort((one, other) => one.at - other.at);
        const whole = inOrder(subtasks).map(({ key }) => key);

        const part = withDependencies(
          subtasks,
          chosen.map((index) => `S${index}`),
        ).map(({ key }) => key);

        expect(part).toEqual(whole.filter((key) => part.includes(key)));
        expect(whole).toHaveLength(subtasks.length);
      }),
    );
  });
});
