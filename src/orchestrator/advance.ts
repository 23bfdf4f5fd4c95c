/**
 * Carries a task forward: asks `nextSteps` what is due, does it, and asks again. One process at a time holds the task's row;
 * everything that it does here is rows in one transaction, so a kill leaves the task before or after a round, never between.
 */

import type { Step, StepContext } from '../core/next-steps.ts';
import { nextSteps } from '../core/next-steps.ts';
import type { Clock, Doorbell, Job, Log, Store, StoreOperations } from '../core/ports.ts';
import { progressEffects } from '../core/progress.ts';
import type { Effect, Task } from '../core/records.ts';
import type { Role } from '../core/roles.ts';

export interface AdvanceOptions {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly clock: Clock;
  readonly log: Log;
  readonly roles: readonly Role[];
  /** What a subtask of a role is expected to cost, USD; shown as the plan's estimate. */
  readonly expectedCostUsd: (role: string) => number;
}

/** A task needs far fewer rounds to come to rest; more means that a step does not change what made it due. */
const ROUNDS_LIMIT = 12;

export async function advance(options: AdvanceOptions, taskId: string): Promise<void> {
  for (let round = 0; round < ROUNDS_LIMIT; round += 1) {
    const { jobs, rested } = await options.store.transaction((tx) => advanceOnce(options, tx, taskId));
    await options.doorbell.ring(jobs);
    if (rested) return;
  }
  options.log.error({ taskId }, 'the task does not come to rest; the sweep looks again');
}

async function advanceOnce(
  options: AdvanceOptions,
  tx: StoreOperations,
  taskId: string,
): Promise<{ readonly jobs: readonly Job[]; readonly rested: boolean }> {
  const task = await tx.tasks.lock(taskId);
  const records = task === null ? null : await tx.tasks.records(taskId);
  if (task === null || records === null) return { jobs: [], rested: true };
  const context: StepContext = {
    now: options.clock.now(),
    roles: options.roles,
    expectedCostUsd: options.expectedCostUsd,
  };
  const steps = nextSteps(records, context);
  const jobs: Job[] = [];
  for (const step of steps) jobs.push(...(await carryOut(tx, task, step)));
  jobs.push(...(await showProgress(tx, taskId)));
  return { jobs, rested: steps.every((step) => step.kind === 'start_subtasks') };
}

async function carryOut(tx: StoreOperations, task: Task, step: Step): Promise<readonly Job[]> {
  switch (step.kind) {
    case 'move':
      await tx.tasks.move(task.id, step.to, { reason: step.reason, actor: 'system' });
      return [];
    case 'add_subtasks':
      await tx.subtasks.add(task.id, step.subtasks);
      return [];
    case 'propose_plan': {
      const plan = { taskId: task.id, hash: step.hash, answer: step.answer, estimateUsd: step.estimateUsd };
      await tx.plans.propose(plan);
      if (step.approveAs !== null) await tx.plans.approve(task.id, step.hash, step.approveAs);
      return [];
    }
    case 'start_subtasks':
      await tx.subtasks.rung(step.subtasks.map((subtask) => subtask.id));
      return step.subtasks.map(({ id, role }) => ({ step: 'work', subtaskId: id, role }));
    case 'stop_subtasks':
      await tx.subtasks.stopAll(task.id, 'system');
      return [];
    case 'plan_effects':
      return ringFor(tx, await tx.effects.plan(step.effects));
  }
}

/** Plans what people should now be shown of the task, in the transaction of the change. */
export async function showProgress(tx: StoreOperations, taskId: string): Promise<readonly Job[]> {
  const records = await tx.tasks.records(taskId);
  return records === null ? [] : ringFor(tx, await tx.effects.plan(progressEffects(records)));
}

/** Effects that wait for another are rung when that one is done. */
async function ringFor(tx: StoreOperations, effects: readonly Effect[]): Promise<readonly Job[]> {
  const due = effects.filter((effect) => effect.state === 'planned' && effect.after === null);
  await tx.effects.rung(due.map((effect) => effect.id));
  return due.map((effect) => ({ step: 'publish', effectId: effect.id }));
}
