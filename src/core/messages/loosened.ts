/** Why a fix may not leave that makes tests say less than they did. */
import { code } from './format.ts';

const SHOWN_CHARS = 120;

export type Loosening =
  | 'skipped'
  | 'file_deleted'
  | 'cases_removed'
  | 'assertions_removed'
  | 'always_true'
  | 'timeout_raised'
  | 'retries_raised'
  | 'threshold_lowered'
  | 'command_weakened'
  | 'tests_excluded';

const WHAT: Readonly<Record<Loosening, string>> = {
  skipped: 'a test is skipped, or run to the exclusion of others',
  file_deleted: 'a file of tests is deleted',
  cases_removed: 'a test is removed and none stands in its place',
  assertions_removed: 'an assertion is removed and none stands in its place',
  always_true: 'an assertion holds whatever the code does',
  timeout_raised: 'a time limit of tests is raised',
  retries_raised: 'tests are tried again until they pass',
  threshold_lowered: 'a threshold that tests have to reach is lowered',
  command_weakened: 'a command that checks passes whatever it finds, or is gone',
  tests_excluded: 'tests are left out of those that run',
};

export function loosenedTest(what: Loosening, path: string, line: string): string {
  const shown = line.trim() === '' ? '' : ` (${code(line.trim().slice(0, SHOWN_CHARS).toWellFormed())})`;
  return `${code(path)}: ${WHAT[what]}${shown}. A fix mends the code and leaves the tests as strict as they are.`;
}
