import { describe, expect, it } from 'vitest';
import { settingOf } from '../../src/core/implement/setbacks.ts';
import type { Setback, Subtask } from '../../src/core/records.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import type { Role } from '../../src/core/roles.ts';
import { implementTask, recordsOf, result, subtask } from '../support/records.ts';
import { ROLES } from './steps.ts';

const at = '2026-01-01T00:00:00.000Z';
const before: Setback = { cause: 'conflict', files: ['a'], message: 'It did not fit.', at };
const able = ROLES.map((role) =>
  role.name === 'architect' ? { ...role, produces: ['work' as const] } : role,
);
const change = (patch: string): Outcome => ({
  kind: 'patch',
  answer: { summary: '', decisions: [], checks: [], not_done: [] },
  patch,
  baseSha: 'a'.repeat(40),
  leftOut: [],
  sandbox: 'on',
});
const work = (key: string, given: Partial<Subtask> = {}): Subtask =>
  subtask({ key, kind: 'work', role: 'backend', state: 'done', ...given });

function recordsWith(given: Partial<Subtask>, patch = 'one') {
  const subtasks = [
    subtask({ key: 'plan', kind: 'plan', role: 'strategist', state: 'done' }),
    work('S1'),
    work('S2', { dependsOn: ['S1'], state: 'running' }),
    work('S3', given),
    work('S4', { dependsOn: ['S3'] }),
    subtask({ key: 'before', kind: 'verify', role: 'qa' }),
  ];
  const third = subtasks[3] as Subtask;
  return recordsOf(implementTask(), {
    subtasks,
    results: [{ ...result(third, change(patch)), id: `result-${patch}` }],
  });
}

const conflict = { subtaskKey: 'S3', files: ['a.txt'] };
const ruled = (given: Partial<Subtask>, roles: readonly Role[] = able) => {
  const records = recordsWith(given);
  return settingOf(conflict, { seen: records, now: records }, { roles, at });
};

describe('a patch that does not fit', () => {
  it.each([
    ['the first time', [], 'backend'],
    ['the second time', [before], 'backend'],
    ['the third time', [before, before], 'architect'],
  ] as const)(
    'goes %s to whom it then concerns, upon all work before it and nothing after it',
    (_, setbacks, role) => {
      expect(ruled({ setbacks })).toMatchObject({
        kind: 'set_back',
        key: 'S3',
        role,
        dependsOn: ['S1', 'S2'],
        setback: { cause: 'conflict', files: ['a.txt'], at },
      });
    },
  );

  it('ends the task after the Architect, and without one after two rounds', () => {
    const thrice = ruled({ setbacks: [before, before, before] });

    expect(thrice).toMatchObject({ kind: 'fail', message: expect.stringContaining('`a.txt`') });
    expect(ruled({ setbacks: [before, before] }, ROLES)).toMatchObject({ kind: 'fail' });
  });

  it('keeps what it needed already', () => {
    expect(ruled({ dependsOn: ['S2'] })).toMatchObject({ dependsOn: ['S2', 'S1'] });
  });

  it('is waited for when it is made anew already, or was since the checkout was put together', () => {
    const now = recordsWith({}, 'two');

    expect(ruled({ state: 'pending' })).toEqual({ kind: 'wait' });
    expect(settingOf(conflict, { seen: recordsWith({}), now }, { roles: able, at })).toEqual({
      kind: 'wait',
    });
  });
});
