import { describe, expect, it } from 'vitest';
import { BRANCH_DEFAULT, branchName, branchProblem } from '../../src/core/implement/branch-name.ts';

describe('the branch of a task', () => {
  it.each([
    ['Ünïcode: “favourites” & ../../etc/passwd.lock~^', 1, 'crew/12-u-ni-code-favourites-etc-passwd-lock'],
    ['🎉', 1, 'crew/12-task'],
    ['Favourites', 2, 'crew/12-favourites-2'],
    [`${'long '.repeat(30)}`, 1, 'crew/12-long-long-long-long-long-long-long-long'],
  ])(
    'is named for its issue, whatever the title holds, and apart for each attempt: %s',
    (title, attempt, name) => {
      expect(branchName(BRANCH_DEFAULT, { number: 12, title }, attempt)).toBe(name);
    },
  );
});

describe('a template of branches', () => {
  it.each(['crew/{issue}-{slug}', 'crew/{issue}', 'crew/bot/{issue}/{slug}'])('may be %s', (template) => {
    expect(branchProblem(template)).toBeNull();
  });

  it.each([
    ['main', 'begin with crew/'],
    ['crew/{slug}', 'share one branch'],
    ['crew/{issue}-{user}', '{user} is no placeholder'],
    ['crew/{issue}..{slug}', 'no branch of such a name'],
    ['crew/{issue}/', 'no branch of such a name'],
  ])('may not be %s', (template, why) => {
    expect(branchProblem(template)).toContain(why);
  });
});
