import { describe, expect, it } from 'vitest';
import type { Faults } from '../../src/core/agent-ports.ts';
import { repairerOf } from '../../src/core/implement/repairer.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { implementTask, recordsOf, result, subtask } from '../support/records.ts';

const none: Faults = { runs: [], refusals: [], findings: [] };
const change = (path: string): Outcome => ({
  kind: 'patch',
  answer: { summary: '', decisions: [], checks: [], not_done: [] },
  patch: `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-a\n+b\n`,
  baseSha: 'a'.repeat(40),
  leftOut: [],
  sandbox: 'on',
});
const worked = [
  ['S1', 'database', 'db/items.sql'],
  ['S2', 'backend', 'server/app.js'],
  ['tests', 'qa', 'test/app.test.js'],
] as const;
const subtasks = worked.map(([key, role]) => subtask({ key, kind: 'work', role, state: 'done' }));
const records = recordsOf(implementTask(), {
  subtasks,
  results: subtasks.map((work, index) => result(work, change(worked[index]?.[2] ?? ''))),
});
const failing = (output: string): Faults => ({
  ...none,
  runs: [{ command: 'npm test', exitCode: 1, timedOut: false, output, durationMs: 1, sandbox: 'on' }],
});

describe('what was found is mended', () => {
  it.each<[string, Faults, string]>([
    ['by whoever changed the file that the output names', failing('at db/items.sql:3'), 'database'],
    [
      'by others than QA, whose tests every failure names',
      failing('test/app.test.js:1 db/items.sql'),
      'database',
    ],
    ['by QA where nobody else is named', failing('at test/app.test.js:9'), 'qa'],
    ['by whoever of the others worked last, without a name', failing('it broke'), 'backend'],
    [
      'by whoever changed the file that was refused',
      { ...none, refusals: [{ cause: 'secret', path: 'db/items.sql', message: 'No.' }] },
      'database',
    ],
  ])('%s', (_, faults, role) => {
    expect(repairerOf(records, faults)).toBe(role);
  });
});
