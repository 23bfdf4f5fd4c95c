import { describe, expect, it } from 'vitest';
import { checkSteps } from '../../src/core/next-steps/check.ts';
import { checkedOf, redReasons } from '../../src/core/next-steps/checked.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import type { Subtask, Task } from '../../src/core/records.ts';
import type { CheckRunRecord, Outcome } from '../../src/core/result-records.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import {
  checks,
  config,
  implementTask,
  pullRequest,
  recordsOf,
  result,
  subtask,
} from '../support/records.ts';
import { context } from './steps.ts';

const run = (exitCode: number, command = 'npm test'): CheckRunRecord => ({
  command,
  exitCode,
  timedOut: false,
  output: '',
  durationMs: 5,
  sandbox: 'on',
});
const red = checks({ runs: [run(1)] });
const done = (key: string, kind: Subtask['kind'], dependsOn: readonly string[] = []): Subtask =>
  subtask({ key, kind, role: kind === 'work' ? 'backend' : 'qa', state: 'done', dependsOn });
const secured = {
  ...context,
  roles: [
    ...context.roles,
    ...context.roles.slice(-1).map((role) => ({ ...role, name: 'security', produces: ['audit'] as const })),
  ],
};

/** Work, then these subtasks with what came of them. */
function recordsWith(
  ended: readonly (readonly [Subtask, Outcome | null])[],
  task: Partial<Task> = {},
): TaskRecords {
  const work = done('S1', 'work');
  return recordsOf(implementTask({ state: 'verifying', ...task }), {
    subtasks: [work, ...ended.map(([of]) => of)],
    results: ended.flatMap(([of, outcome]) => (outcome === null ? [] : [result(of, outcome)])),
  });
}

describe('the newest checks', () => {
  it('are of the integrated change, never of the base', () => {
    const before = checks({ headSha: 'a'.repeat(40) });

    expect(
      checkedOf(
        recordsWith([
          [done('verify', 'verify'), red],
          [done('before', 'verify'), before],
        ]),
      ),
    ).toBe(red);
    expect(checkedOf(recordsWith([[done('before', 'verify'), before]]))).toBeNull();
  });

  it('say why they are not green, and leave out what was red before', () => {
    const refusals = [{ cause: 'size', path: null, message: 'It is too large.' }] as const;
    const checked = checks({ runs: [run(1), run(2, 'npm run lint'), run(0, 'x')], refusals });

    expect(redReasons(checked)).toEqual([
      '`npm test` ended with 1.',
      '`npm run lint` ended with 2.',
      'It is too large.',
    ]);
    expect(redReasons(checked, red)).toEqual(['`npm run lint` ended with 2.', 'It is too large.']);
  });
});

describe('what is due after the checks', () => {
  const before = done('before', 'verify');
  const verify = done('verify', 'verify', ['S1']);

  it('is to wait for the checks of the base', () => {
    const records = recordsWith([
      [{ ...before, state: 'running' }, null],
      [verify, red],
    ]);

    expect(checkSteps(records, context)).toEqual([]);
  });

  it('is not the end of the task when those of the base came to no end', () => {
    const failure = { kind: 'failed', cause: 'workspace', message: 'No.' } as const;
    const records = recordsWith([
      [{ ...before, state: 'failed' }, failure],
      [verify, checks()],
    ]);

    expect(checkSteps(records, context)).toBeNull();
    expect(nextSteps(records, context)).not.toContainEqual(
      expect.objectContaining({ kind: 'stop_subtasks' }),
    );
  });

  it('is a repair upon everything, and the checks after it', () => {
    expect(checkSteps(recordsWith([[verify, red]]), context)).toMatchObject([
      { kind: 'move', to: 'working' },
      {
        kind: 'add_subtasks',
        subtasks: [
          { key: 'fix-1', kind: 'work', role: 'backend', dependsOn: ['S1', 'verify'] },
          { key: 'verify-2', kind: 'verify', dependsOn: ['S1', 'fix-1'] },
        ],
      },
    ]);
  });

  it('is Security’s reading where it is enabled, once for the same tree', () => {
    const audit = done('audit', 'audit', ['S1', 'verify']);
    const read: Outcome = { kind: 'audit', answer: { summary: '', findings: [] }, unread: [] };
    const again = done('verify-2', 'verify', ['S1', 'fix-1']);

    expect(checkSteps(recordsWith([[verify, checks()]]), secured)).toMatchObject([
      { kind: 'add_subtasks', subtasks: [{ key: 'audit', role: 'security', dependsOn: ['S1', 'verify'] }] },
    ]);
    const same = [verify, checks()] as const;
    expect(checkSteps(recordsWith([same, [audit, read], [again, checks()]]), secured)).toBeNull();
    const other = checks({ treeSha: 'f'.repeat(40) });
    expect(checkSteps(recordsWith([same, [audit, read], [again, other]]), secured)).toMatchObject([
      { kind: 'add_subtasks', subtasks: [{ key: 'audit-2' }] },
    ]);
  });

  it('is for a round on a pull request the same, without a base to compare with and without Security', () => {
    const request = {
      kind: 'fix',
      pullRequest,
      openedBy: 'x',
      cause: { kind: 'feedback' },
      feedback: [],
      paths: [],
      config,
    } as const;
    const task = { kind: 'fix', request } as const;

    expect(checkSteps(recordsWith([], task), secured)).toMatchObject([
      { kind: 'add_subtasks', subtasks: [{ key: 'verify', dependsOn: ['S1'] }] },
    ]);
    expect(checkSteps(recordsWith([[verify, checks()]], task), secured)).toBeNull();
    expect(checkSteps(recordsWith([[verify, red]], task), secured)).toMatchObject([
      { kind: 'move', to: 'working' },
      { kind: 'add_subtasks', subtasks: [{ key: 'fix-1' }, { key: 'verify-2' }] },
    ]);
  });
});
