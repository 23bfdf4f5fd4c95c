/** What was found in the integrated change goes back to be mended: a subtask of work, and the checks after it. Pure. */

import type { Faults } from '../agent-ports.ts';
import { verifyOf } from '../implement/planned-subtasks.ts';
import { repairerOf } from '../implement/repairer.ts';
import { REPAIR_ACCEPTANCE, REPAIR_GOAL } from '../messages/work-orders.ts';
import type { Subtask } from '../records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { faultsAfter, verifyRounds } from './checked.ts';
import type { Step } from './step.ts';
import { add, inState, newSubtask, ofKind } from './step.ts';

/** Times that an integrated change goes back, whatever was found. */
export const REPAIRS_MAX = 2;
export const REPAIR_KEY = /^fix-[0-9]+$/;
/** Paths that a repair is expected to change. */
const FILES_MAX = 30;

export function repairsOf(records: TaskRecords): number {
  return ofKind(records, 'work').filter(({ key }) => REPAIR_KEY.test(key)).length;
}

/** `causes`: the checks, and the audit, that found `faults`. */
export function repairSteps(
  records: TaskRecords,
  faults: Faults,
  causes: readonly string[],
): readonly Step[] {
  const round = repairsOf(records) + 1;
  const planId = records.plan?.id ?? null;
  const work = ofKind(records, 'work').map(({ key }) => key);
  const repair = newSubtask({
    planId,
    key: `fix-${round}`,
    kind: 'work',
    role: repairerOf(records, faults),
    title: 'Mend what was found in the integrated change',
    goal: REPAIR_GOAL,
    acceptance: REPAIR_ACCEPTANCE,
    files: filesOf(faults),
    dependsOn: [...work, ...causes],
  });
  const verify = verifyOf({
    planId,
    key: `verify-${verifyRounds(records).length + 1}`,
    dependsOn: [...work, repair.key],
  });
  return [...inState(records.task, 'working'), add(repair, verify)];
}

/** What a repair is to mend; null for other work. */
export function repairOf(records: TaskRecords, { kind, key, dependsOn }: Subtask): Faults | null {
  return kind === 'work' && REPAIR_KEY.test(key) ? faultsAfter(records, dependsOn) : null;
}

function filesOf({ refusals, findings }: Faults): readonly string[] {
  const named = [...refusals.map(({ path }) => path), ...findings.map(({ path }) => path)];
  return [...new Set(named.filter((path) => path !== null))].slice(0, FILES_MAX);
}
