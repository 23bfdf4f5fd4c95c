/**
 * Carries a decision out: rows in the caller's transaction and nothing else, so that a decision and the mark that its
 * delivery is handled stand or fall together. Answers the jobs to ring after the commit.
 */
import type { Change, Decision } from '../core/change.ts';
import { ANSWERS_PER_THREAD_MAX, isOneTooMany } from '../core/decide/replies.ts';
import { isOpen, isSameWork } from '../core/decide/requests.ts';
import type { Effect } from '../core/effect-records.ts';
import { TransientError } from '../core/errors.ts';
import { withDependents } from '../core/implement/plan-rules.ts';
import type { Showing } from '../core/messages/progress.ts';
import type { Job } from '../core/ports.ts';
import { progressEffects } from '../core/progress.ts';
import type { DecisionSummary, Task } from '../core/records.ts';
import type { StoreOperations } from '../core/store-ports.ts';
import { applyToReviews } from './apply-to-reviews.ts';
import { applyToTask } from './apply-to-task.ts';

/** What the decision missed is committed already: it is decided again as soon as the delivery's claim is given back. */
const DECIDE_AGAIN_MS = 250;

export interface Applied {
  readonly summary: DecisionSummary;
  readonly jobs: readonly Job[];
}

export async function applyChanges(
  tx: StoreOperations,
  decision: Decision,
  showing: Showing | null = null,
): Promise<Applied> {
  const jobs: Job[] = [];
  let taskId: string | null = null;
  for (const change of decision.changes) {
    const done = await apply(tx, change, { actor: decision.actor, at: decision.at, showing });
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

interface Author {
  readonly actor: string;
  readonly at: string | undefined;
  readonly showing: Showing | null;
}

async function apply(tx: StoreOperations, change: Change, { actor, at, showing }: Author): Promise<Done> {
  const advanced = (taskId: string) => advance(tx, taskId, showing);
  const asked = at === undefined ? {} : { askedAt: at };
  switch (change.kind) {
    case 'create_task': {
      await refuseRival(tx, change.task);
      const { task, created } = await tx.tasks.create({ ...change.task, ...asked }, actor);
      return created ? advanced(task.id) : { taskId: task.id, jobs: [] };
    }
    case 'stop_task': {
      const { id } = await lockTask(tx, change.taskId);
      const stopped = await tx.tasks.move(id, 'stopped', { reason: change.reason, actor });
      if (!stopped) return { taskId: id, jobs: [] };
      await tx.subtasks.stopAll(id, actor);
      return advanced(id);
    }
    case 'reopen_task': {
      const task = await lockTask(tx, change.taskId);
      await refuseRival(tx, task);
      const { budgetUsd, from } = change;
      const again = from === undefined ? [] : await subtasksFrom(tx, task.id, from);
      const how = { ...asked, ...(budgetUsd === undefined ? {} : { budgetUsd }), again };
      const reopened = await tx.tasks.reopen(task.id, actor, how);
      if (reopened && change.monthUsd !== undefined) await limitMonth(tx, task, change.monthUsd, actor);
      return reopened ? advanced(task.id) : { taskId: task.id, jobs: [] };
    }
    case 'approve_plan': {
      await lockTask(tx, change.taskId);
      const approved = await tx.plans.approve(change.taskId, change.hash, actor);
      // Between the look and the lock the plan was replaced or approved: decide again on what stands now.
      if (!approved) throw new TransientError('the plan changed while its approval was on the way');
      return advanced(change.taskId);
    }
    case 'send_message': {
      const { id } = await lockTask(tx, change.taskId);
      await tx.messages.send(id, { from: actor, body: change.body, to: change.to ?? null });
      return advanced(id);
    }
    case 'revise_plan':
    case 'add_feedback':
    case 'set_budget': {
      const task = await lockTask(tx, change.taskId);
      await applyToTask(tx, task, change, { actor, at });
      return advanced(task.id);
    }
    case 'plan_effect':
      return { taskId: null, jobs: await ringFor(tx, await tx.effects.plan([change.effect])) };
    case 'save_repository':
      await tx.repositories.save(change.repository);
      return { taskId: null, jobs: [] };
    case 'remove_repository':
      await tx.repositories.remove(change.repositoryId);
      return { taskId: null, jobs: [] };
    default:
      return {
        taskId: null,
        jobs: await ringFor(tx, await tx.effects.plan(await applyToReviews(tx, change, actor))),
      };
  }
}

/** The subject's lock before the task's, everywhere: two deliveries about one subject never wait for each other. */
async function lockTask(tx: StoreOperations, idOrRequestKey: string): Promise<Task> {
  const task = (await tx.tasks.get(idOrRequestKey)) ?? (await tx.tasks.byRequestKey(idOrRequestKey));
  if (task === null) throw new Error(`There is no task ${idOrRequestKey} to change.`);
  await tx.tasks.lockSubject(task.repository.id, task.subject.number);
  return (await tx.tasks.lock(task.id)) ?? task;
}

/** Of the configuration that a task runs by, what may be spent is the one part that is of the present. */
async function limitMonth(
  tx: StoreOperations,
  { id, request }: Task,
  monthUsd: number | null,
  actor: string,
): Promise<void> {
  if (request.config.monthUsd === monthUsd) return;
  await tx.tasks.revise(id, { ...request, config: { ...request.config, monthUsd } }, actor);
}

/** A subtask and all that builds on it, by key. */
async function subtasksFrom(tx: StoreOperations, taskId: string, from: string): Promise<readonly string[]> {
  const subtasks = (await tx.tasks.records(taskId))?.subtasks ?? [];
  return withDependents(subtasks, from);
}

/** Between the look and the lock others started the same work, or took up all replies that a thread may: decide again on what stands now. */
async function refuseRival(
  tx: StoreOperations,
  asked: Pick<Task, 'repository' | 'subject' | 'requestKey' | 'request'>,
): Promise<void> {
  const { repository, subject, requestKey } = asked;
  await tx.tasks.lockSubject(repository.id, subject.number);
  // Each gate is work of its own, and all that there ever were are on this subject.
  if (subject.kind === 'commit') return;
  const known = await tx.tasks.onSubject(repository.id, subject.number);
  const rival = known.find(
    (task) => task.requestKey !== requestKey && isOpen(task) && isSameWork(task, asked),
  );
  const retryAfterMs = DECIDE_AGAIN_MS;
  if (rival !== undefined) {
    throw new TransientError(`task ${rival.id} was started on the same meanwhile`, { retryAfterMs });
  }
  if (isOneTooMany(asked, known)) {
    const message = `${ANSWERS_PER_THREAD_MAX} replies in the thread were taken up meanwhile`;
    throw new TransientError(message, { retryAfterMs });
  }
}

/** The task is looked at next, and people are shown its new state in the transaction of the change. */
async function advance(tx: StoreOperations, taskId: string, showing: Showing | null): Promise<Done> {
  const records = await tx.tasks.records(taskId);
  const shown =
    records === null ? [] : await ringFor(tx, await tx.effects.plan(progressEffects(records, showing)));
  return { taskId, jobs: [{ step: 'advance', taskId }, ...shown] };
}

/** An effect that waits for another is rung when that one is done. */
async function ringFor(tx: StoreOperations, effects: readonly Effect[]): Promise<readonly Job[]> {
  const due = effects.filter((effect) => effect.state === 'planned' && effect.after === null);
  await tx.effects.rung(due.map((effect) => effect.id));
  return due.map((effect) => ({ step: 'publish', effectId: effect.id }));
}
