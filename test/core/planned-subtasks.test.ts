import { describe, expect, it } from 'vitest';
import { subtasksOf } from '../../src/core/implement/planned-subtasks.ts';
import { planAnswer } from '../support/records.ts';

const keysOf = (...args: Parameters<typeof subtasksOf>) =>
  subtasksOf(...args).map(({ key, kind, dependsOn }) => [key, kind, dependsOn]);

describe('an approved plan', () => {
  it('becomes work, and the checks of the repository before and after it', () => {
    expect(keysOf(planAnswer([{}, { depends_on: ['S1'] }]), 'plan-1', false)).toEqual([
      ['S1', 'work', []],
      ['S2', 'work', ['S1']],
      ['before', 'verify', []],
      ['verify', 'verify', ['S1', 'S2']],
    ]);
  });

  it.each([
    ['nobody of QA works', [{}, {}], true],
    ['QA comes before some of it', [{}, { role: 'qa', depends_on: ['S1'] }, {}], true],
    ['QA comes after all of it', [{}, { depends_on: ['S1'] }, { role: 'qa', depends_on: ['S2'] }], false],
    ['QA alone works', [{ role: 'qa' }], false],
  ])('gets tests of its own where %s', (_, subtasks, added) => {
    const all = subtasksOf(planAnswer(subtasks), 'plan-1', true);

    const tests = all.find(({ key }) => key === 'tests');
    expect(tests !== undefined).toBe(added);
    expect(all.find(({ key }) => key === 'verify')?.dependsOn.includes('tests')).toBe(added);
  });

  it('has its acceptance criteria repeated for the tests', () => {
    const plan = planAnswer([{ acceptance: ['it lists'] }, { acceptance: ['it shows'] }]);

    const tests = subtasksOf(plan, 'plan-1', true).find(({ key }) => key === 'tests');

    expect(tests?.acceptance).toEqual(['S1: it lists', 'S2: it shows']);
    expect(tests?.dependsOn).toEqual(['S1', 'S2']);
  });
});
