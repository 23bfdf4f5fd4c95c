/** A check of a deployment, or an audit of a push. Pure. */
import type { TaskRecords } from '../store-ports.ts';
import type { Step, StepContext } from './step.ts';
import { move } from './step.ts';

export function firstOfGate(): readonly Step[] {
  return [move('working')];
}

export function gateSteps(_records: TaskRecords, _context: StepContext): readonly Step[] {
  return [];
}
