/** Whether work may leave: the repository's own checks on the integrated result, as code ran them. Pure. */
import type { Outcome } from '../records.ts';
import type { TaskRecords } from '../store-ports.ts';
import type { Step, StepContext } from './step.ts';
import { inState, ofKind, outcomeOf } from './step.ts';

type Checks = Extract<Outcome, { kind: 'checks' }>;

/** Until the newest checks of the integrated work have come to their end; null from then on. */
export function checkSteps(records: TaskRecords, _context: StepContext): readonly Step[] | null {
  return checkedOf(records) === null ? inState(records.task, 'verifying') : null;
}

/** The newest checks of the integrated work; null while they have not ended. */
export function checkedOf(records: TaskRecords): Checks | null {
  const newest = ofKind(records, 'verify').at(-1);
  const outcome = newest === undefined ? null : outcomeOf(records, newest.key);
  return outcome?.kind === 'checks' ? outcome : null;
}

/** Why the integrated work is not green, as sentences; empty when it is. */
export function redReasons({ runs, refusals }: Checks): readonly string[] {
  const failed = runs.filter(({ exitCode }) => exitCode !== 0);
  return [
    ...failed.map(({ command, exitCode, timedOut }) =>
      timedOut
        ? `\`${command}\` did not end in time.`
        : `\`${command}\` ended with ${exitCode ?? 'a signal'}.`,
    ),
    ...refusals.map(({ message }) => message),
  ];
}
