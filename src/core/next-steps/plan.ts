/** The first part of an issue's way: the Strategist plans, asks or finds nothing to do; a writer approves. Pure. */
import type { PlanAnswer } from '../answers.ts';
import { planHash, planProblems } from '../plan-rules.ts';
import type { Subtask, Task } from '../records.ts';
import type { Role } from '../roles.ts';
import type { TaskRecords } from '../store-ports.ts';
import type { Step, StepContext } from './step.ts';
import { add, inState, move, ofKind, outcomeOf } from './step.ts';

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

/** Until a plan is approved; null from then on. */
export function planSteps(records: TaskRecords, context: StepContext): readonly Step[] | null {
  const { task, plan } = records;
  const round = newestRound(records);
  const drafted = round === undefined ? null : outcomeOf(records, round.key);
  if (drafted?.kind !== 'plan') return inState(task, 'planning');
  if (plan === null || plan.state === 'superseded') return proposeSteps(records, drafted.answer, context);
  return plan.state === 'proposed' ? inState(task, 'awaiting_approval') : null;
}

function newestRound(records: TaskRecords): Subtask | undefined {
  return ofKind(records, 'plan').at(-1);
}

function proposeSteps(records: TaskRecords, answer: PlanAnswer, context: StepContext): readonly Step[] {
  const { task } = records;
  if (task.request.kind !== 'implement') return [];
  const problems = planProblems(answer, planLimits(task, context.roles));
  if (problems.length > 0) return [move('failed', `The plan cannot be worked on. ${problems.join(' ')}`)];
  const estimates = Object.fromEntries(
    answer.subtasks.map(({ key, role }) => [key, context.mostCostUsd(role)]),
  );
  const limitsUsd = Object.values(estimates).reduce((sum, most) => sum + most, 0);
  const estimateUsd = Math.min(limitsUsd, Math.max(0, task.budgetUsd - task.costUsd));
  const approveAs = task.request.approval === 'auto' ? task.requester : null;
  const hash = planHash(answer, task.request.baseSha);
  return [{ kind: 'propose_plan', answer, hash, estimateUsd, estimates, approveAs }];
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
