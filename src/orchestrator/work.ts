/**
 * A worker's side of a subtask: take the lease, keep it, do the job, store the result under the lease's token. Whoever has
 * lost the lease stops at once and can write nothing; the races that remain are settled by the token in the store.
 */

import { planAnswerSchema } from '../core/answers.ts';
import { addUsage, noUsage } from '../core/budget.ts';
import { patchesOf } from '../core/commits.ts';
import { errorMessage, LeaseLostError, RunEndedError, TransientError, UserError } from '../core/errors.ts';
import { planLimits } from '../core/next-steps.ts';
import { planProblems } from '../core/plan-rules.ts';
import type {
  AgentHooks,
  AgentJob,
  AgentRunner,
  Clock,
  Doorbell,
  EventBus,
  Log,
  Store,
  TaskRecords,
  Workspaces,
} from '../core/ports.ts';
import type { Lease, Outcome, Subtask, Usage } from '../core/records.ts';
import type { Role } from '../core/roles.ts';
import { showProgress } from './advance.ts';
import { survey } from './survey.ts';
import { verify } from './verify.ts';

export interface WorkOptions {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly bus: EventBus;
  readonly agents: AgentRunner;
  readonly workspaces: Workspaces;
  readonly clock: Clock;
  readonly log: Log;
  readonly roles: readonly Role[];
  readonly redact: (text: string) => Promise<string>;
  /** `<host>/<pid>/<start id>` of this process. */
  readonly owner: string;
  readonly leaseMs: number;
}

type Claimed = Subtask & { readonly lease: Lease };

interface Spent {
  usage: Usage;
  costUsd: number;
}

export async function work(options: WorkOptions, subtaskId: string): Promise<void> {
  const { store, clock } = options;
  const claimed = await store.subtasks.claim(subtaskId, options.owner, options.leaseMs);
  if (claimed === null) return ringAfterClaim(options, subtaskId);
  const log = options.log.child({ taskId: claimed.taskId, subtask: claimed.key, role: claimed.role });
  const startedMs = clock.now().getTime();
  await tellProgress(options, claimed.taskId);
  const lease = keepLease(options, claimed);
  const spent: Spent = {
    usage: noUsage(null),
    costUsd: 0,
  };
  try {
    const records = await store.tasks.records(claimed.taskId);
    if (records === null) return;
    log.info({ attempt: claimed.attempts }, 'subtask started');
    const outcome = await outcomeOf(() => perform(options, records, claimed, spent, lease.signal), log);
    await lease.stop();
    const durationMs = clock.now().getTime() - startedMs;
    await finish(options, claimed, { outcome, usage: spent.usage, costUsd: spent.costUsd, durationMs });
    log.info({ outcome: outcome.kind, costUsd: spent.costUsd, durationMs }, 'subtask ended');
  } catch (error) {
    await lease.stop();
    if (error instanceof LeaseLostError || lease.signal.aborted) {
      log.warn({ err: error }, 'the lease is gone; what this worker did does not count');
      return;
    }
    if (!(error instanceof TransientError)) throw error;
    await store.subtasks.release(claimed.id, claimed.lease.token, error.message);
    throw error;
  }
}

/** A claim can end the subtask instead (its workers died too often): then the task must hear of it. */
async function ringAfterClaim(options: WorkOptions, subtaskId: string): Promise<void> {
  const subtask = await options.store.subtasks.get(subtaskId);
  if (subtask?.state === 'failed') await options.doorbell.ring([{ step: 'advance', taskId: subtask.taskId }]);
}

async function perform(
  options: WorkOptions,
  records: TaskRecords,
  claimed: Claimed,
  spent: Spent,
  signal: AbortSignal,
): Promise<Outcome> {
  if (claimed.kind === 'survey') return survey(options.workspaces, records, claimed, signal);
  if (claimed.kind === 'verify') return verify(options, records, claimed, signal);
  const job = jobFor(options, records, claimed);
  const { outcome } = await options.agents.run(job, hooksFor(options, records, claimed, spent, signal));
  return outcome.kind === 'plan' && outcome.answer.subtasks.length === 0
    ? openQuestions(outcome.answer.questions)
    : outcome;
}

/** A plan that only asks ends the task with its questions, for the people on the issue to answer. */
function openQuestions(questions: readonly string[]): Outcome {
  const message = `The Strategist needs to know more: ${questions.join(' ')} Answer on the issue, then ask with \`/crew plan\`.`;
  return { kind: 'failed', cause: 'invalid_answer', message };
}

/** Failures become outcomes, which are shown; what only passes or is no longer ours is thrown on. */
async function outcomeOf(run: () => Promise<Outcome>, log: Log): Promise<Outcome> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof LeaseLostError || error instanceof TransientError) throw error;
    if (error instanceof RunEndedError)
      return { kind: 'failed', cause: error.failure, message: error.message };
    if (error instanceof UserError) return { kind: 'failed', cause: 'workspace', message: error.message };
    log.error({ err: error }, 'a bug ended the subtask');
    return {
      kind: 'failed',
      cause: 'internal',
      message: `An internal error ended this subtask: ${errorMessage(error)}`,
    };
  }
}

async function finish(
  options: WorkOptions,
  claimed: Claimed,
  result: {
    readonly outcome: Outcome;
    readonly usage: Usage;
    readonly costUsd: number;
    readonly durationMs: number;
  },
): Promise<void> {
  const jobs = await options.store.transaction(async (tx) => {
    if (!(await tx.subtasks.finish(claimed.id, claimed.lease.token, result))) {
      throw new LeaseLostError(`${claimed.key} was taken over before its result could be stored`);
    }
    return showProgress(tx, claimed.taskId);
  });
  await options.doorbell.ring([{ step: 'advance', taskId: claimed.taskId }, ...jobs]);
}

async function tellProgress(options: WorkOptions, taskId: string): Promise<void> {
  await options.doorbell.ring(await options.store.transaction((tx) => showProgress(tx, taskId)));
}

function jobFor(options: WorkOptions, records: TaskRecords, subtask: Subtask): AgentJob {
  const titles = new Map(options.roles.map((role) => [role.name, role.title]));
  const teammates = records.subtasks.flatMap((other) => {
    const result = records.results.find((candidate) => candidate.subtaskId === other.id);
    return other.kind === 'work' && other.state === 'done' && result !== undefined
      ? [{ subtask: other, result }]
      : [];
  });
  return {
    task: records.task,
    subtask,
    plan: records.plan,
    teammates,
    patches: patchesOf(records, subtask.dependsOn, titles),
  };
}

function hooksFor(
  options: WorkOptions,
  records: TaskRecords,
  subtask: Subtask,
  spent: Spent,
  signal: AbortSignal,
): AgentHooks {
  const { store } = options;
  let lastMessageId = 0;
  return {
    signal,
    async beforeTurn() {
      if (signal.aborted) throw new LeaseLostError(`${subtask.key} is no longer this worker's`);
      const task = await store.tasks.get(subtask.taskId);
      if (task !== null && task.costUsd >= task.budgetUsd) {
        const message = `The task's budget of $${task.budgetUsd.toFixed(2)} is used up ($${task.costUsd.toFixed(2)} spent).`;
        throw new RunEndedError('over_budget', message);
      }
      const mail = await store.messages.after(subtask.taskId, lastMessageId);
      lastMessageId = mail.at(-1)?.id ?? lastMessageId;
      return mail.map((message) => `${message.from}: ${message.body}`);
    },
    async afterTurn(usage, costUsd) {
      spent.usage = addUsage(spent.usage, usage);
      spent.costUsd += costUsd;
      await store.tasks.addCost(subtask.taskId, costUsd);
    },
    problemsWith(answer) {
      if (subtask.kind !== 'plan') return [];
      const plan = planAnswerSchema.parse(answer);
      if (plan.subtasks.length === 0 && plan.questions.length > 0) return [];
      return planProblems(plan, planLimits(records.task, options.roles));
    },
  };
}

/** Renews the lease three times in its life, and at once when an event tells that the task moved; the signal aborts when it is lost. */
function keepLease(
  options: WorkOptions,
  claimed: Claimed,
): { readonly signal: AbortSignal; stop(): Promise<void> } {
  const lost = new AbortController();
  let stopped = false;
  const renew = async (): Promise<void> => {
    if (stopped) return;
    try {
      const kept = await options.store.subtasks.renew(claimed.id, claimed.lease.token, options.leaseMs);
      if (!kept && !stopped) lost.abort(new LeaseLostError(`${claimed.key} was stopped or taken over`));
    } catch (error) {
      options.log.warn({ err: error, subtask: claimed.key }, 'could not renew the lease');
    }
  };
  const timer = setInterval(renew, options.leaseMs / 3);
  const unsubscribed = options.bus.subscribe((event) => {
    if (event.taskId === claimed.taskId && event.type.startsWith('task.')) void renew();
  });
  return {
    signal: lost.signal,
    async stop() {
      stopped = true;
      clearInterval(timer);
      await (await unsubscribed)();
    },
  };
}
