import { expect, it } from 'vitest';
import { receiptTable } from '../../src/core/messages/receipt.ts';
import type { Subtask } from '../../src/core/records.ts';
import type { Outcome, Result } from '../../src/core/result-records.ts';
import { implementTask, recordsOf, result, subtask } from '../support/records.ts';

const ANSWER: Outcome = { kind: 'answer', answer: { answer: 'Here.' } };
const LOST: Outcome = { kind: 'failed', cause: 'lost', message: 'The worker died.' };

function rowsOf(subtasks: readonly Subtask[], results: readonly Result[]): readonly string[] {
  const costUsd = subtasks.reduce((sum, one) => sum + one.costUsd, 0);
  const table = receiptTable(recordsOf(implementTask({ costUsd }), { subtasks, results }));
  return table.split('\n').slice(2);
}

it('names what each result cost, once', () => {
  const done = subtask({ key: 'S1', kind: 'work', role: 'backend', state: 'done', costUsd: 0.02 });

  expect(rowsOf([done], [result(done, ANSWER)])).toEqual([
    '| backend | S1 | claude-sonnet-5-5 | 2 | 400 / 50 | 75 % | $0.02 | 4 s |',
    '| **all** | | | | | | **$0.02** of $5.00 | |',
  ]);
});

it('adds up after workers were lost, while one is at work, and when nothing came of it', () => {
  const done = subtask({ key: 'S1', kind: 'work', role: 'backend', state: 'done', costUsd: 0.52 });
  const running = subtask({ key: 'S2', kind: 'work', role: 'qa', state: 'running', costUsd: 0.3 });
  const lost = subtask({ key: 'S3', kind: 'work', role: 'database', state: 'failed', costUsd: 1 });
  const noUsage = { ...result(lost, LOST).usage, model: null };
  const ended = { ...result(lost, LOST), usage: noUsage, costUsd: 0 };

  expect(rowsOf([done, running, lost], [result(done, ANSWER), ended])).toEqual([
    '| backend | S1 | claude-sonnet-5-5 | 2 | 400 / 50 | 75 % | $0.02 | 4 s |',
    '| backend | S1, other attempts | | | | | $0.50 | |',
    '| qa | S2, so far | | | | | $0.30 | |',
    '| database | S3, attempts without a result | | | | | $1.00 | |',
    '| **all** | | | | | | **$1.82** of $5.00 | |',
  ]);
});

it('says that commands ran without a sandbox, and nothing where they did', () => {
  const done = subtask({ key: 'S1', kind: 'work', role: 'backend', state: 'done', costUsd: 0.02 });
  const patch = (sandbox: 'on' | 'off'): Outcome => ({
    kind: 'patch',
    answer: { summary: 'Done.', decisions: [], checks: [], not_done: [] },
    patch: '',
    baseSha: 'a'.repeat(40),
    leftOut: [],
    sandbox,
  });

  expect(rowsOf([done], [result(done, patch('off'))]).at(-1)).toContain('without a sandbox');
  expect(rowsOf([done], [result(done, patch('on'))]).join()).not.toContain('sandbox');
});
