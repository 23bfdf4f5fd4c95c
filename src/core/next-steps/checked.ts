/** What is known of the integrated change: the newest checks, those before it, Security's reading of it. Pure. */

import type { Faults } from '../agent-ports.ts';
import type { AuditAnswer } from '../answers.ts';
import { BEFORE_KEY } from '../implement/planned-subtasks.ts';
import { failedBefore } from '../implement/same-failure.ts';
import { findingReason, redRun, repairFailed } from '../messages/check-words.ts';
import type { Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { CheckRunRecord, Outcome } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { ofKind, outcomeOf } from './step.ts';

export type Checks = Extract<Outcome, { kind: 'checks' }>;
export type Audit = Extract<Outcome, { kind: 'audit' }>;
type AuditFinding = AuditAnswer['findings'][number];

/** Findings that go back, and that a person must see when they cannot be mended. */
const SERIOUS: readonly AuditFinding['severity'][] = ['critical', 'high'];

/** The rounds of checks of the integrated change, oldest first. None that would check a repair which came to no end. */
export function verifyRounds(records: TaskRecords): readonly Subtask[] {
  const failed = new Set(failedRepairs(records).map(({ key }) => key));
  return ofKind(records, 'verify').filter(
    ({ key, dependsOn }) => key !== BEFORE_KEY && !dependsOn.some((needed) => failed.has(needed)),
  );
}

/** Work that failed and did not end the task: only repairs can. */
export function failedRepairs(records: TaskRecords): readonly Subtask[] {
  return ofKind(records, 'work').filter(({ state }) => state === 'failed');
}

/** The newest checks of the integrated work; null while they have not ended. */
export function checkedOf(records: TaskRecords): Checks | null {
  const newest = verifyRounds(records).at(-1);
  return newest === undefined ? null : checksOf(records, newest.key);
}

/** The same checks on the base; null where they did not run or came to no end. */
export function checkedBefore(records: TaskRecords): Checks | null {
  return checksOf(records, BEFORE_KEY);
}

/** Why the integrated work is not green, as sentences; empty when it is. What failed in the same way `before` is not the work's fault. */
export function redReasons({ runs, refusals }: Checks, before: Checks | null = null): readonly string[] {
  return [...redRuns(runs, before).map(redRun), ...refusals.map(({ message }) => message)];
}

function redRuns(runs: readonly CheckRunRecord[], before: Checks | null): readonly CheckRunRecord[] {
  return runs.filter((run) => run.exitCode !== 0 && !failedBefore(run, before?.runs ?? []));
}

/** What is to be mended after a round of checks and, where it was read, after Security's reading. */
export function faultsAfter(records: TaskRecords, keys: readonly string[]): Faults {
  const newestOf = (of: readonly Subtask[]) => of.findLast(({ key }) => keys.includes(key));
  const verify = newestOf(verifyRounds(records));
  const audit = newestOf(ofKind(records, 'audit'));
  const checked = verify === undefined ? null : checksOf(records, verify.key);
  const audited = audit === undefined ? null : outcomeOf(records, audit.key);
  return {
    runs: checked === null ? [] : redRuns(checked.runs, checkedBefore(records)),
    refusals: checked?.refusals ?? [],
    findings: audited?.kind === 'audit' ? seriousOf(audited) : [],
  };
}

export function seriousOf({ answer }: Audit): AuditFinding[] {
  return answer.findings.filter(({ severity }) => SERIOUS.includes(severity));
}

/** What ended Security's newest look, where it came to no end. */
export function whyUnread(records: TaskRecords): string | null {
  const newest = ofKind(records, 'audit').at(-1);
  const outcome = newest?.state === 'failed' ? resultOf(records, newest)?.outcome : undefined;
  return outcome?.kind === 'failed' ? outcome.message : null;
}

/** Security's newest look: `failed` where it came to no end. */
export function auditedOf(records: TaskRecords): Audit | 'failed' | null {
  const newest = ofKind(records, 'audit').at(-1);
  if (newest === undefined) return null;
  if (newest.state === 'failed') return 'failed';
  const outcome = outcomeOf(records, newest.key);
  return outcome?.kind === 'audit' ? outcome : null;
}

/** Why a person must look at the pull request; empty when nobody needs to. */
export function humanReasons(records: TaskRecords): readonly string[] {
  const checked = checkedOf(records);
  const audited = auditedOf(records);
  return [
    ...(checked === null ? [] : redReasons(checked, checkedBefore(records))),
    ...(audited === null || audited === 'failed' ? [] : seriousOf(audited).map(findingReason)),
    ...failedRepairs(records).map((repair) => repairFailed(repair, whyFailed(records, repair))),
  ];
}

function whyFailed(records: TaskRecords, subtask: Subtask): string {
  const outcome = resultOf(records, subtask)?.outcome;
  return outcome?.kind === 'failed' ? outcome.message : '';
}

function checksOf(records: TaskRecords, key: string): Checks | null {
  const outcome = outcomeOf(records, key);
  return outcome?.kind === 'checks' ? outcome : null;
}
