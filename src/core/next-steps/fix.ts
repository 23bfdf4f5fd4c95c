/** One round on a pull request of the crew's own. Pure. */
import type { TaskRecords } from '../store-ports.ts';
import type { Step, StepContext } from './step.ts';
import { move } from './step.ts';

export function firstOfFix(): readonly Step[] {
  return [move('working')];
}

export function fixSteps(_records: TaskRecords, _context: StepContext): readonly Step[] {
  return [];
}
