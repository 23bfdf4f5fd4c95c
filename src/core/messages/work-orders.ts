/** What code itself asks of specialists: tests nobody planned, work that goes back, what checks found to be mended. */
import { code, count } from './format.ts';

const FILES_SHOWN = 20;

export const TESTS_GOAL =
  'Add or repair tests for all acceptance criteria of the plan, so that each fails without the change that it tests. Where the tests that are there already do that, change nothing and say so.';

export const REPAIR_GOAL =
  'Mend what the checks of the repository, the rules for what may leave, and the security audit found in the integrated change, as the section <repair> tells it. Change nothing else.';

export const REPAIR_ACCEPTANCE: readonly string[] = [
  'Each point of <repair> is mended at its cause, or named in not_done with the reason',
  'No test is skipped, removed or made to expect less',
];

/** For the specialist whose work does not fit. */
export function conflictMessage(subtaskKey: string, files: readonly string[], round: number): string {
  const where = files.length === 0 ? '' : ` in ${filesText(files)}`;
  return `The change of ${subtaskKey} does not fit the work that comes before it: it conflicts${where}. It is to be made anew upon that work (round ${round}).`;
}

/** For people, when there is nobody left to ask. */
export function conflictUnsettled(
  subtaskKey: string,
  files: readonly string[],
  rounds: number,
  architectAsked: boolean,
): string {
  const where = files.length === 0 ? '' : ` It conflicts in ${filesText(files)}.`;
  const who = architectAsked ? ', the last time by the Architect' : '';
  return `The change of ${subtaskKey} does not fit the work that comes before it, though it was made anew ${count(rounds, 'time')}${who}.${where} Ask for a plan in which one subtask changes these files, with \`/crew plan\`.`;
}

function filesText(files: readonly string[]): string {
  const shown = files.slice(0, FILES_SHOWN).map(code).join(', ');
  return files.length > FILES_SHOWN ? `${shown} and ${files.length - FILES_SHOWN} more` : shown;
}
