/**
 * Whether work may leave: the repository's own checks on the integrated result, as code ran them; what must not leave; Security's
 * reading of it. What is found goes back to be mended, a few times. Pure.
 */

import type { Faults } from '../agent-ports.ts';
import { AUDITOR } from '../gate/gate-verdict.ts';
import { BEFORE_KEY, verifyOf } from '../implement/planned-subtasks.ts';
import { workBaseOf } from '../implement/work-base.ts';
import { refusedChange } from '../messages/check-words.ts';
import type { Subtask, Task } from '../records.ts';
import { ableTo } from '../roles.ts';
import type { TaskRecords } from '../store-ports.ts';
import type { Checks } from './checked.ts';
import { checkedOf, failedRepairs, faultsAfter, verifyRounds } from './checked.ts';
import { REPAIRS_MAX, repairSteps, repairsOf } from './repairs.ts';
import type { Step, StepContext } from './step.ts';
import { add, inState, isOpen, move, ofKind, outcomeOf } from './step.ts';

/** Until the checks of the integrated work, and what they call for, have come to their end; null from then on. */
export function checkSteps(records: TaskRecords, context: StepContext): readonly Step[] | null {
  const { task, subtasks } = records;
  const work = ofKind(records, 'work');
  if (work.some(isOpen)) return inState(task, 'working');
  const rounds = verifyRounds(records);
  const verify = rounds.at(-1);
  if (verify === undefined) return [...inState(task, 'verifying'), firstVerify(records, work)];
  const checked = checkedOf(records);
  const before = subtasks.find(({ key }) => key === BEFORE_KEY);
  if (checked === null || (before !== undefined && isOpen(before))) return inState(task, 'verifying');
  const isIdle = (one: Subtask) => one.kind === 'verify' && isOpen(one) && !rounds.includes(one);
  if (subtasks.some(isIdle)) return [{ kind: 'stop_subtasks' }];
  if (checked.headSha === workBaseOf(task).checkout.baseSha) return null;
  const faults = faultsAfter(records, [verify.key]);
  const mayRepair = repairsOf(records) < REPAIRS_MAX && failedRepairs(records).length === 0;
  if (mayRepair && isFaulty(faults)) return repairSteps(records, faults, [verify.key]);
  if (checked.refusals.length > 0) return refused(records, checked);
  if (!isAudited(task, context)) return null;
  return auditSteps(records, { verify, checked, mayRepair });
}

function auditSteps(
  records: TaskRecords,
  {
    verify,
    checked,
    mayRepair,
  }: { readonly verify: Subtask; readonly checked: Checks; readonly mayRepair: boolean },
): readonly Step[] | null {
  const audit = auditOf(records, checked);
  if (audit === undefined) return [...inState(records.task, 'verifying'), newAudit(records, verify)];
  if (isOpen(audit)) return inState(records.task, 'verifying');
  const faults = faultsAfter(records, [audit.key]);
  return mayRepair && isFaulty(faults) ? repairSteps(records, faults, [verify.key, audit.key]) : null;
}

/** The newest look at the very tree that was checked: what a repair left as it was is not read again. */
function auditOf(records: TaskRecords, { treeSha }: Checks): Subtask | undefined {
  const newest = ofKind(records, 'audit').at(-1);
  const read = verifyRounds(records).findLast(({ key }) => newest?.dependsOn.includes(key));
  const outcome = read === undefined ? null : outcomeOf(records, read.key);
  return outcome?.kind === 'checks' && outcome.treeSha === treeSha ? newest : undefined;
}

function newAudit(records: TaskRecords, verify: Subtask): Step {
  const round = ofKind(records, 'audit').length + 1;
  const done = ofKind(records, 'work').filter(({ state }) => state === 'done');
  return add({
    planId: records.plan?.id ?? null,
    key: round === 1 ? 'audit' : `audit-${round}`,
    kind: 'audit',
    role: AUDITOR,
    title: 'Read the whole change for weaknesses',
    goal: 'Find what an attacker, or an accident, gains by the integrated change.',
    dependsOn: [...done.map(({ key }) => key), verify.key],
  });
}

/** A round on an own pull request is not read again: it mends what was read when it was opened. */
function isAudited({ request }: Task, { roles }: StepContext): boolean {
  const able = ableTo('audit', roles, request.config).some(({ name }) => name === AUDITOR);
  return request.kind === 'implement' && able;
}

function firstVerify(records: TaskRecords, work: readonly Subtask[]): Step {
  const planId = records.plan?.id ?? null;
  return add(verifyOf({ planId, key: 'verify', dependsOn: work.map(({ key }) => key) }));
}

function isFaulty({ runs, refusals, findings }: Faults): boolean {
  return runs.length + refusals.length + findings.length > 0;
}

function refused(records: TaskRecords, { refusals }: Checks): readonly Step[] {
  return [{ kind: 'stop_subtasks' }, move('failed', refusedChange(refusals, repairsOf(records)))];
}
