/** What an agent's run asks of the orchestrator: whether it may go on, its mail, its cost, and whether its answer stands. */

import type { AgentHooks, AgentJob } from '../core/agent-ports.ts';
import {
  amendAnswerSchema,
  fixAnswerSchema,
  planAnswerSchema,
  refuteAnswerSchema,
  reviewAnswerSchema,
} from '../core/answers.ts';
import { addUsage } from '../core/budget.ts';
import { LeaseLostError, RunEndedError } from '../core/errors.ts';
import { wordProblems, wordsOf } from '../core/fix/words.ts';
import { amendProblems, planProblems } from '../core/implement/plan-rules.ts';
import { noRoom } from '../core/messages/budget.ts';
import { planLimits } from '../core/next-steps/plan.ts';
import { isEnded } from '../core/next-steps.ts';
import type { Clock, Doorbell } from '../core/ports.ts';
import type { Usage } from '../core/result-records.ts';
import { refuteProblems, reviewProblems } from '../core/review/review-answer-problems.ts';
import type { Role } from '../core/roles.ts';
import { NO_SPENDING_LIMITS, repositoryMonthCap, type SpendingLimits } from '../core/spending-limits.ts';
import type { MonthCaps, Store } from '../core/store-ports.ts';
import type { Claimed } from './keep-lease.ts';
import { mailboxOf } from './mailbox.ts';
import { teamworkOf } from './teamwork.ts';

/** What a run has used so far, whatever becomes of it. */
export interface Spent {
  usage: Usage;
  costUsd: number;
}

export interface HookOptions {
  readonly store: Store;
  readonly doorbell: Doorbell;
  readonly roles: readonly Role[];
  readonly job: AgentJob;
  readonly subtask: Claimed;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly redact: (text: string) => Promise<string>;
  /** What the operator allows; left out, no limits beside those of task and repository. */
  readonly limits?: SpendingLimits;
}

/** Adds to `spent` as the run goes on. */
export function agentHooks(options: HookOptions, spent: Spent): AgentHooks {
  const { store, doorbell, subtask, signal } = options;
  const limits = options.limits ?? NO_SPENDING_LIMITS;
  const caps = capsOf(options.job, limits);
  const mailbox = mailboxOf(store.messages, options.job, subtask);
  let othersWait = subtask.kind === 'review' && subtask.costUsd === 0;
  let toldOfGaps = false;
  return {
    signal,
    team: teamworkOf(options, mailbox.sent),
    async beforeTurn() {
      signal.throwIfAborted();
      const task = await store.tasks.get(subtask.taskId);
      if (task === null || isEnded(task)) throw new LeaseLostError(`${subtask.key}: its task has ended`);
      return mailbox.read();
    },
    async reserve(mostUsd) {
      const reservation = await store.subtasks.reserve(subtask.id, subtask.lease.token, mostUsd, caps);
      if (reservation === null) throw new LeaseLostError(`${subtask.key} was stopped or taken over`);
      if (reservation.granted) return;
      const cause = reservation.limit === 'task' ? 'over_budget' : 'over_month';
      throw new RunEndedError(cause, noRoom(reservation, mostUsd, limits));
    },
    async afterTurn(usage, costUsd) {
      spent.usage = addUsage(spent.usage, usage);
      spent.costUsd += costUsd;
      await store.subtasks.charge(subtask.id, subtask.lease.token, costUsd);
      if (!othersWait || costUsd === 0) return;
      othersWait = false;
      await doorbell.ring([{ step: 'advance', taskId: subtask.taskId }]);
    },
    problemsWith(answer) {
      if (subtask.kind === 'plan') return problemsOfPlan(options, answer);
      if (subtask.kind === 'work') return problemsOfWork(options.job, answer);
      if (subtask.kind === 'amend') return problemsOfAmendment(options, answer);
      // Said once: what a reviewer found is not thrown away for what it left unsaid.
      const gaps = toldOfGaps ? [] : gapsIn(options.job, answer);
      toldOfGaps = true;
      return gaps;
    },
  };
}

function problemsOfPlan({ job, roles }: HookOptions, answer: unknown): readonly string[] {
  return planProblems(planAnswerSchema.parse(answer), planLimits(job.task, roles));
}

function problemsOfAmendment({ job, roles }: HookOptions, answer: unknown): readonly string[] {
  return amendProblems(amendAnswerSchema.parse(answer), planLimits(job.task, roles));
}

/** Words that came while it worked are answered by it, or by whoever works after it. */
function problemsOfWork(job: AgentJob, answer: unknown): readonly string[] {
  return job.task.request.kind === 'fix' ? wordProblems(fixAnswerSchema.parse(answer), wordsOf(job)) : [];
}

function gapsIn({ review, subtask }: AgentJob, answer: unknown): readonly string[] {
  if (review === null) return [];
  return subtask.kind === 'refute'
    ? refuteProblems(refuteAnswerSchema.parse(answer), review.candidates)
    : reviewProblems(reviewAnswerSchema.parse(answer), review.survey, subtask);
}

function capsOf({ task }: AgentJob, limits: SpendingLimits): MonthCaps {
  const { monthUsd } = task.request.config;
  return { repositoryUsd: repositoryMonthCap(monthUsd, limits), installationUsd: limits.monthUsd };
}
