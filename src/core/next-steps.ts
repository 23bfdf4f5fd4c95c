/**
 * What is due for a task, from its records alone. The orchestrator carries the steps out and asks again until
 * nothing is due; the sweep asks the same function after any loss, so no step depends on anything remembered
 * elsewhere. Pure.
 */

import type { PlanAnswer } from './answers.ts';
import { nothingKept } from './messages/pull-request.ts';
import { askEffects, implementEffects, reviewEffects } from './outcome-effects.ts';
import { planHash, planProblems, subtasksOf } from './plan-rules.ts';
import type { NewEffect, NewSubtask, TaskRecords, Tracking } from './ports.ts';
import type { Outcome, Subtask, Task, TaskState } from './records.ts';
import { TASK_ENDS } from './records.ts';
import { reviewersOf } from './reviewers.ts';
import type { Role } from './roles.ts';

export type Step =
  | { readonly kind: 'move'; readonly to: TaskState; readonly reason: string | null }
  | { readonly kind: 'add_subtasks'; readonly subtasks: readonly NewSubtask[] }
  | {
      readonly kind: 'propose_plan';
      readonly answer: PlanAnswer;
      readonly hash: string;
      readonly estimateUsd: number;
      readonly approveAs: string | null;
    }
  | { readonly kind: 'start_subtasks'; readonly subtasks: readonly Subtask[] }
  | { readonly kind: 'stop_subtasks' }
  | { readonly kind: 'plan_effects'; readonly effects: readonly NewEffect[] }
  /** What is remembered of it: goes with `plan_effects`, in its transaction. */
  | ({ readonly kind: 'track' } & Tracking);

export interface StepContext {
  readonly now: Date;
  readonly roles: readonly Role[];
  /** The most that a subtask of a role may cost, USD. */
  readonly mostCostUsd: (role: string) => number;
}

/** A doorbell that was rung longer ago than this without the subtask being taken up is rung again: less than the sweep's patience, so that a lost ring costs one round of it. */
const RING_AGAIN_MS = 25_000;

export function nextSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { task } = records;
  if (isEnded(task)) return [];
  const failed = failedSubtasks(records);
  if (failed.length > 0) return failedSteps(records, failed);
  if (records.subtasks.length === 0) return firstSteps(task);
  const started = startSteps(records, context);
  switch (task.request.kind) {
    case 'implement':
      return [...implementSteps(records, context), ...started];
    case 'review':
      return [...reviewSteps(records, context), ...started];
    case 'ask':
      return [...askSteps(records), ...started];
  }
}

export function isEnded(task: Task): boolean {
  return TASK_ENDS.some((end) => end === task.state);
}

function firstSteps(task: Task): readonly Step[] {
  switch (task.request.kind) {
    case 'implement':
      return [
        move('planning'),
        add({
          key: 'plan',
          kind: 'plan',
          role: 'strategist',
          title: 'Draft the plan',
          goal: 'Break the issue down into subtasks.',
        }),
      ];
    case 'review':
      return [
        move('working'),
        add({
          key: 'survey',
          kind: 'survey',
          role: 'strategist',
          title: 'List the changed files',
          goal: 'Compare the head with the merge base.',
        }),
      ];
    case 'ask':
      return [
        move('working'),
        add({
          key: 'answer',
          kind: 'answer',
          role: task.request.role ?? 'strategist',
          title: 'Answer the question',
          goal: task.request.question,
        }),
      ];
  }
}

function implementSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { task, plan, subtasks } = records;
  if (task.request.kind !== 'implement') return [];
  const drafted = outcomeOf(records, 'plan');
  if (drafted?.kind !== 'plan') return inState(task, 'planning');
  if (plan === null) return proposeSteps(records, drafted.answer, context);
  if (plan.state === 'proposed') return inState(task, 'awaiting_approval');
  if (!subtasks.some((subtask) => subtask.kind === 'work')) {
    return [move('working'), { kind: 'add_subtasks', subtasks: subtasksOf(plan.answer, plan.id) }];
  }
  const working = subtasks.some((subtask) => subtask.kind === 'work' && subtask.state !== 'done');
  if (working) return inState(task, 'working');
  const checked = outcomeOf(records, 'verify');
  if (checked?.kind !== 'checks') return inState(task, 'verifying');
  if (checked.headSha === task.request.baseSha) {
    return [move('done', noChange(records))];
  }
  return publishSteps(records, implementEffects(records));
}

function noChange({ results }: TaskRecords): string {
  const leftOut = results.flatMap(({ outcome }) => (outcome.kind === 'patch' ? outcome.leftOut : []));
  return leftOut.length === 0 ? 'The crew found that no change is needed.' : nothingKept(leftOut);
}

function proposeSteps(records: TaskRecords, answer: PlanAnswer, context: StepContext): readonly Step[] {
  const { task } = records;
  if (task.request.kind !== 'implement') return [];
  const problems = planProblems(answer, planLimits(task, context.roles));
  if (problems.length > 0) return [move('failed', `The plan cannot be worked on. ${problems.join(' ')}`)];
  const limitsUsd = answer.subtasks.reduce((sum, subtask) => sum + context.mostCostUsd(subtask.role), 0);
  const estimateUsd = Math.min(limitsUsd, Math.max(0, task.budgetUsd - task.costUsd));
  const approveAs = task.request.approval === 'auto' ? task.requester : null;
  return [
    { kind: 'propose_plan', answer, hash: planHash(answer, task.request.baseSha), estimateUsd, approveAs },
  ];
}

/** Who may be given work on this task. */
export function planLimits(
  task: Task,
  roles: readonly Role[],
): { readonly roles: readonly string[]; readonly maxSubtasks: number } {
  const { request } = task;
  const workers = roles.filter((role) => role.produces.includes('work')).map((role) => role.name);
  const enabled = workers.filter((name) => request.config.roles.includes(name));
  const only = request.kind === 'implement' ? request.role : null;
  return {
    roles: only === null ? enabled : enabled.filter((name) => name === only),
    maxSubtasks: request.config.maxSubtasks,
  };
}

function reviewSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { task, subtasks } = records;
  if (task.request.kind !== 'review') return [];
  const survey = outcomeOf(records, 'survey');
  if (survey?.kind !== 'survey') return inState(task, 'working');
  const reviews = subtasks.filter((subtask) => subtask.kind === 'review');
  if (reviews.length > 0) {
    if (reviews.some((subtask) => subtask.state === 'pending' || subtask.state === 'running')) {
      return inState(task, 'working');
    }
    if (reviews.every((subtask) => subtask.state === 'failed')) return failedSteps(records, reviews);
    return publishSteps(records, reviewEffects(records));
  }
  const enabled = context.roles.filter((role) => task.request.config.roles.includes(role.name));
  const reviewers = reviewersOf(survey.files, enabled, task.request.config.paths);
  if (reviewers.length === 0) return [move('done', 'No changed file is one that the crew reads.')];
  return [
    {
      kind: 'add_subtasks',
      subtasks: reviewers.map((role) =>
        newSubtask({
          key: `review-${role}`,
          kind: 'review',
          role,
          title: `Review as ${context.roles.find((known) => known.name === role)?.title ?? role}`,
          goal: 'Find the faults that would hurt at run time.',
          dependsOn: ['survey'],
        }),
      ),
    },
  ];
}

function askSteps(records: TaskRecords): readonly Step[] {
  const answered = outcomeOf(records, 'answer');
  return answered?.kind === 'answer'
    ? publishSteps(records, askEffects(records, answered.answer))
    : inState(records.task, 'working');
}

/** Effects are planned once, then awaited: all done ends the task, one that failed for good fails it. */
function publishSteps(records: TaskRecords, wanted: readonly NewEffect[]): readonly Step[] {
  const { task, effects } = records;
  const stored = new Map(effects.map((effect) => [effect.key, effect]));
  if (wanted.some((effect) => !stored.has(effect.key))) {
    return [...inState(task, 'publishing'), { kind: 'plan_effects', effects: wanted }];
  }
  const states = wanted.map((effect) => stored.get(effect.key));
  const failed = states.find((effect) => effect?.state === 'failed');
  if (failed !== undefined) {
    return [
      move(
        'failed',
        `GitHub did not take the ${failed.action.kind.replaceAll('_', ' ')}: ${failed.error ?? 'no reason given'}`,
      ),
    ];
  }
  return states.every((effect) => effect?.state === 'done') ? [move('done')] : inState(task, 'publishing');
}

function startSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const done = new Set(
    records.subtasks.filter((subtask) => subtask.state === 'done').map((subtask) => subtask.key),
  );
  const rungBefore = context.now.getTime() - RING_AGAIN_MS;
  const due = records.subtasks.filter((subtask) => {
    const rungLately = subtask.enqueuedAt !== null && Date.parse(subtask.enqueuedAt) > rungBefore;
    if (rungLately || !subtask.dependsOn.every((key) => done.has(key))) return false;
    if (subtask.state === 'pending') {
      return subtask.dueAt === null || Date.parse(subtask.dueAt) <= context.now.getTime();
    }
    return (
      subtask.state === 'running' &&
      subtask.lease !== null &&
      Date.parse(subtask.lease.until) < context.now.getTime()
    );
  });
  return due.length === 0 ? [] : [{ kind: 'start_subtasks', subtasks: due }];
}

/** Reviewers apart: one that failed does not silence the others. */
function failedSubtasks(records: TaskRecords): readonly Subtask[] {
  return records.subtasks.filter((subtask) => subtask.state === 'failed' && subtask.kind !== 'review');
}

/** Ends the task and the work still running, with the reasons. */
function failedSteps(records: TaskRecords, failed: readonly Subtask[]): readonly Step[] {
  const failures = failed.map((subtask) => {
    const outcome = records.results.find((result) => result.subtaskId === subtask.id)?.outcome;
    const why =
      outcome?.kind === 'failed' ? outcome : { cause: 'internal' as const, message: 'no result was stored' };
    return { subtask, cause: why.cause, message: why.message };
  });
  const causes = failures.map((failure) => failure.cause);
  const to = causes.includes('over_budget')
    ? 'over_budget'
    : causes.every((cause) => cause === 'stopped')
      ? 'stopped'
      : 'failed';
  const said = [...Map.groupBy(failures, (failure) => failure.message)].map(
    ([message, alike]) => whoFailed(alike.map((failure) => failure.subtask)) + message,
  );
  return [{ kind: 'stop_subtasks' }, move(to, said.join('\n\n'))];
}

/** The one agent of a step needs no name; of several people want to know which. */
function whoFailed(subtasks: readonly Subtask[]): string {
  const named = subtasks.filter((subtask) => subtask.kind === 'work' || subtask.kind === 'review');
  if (named.length === 0) return '';
  return `${named.map(({ key, kind, role }) => (kind === 'work' ? `${key} (${role})` : role)).join(', ')}: `;
}

function outcomeOf(records: TaskRecords, key: string): Outcome | null {
  const subtask = records.subtasks.find((candidate) => candidate.key === key);
  if (subtask?.state !== 'done') return null;
  return records.results.find((result) => result.subtaskId === subtask.id)?.outcome ?? null;
}

/** The task may come from anywhere: one that is taken up again (`retry`) begins as queued, with much of it done. */
function inState(task: Task, state: TaskState): readonly Step[] {
  return task.state === state && task.reason === null ? [] : [move(state)];
}

function move(to: TaskState, reason: string | null = null): Step {
  return { kind: 'move', to, reason };
}

function add(subtask: Parameters<typeof newSubtask>[0]): Step {
  return { kind: 'add_subtasks', subtasks: [newSubtask(subtask)] };
}

function newSubtask(
  subtask: Pick<NewSubtask, 'key' | 'kind' | 'role' | 'title' | 'goal'> & Partial<NewSubtask>,
): NewSubtask {
  return { planId: null, acceptance: [], files: [], dependsOn: [], ...subtask };
}
