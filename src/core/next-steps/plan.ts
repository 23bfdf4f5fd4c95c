/** The first part of an issue's way: the Strategist plans, asks or finds nothing to do; a writer approves. Pure. */
import type { PlanAnswer } from '../answers.ts';
import { newestRound, PLAN_ROUNDS_MAX, roundsOf } from '../implement/plan-rounds.ts';
import { type PlanLimits, planHash, planProblems } from '../implement/plan-rules.ts';
import { protectedIn } from '../implement/protected-paths.ts';
import { askedTooOften, nothingToDo, planNotWorkable } from '../messages/plan.ts';
import type { Task } from '../records.ts';
import { ableTo, type Role } from '../roles.ts';
import type { NewSubtask, TaskRecords } from '../store-ports.ts';
import { amendedBy, amendSteps } from './amend.ts';
import type { Step, StepContext } from './step.ts';
import { add, inState, move, newSubtask, outcomeOf } from './step.ts';

/** Of the Strategist's first plan, and of each revision after it. */
export function planKey(round: number): string {
  return round === 1 ? 'plan' : `plan-${round}`;
}

export function firstOfImplement(): readonly Step[] {
  return [
    move('planning'),
    add({
      key: planKey(1),
      kind: 'plan',
      role: 'strategist',
      title: 'Draft the plan',
      goal: 'Break the issue down into subtasks.',
    }),
  ];
}

/** The Strategist's next round: a subtask of its own, so that each version has its result and its cost. */
export function furtherRound(records: Pick<TaskRecords, 'subtasks'>, note: string): NewSubtask {
  return newSubtask({
    key: planKey(roundsOf(records).length + 1),
    kind: 'plan',
    role: 'strategist',
    title: 'Revise the plan',
    goal: note === '' ? 'Plan anew upon the issue and the code as they are now.' : note,
  });
}

/** Until a plan is approved; null from then on. */
export function planSteps(records: TaskRecords, context: StepContext): readonly Step[] | null {
  const { task, plan } = records;
  const round = newestRound(records);
  const drafted = round === undefined ? null : outcomeOf(records, round.key);
  if (round === undefined || drafted?.kind !== 'plan') return inState(task, 'planning');
  if (plan?.state === 'approved') return null;
  if (plan?.state === 'proposed') return inState(task, 'awaiting_approval');
  const { answer } = drafted;
  const limits = planLimits(task, context.roles);
  const problems = planProblems(answer, limits);
  if (problems.length > 0) return [move('failed', planNotWorkable(problems))];
  switch (answer.decision) {
    case 'question':
      return roundsOf(records).length < PLAN_ROUNDS_MAX
        ? inState(task, 'awaiting_answer')
        : [move('failed', askedTooOften(answer.questions))];
    case 'no_change':
      return [move('done', nothingToDo(answer.summary))];
    case 'plan': {
      const look = amendSteps(records, { round, answer, limits }, context);
      return look ?? [proposeStep(task, amendedBy(records, round, limits)?.plan ?? answer, context)];
    }
  }
}

function proposeStep(task: Task, answer: PlanAnswer, context: StepContext): Step {
  const { request } = task;
  if (request.kind !== 'implement') throw new TypeError(`a plan for ${request.kind}`);
  const estimates = Object.fromEntries(
    answer.subtasks.map(({ key, role }) => [key, context.mostCostUsd(role)]),
  );
  const limitsUsd = Object.values(estimates).reduce((sum, most) => sum + most, 0);
  const estimateUsd = Math.min(limitsUsd, Math.max(0, task.budgetUsd - task.costUsd));
  const isFree =
    request.approval === 'auto' && protectedIn(answer, request.config.protectedPaths).length === 0;
  const hash = planHash(answer, request.baseSha);
  return {
    kind: 'propose_plan',
    answer,
    hash,
    estimateUsd,
    estimates,
    approveAs: isFree ? task.requester : null,
  };
}

/** Who may be given work on this task. */
export function planLimits(task: Task, roles: readonly Role[]): PlanLimits {
  const { request } = task;
  const enabled = ableTo('work', roles, request.config).map(({ name }) => name);
  const only = request.kind === 'implement' ? request.role : null;
  return {
    roles: only === null ? enabled : enabled.filter((name) => name === only),
    maxSubtasks: request.config.maxSubtasks,
  };
}
