import { describe, expect, it } from 'vitest';
import { failedBefore } from '../../src/core/implement/same-failure.ts';
import type { CheckRunRecord } from '../../src/core/result-records.ts';

const run = (output: string, change: Partial<CheckRunRecord> = {}): CheckRunRecord => ({
  command: 'npm test',
  exitCode: 1,
  timedOut: false,
  output,
  durationMs: 5,
  sandbox: 'on',
  ...change,
});

describe('a check that fails', () => {
  it.each([
    ['with the same line, at another time', '✖ adds (2.1ms)\nfail 1', '✖ adds (1.7ms)\nfail 1', true],
    ['with fewer failures than before', '✖ adds', '✖ adds\n✖ takes away', true],
    ['without a word of why, twice', 'stopped', 'stopped', true],
    ['with a failure that is new', '✖ adds\n✖ takes away', '✖ adds', false],
    ['with one more of a numbered kind', '✖ case 1\n✖ case 2', '✖ case 1', false],
    ['with more failures than before by its own count', '# fail 3', '# fail 1', false],
    ['with fewer failures by its own count', 'Tests: 1 failed, 9 passed', 'Tests: 2 failed, 8 passed', true],
    ['by another error', 'TypeError: x is not a function', 'SyntaxError: missing )', false],
  ])('%s: known before is %#', (_, now, before, same) => {
    expect(failedBefore(run(now), [run(before)])).toBe(same);
  });

  it('did not fail so before when it passed, ended otherwise, timed out, or was not there', () => {
    const now = run('✖ adds');

    expect(failedBefore(now, [])).toBe(false);
    expect(failedBefore(now, [run('', { exitCode: 0 })])).toBe(false);
    expect(failedBefore(now, [run('✖ adds', { exitCode: 2 })])).toBe(false);
    expect(failedBefore(now, [run('✖ adds', { timedOut: true })])).toBe(false);
    expect(failedBefore(now, [run('✖ adds', { command: 'npm run lint' })])).toBe(false);
  });
});
