/**
 * Carries a decision out: rows in the caller's transaction and nothing else, so that a decision and the mark that its
 * delivery is handled stand or fall together. Answers the jobs to ring after the commit.
 */
import type { Change, Decision } from '../core/change.ts';
import { TransientError } from '../core/errors.ts';
import type { Job, StoreOperations } from '../core/ports.ts';
import { progressEffects } from '../core/progress.ts';
import type { DecisionSummary, Effect } from '../core/records.ts';

export interface Applied {
  readonly summary: DecisionSummary;
  readonly jobs: readonly Job[];
}

export async function applyChanges(tx: StoreOperations, decision: Decision): Promise<Applied> {
  const jobs: Job[] = [];
  let taskId: string | null = null;
  for (const change of decision.changes) {
    const done = await apply(tx, change, decision.actor);
    jobs.push(...done.jobs);
    taskId = done.taskId ?? taskId;
  }
  const { decided, reason } = decision;
  return { summary: { decided, reason, ...(taskId === null ? {} : { taskId }) }, jobs };
}

interface Done {
  readonly taskId: string | null;
  readonly jobs: readonly Job[];
}

async function apply(tx: StoreOperations, change: Change, actor: string): Promise<Done> {
  switch (change.kind) {
    case 'create_task': {
      const { task, created } = await tx.tasks.create(change.task, actor);
      return created ? advanced(tx, task.id) : { taskId: task.id, jobs: [] };
    }
    case 'stop_task': {
      await tx.tasks.lock(change.taskId);
      const stopped = await tx.tasks.move(change.taskId, 'stopped', { reason: change.reason, actor });
      if (!stopped) return { taskId: change.taskId, jobs: [] };
      await tx.subtasks.stopAll(change.taskId, actor);
      return advanced(tx, change.taskId);
    }
    case 'reopen_task': {
      await tx.tasks.lock(change.taskId);
      const reopened = await tx.tasks.reopen(change.taskId, actor);
      return reopened ? advanced(tx, change.taskId) : { taskId: change.taskId, jobs: [] };
    }
    case 'approve_plan': {
      await tx.tasks.lock(change.taskId);
      const approved = await tx.plans.approve(change.taskId, change.hash, actor);
      // Between the look and the lock the plan was replaced or approved: decide again on what stands now.
      if (!approved) throw new TransientError('the plan changed while its approval was on the way');
      return advanced(tx, change.taskId);
    }
    case 'send_message':
      await tx.messages.send(change.taskId, { from: actor, body: change.body });
      return advanced(tx, change.taskId);
    case 'plan_effect':
      return { taskId: null, jobs: await ringFor(tx, await tx.effects.plan([change.effect])) };
    case 'save_repository':
      await tx.repositories.save(change.repository);
      return { taskId: null, jobs: [] };
    case 'remove_repository':
      await tx.repositories.remove(change.repositoryId);
      return { taskId: null, jobs: [] };
  }
}

/** The task is looked at next, and people are shown its new state in the transaction of the change. */
async function advanced(tx: StoreOperations, taskId: string): Promise<Done> {
  const records = await tx.tasks.records(taskId);
  const shown = records === null ? [] : await ringFor(tx, await tx.effects.plan(progressEffects(records)));
  return { taskId, jobs: [{ step: 'advance', taskId }, ...shown] };
}

/** An effect that waits for another is rung when that one is done. */
async function ringFor(tx: StoreOperations, effects: readonly Effect[]): Promise<readonly Job[]> {
  const due = effects.filter((effect) => effect.state === 'planned' && effect.after === null);
  await tx.effects.rung(due.map((effect) => effect.id));
  return due.map((effect) => ({ step: 'publish', effectId: effect.id }));
}
