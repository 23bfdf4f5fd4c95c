/**
 * Carries a task forward: asks `nextSteps` what is due, does it, and asks again. One process at a time holds the task's row;
 * everything that it does here is rows in one transaction, so a kill leaves the task before or after a round, never between.
 */

import { branchToLookAt, lookAt } from '../core/fix/look-again.ts';
import type { LiveUrl } from '../core/live-link.ts';
import type { Tracking } from '../core/memory-ports.ts';
import { QUIET_MS, type Step, type StepContext } from '../core/next-steps/step.ts';
import { nextSteps } from '../core/next-steps.ts';
import type { Clock, Doorbell, Log } from '../core/ports.ts';
import { TASK_ENDS, type Task } from '../core/records.ts';
import type { Role } from '../core/roles.ts';
import type { Store, StoreOperations, TaskRecords } from '../core/store-ports.ts';
import { liftBlock } from './lift-block.ts';
import type { Ring } from './ring-effects.ts';
import { ringAll } from './ring-effects.ts';
import { showProgress } from './show-progress.ts';
import { takeBackApproval } from './take-back-approval.ts';

export interface AdvanceOptions {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  readonly roles: readonly Role[];
  /** The most that a subtask of a role may cost, USD; adds up to the plan's estimate. */
  readonly mostCostUsd: (role: string) => number;
  /** How long words on a pull request must have been silent before they are answered; `QUIET_MS` when left out. */
  readonly quietMs?: number;
  /** When a subtask that was rung for and not taken up is rung for again; `RING_AGAIN_MS` when left out. */
  readonly ringAgainMs?: number;
  readonly liveUrl?: LiveUrl;
  /** When this process began to look: what stood still before that is nobody's fault. */
  readonly upSince?: Date;
}

/** A task needs far fewer rounds to come to rest; more means that a step does not change what made it due. */
const ROUNDS_LIMIT = 12;
const CREW = 'system';

export async function advance(options: AdvanceOptions, taskId: string): Promise<void> {
  for (let round = 0; round < ROUNDS_LIMIT; round += 1) {
    const { rings, rested } = await options.store.transaction((tx) => advanceOnce(options, tx, taskId));
    await ringAll(options.doorbell, rings);
    if (rested) return;
  }
  options.log.error({ taskId }, 'the task does not come to rest; the sweep looks again');
}

async function advanceOnce(
  options: AdvanceOptions,
  tx: StoreOperations,
  taskId: string,
): Promise<{ readonly rings: readonly Ring[]; readonly rested: boolean }> {
  const task = await lockTask(tx, taskId);
  const records = task === null ? null : await tx.tasks.records(taskId);
  if (task === null || records === null) return { rings: [], rested: true };
  const { clock, roles, mostCostUsd, quietMs = QUIET_MS } = options;
  const context: StepContext = {
    now: clock.now(),
    roles,
    mostCostUsd,
    quietMs,
    ...(options.ringAgainMs === undefined ? {} : { ringAgainMs: options.ringAgainMs }),
    ...(options.upSince && { upSince: options.upSince }),
  };
  const steps = nextSteps(records, context);
  const rings: Ring[] = [];
  for (const step of steps) rings.push(...(await carryOut(tx, task, step)));
  rings.push(...(await lookAgain(tx, records, steps, context.now)));
  rings.push(...(await showProgress(tx, taskId, options)));
  return { rings, rested: steps.every((step) => step.kind === 'start_subtasks' || step.kind === 'wait') };
}

/** In the transaction that ends the task: from then on what is reported is listened to again. */
async function lookAgain(
  tx: StoreOperations,
  records: TaskRecords,
  steps: readonly Step[],
  now: Date,
): Promise<readonly Ring[]> {
  const end = steps.find((step) => step.kind === 'move' && TASK_ENDS.some((state) => state === step.to));
  const branch = end?.kind === 'move' ? branchToLookAt(records, end.to) : null;
  if (branch === null) return [];
  const { id, repository } = records.task;
  // A task that is taken up again ends again.
  const guid = `look-${id}-${now.getTime()}`;
  await tx.deliveries.add(lookAt(repository, branch, guid));
  return [{ job: { step: 'dispatch', guid }, delayMs: 0 }];
}

/**
 * What settles findings holds the pull request, before the task as everywhere: of two that settle the last open ones at a time,
 * one then sees that none is left.
 */
async function lockTask(tx: StoreOperations, taskId: string): Promise<Task | null> {
  const task = await tx.tasks.get(taskId);
  if (task?.kind === 'review' || task?.kind === 'reply') {
    await tx.tasks.lockSubject(task.repository.id, task.subject.number);
  }
  return tx.tasks.lock(taskId);
}

async function carryOut(tx: StoreOperations, task: Task, step: Step): Promise<readonly Ring[]> {
  switch (step.kind) {
    case 'move':
      await tx.tasks.move(task.id, step.to, { reason: step.reason, actor: CREW });
      return [];
    case 'add_subtasks':
      await tx.subtasks.add(task.id, step.subtasks);
      return [];
    case 'propose_plan': {
      const { answer, hash, estimateUsd, estimates, approveAs } = step;
      await tx.plans.propose({ taskId: task.id, hash, answer, estimateUsd, estimates });
      if (approveAs !== null) await tx.plans.approve(task.id, hash, approveAs);
      return [];
    }
    case 'start_subtasks':
      await tx.subtasks.rung(step.subtasks.map((subtask) => subtask.id));
      return step.subtasks.map(({ id, role }) => ({
        job: { step: 'work', subtaskId: id, role },
        delayMs: 0,
      }));
    case 'wait':
      return [{ job: { step: 'advance', taskId: task.id }, delayMs: step.ms }];
    case 'stop_subtasks':
      await tx.subtasks.stopAll(task.id, CREW);
      return [];
    case 'plan_effects':
      await tx.effects.plan(step.effects);
      return [];
    case 'track':
      await track(tx, step);
      return [];
    case 'lift_block':
      await liftBlock(tx, task);
      return [];
    case 'take_back_approval':
      await takeBackApproval(tx, task, step.why);
      return [];
  }
}

/** Each part stands alone: what was said or settled before changes nothing when it is said again. */
async function track(tx: StoreOperations, { raised, settled, memories }: Tracking): Promise<void> {
  if (raised.length > 0) await tx.findings.raise(raised, CREW);
  for (const { repositoryId, number, fingerprint, ...how } of settled) {
    await tx.findings.settle({ repositoryId, number }, fingerprint, how);
  }
  for (const memory of memories) await tx.memories.add(memory, CREW);
}
