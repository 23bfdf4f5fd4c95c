/** From an issue to a draft pull request: a plan, its approval, the work, the repository's own checks, publishing. Pure. */
import type { PlanAnswer } from '../answers.ts';
import { nothingKept } from '../messages/pull-request.ts';
import { implementEffects } from '../outcome-effects.ts';
import { planHash, planProblems, subtasksOf } from '../plan-rules.ts';
import type { Task } from '../records.ts';
import type { Role } from '../roles.ts';
import type { TaskRecords } from '../store-ports.ts';
import { publishSteps } from './publish.ts';
import type { Step, StepContext } from './step.ts';
import { add, inState, move, ofKind, outcomeOf } from './step.ts';

export function firstOfImplement(): readonly Step[] {
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
}

export function implementSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { task, plan } = records;
  if (task.request.kind !== 'implement') return [];
  const drafted = outcomeOf(records, 'plan');
  if (drafted?.kind !== 'plan') return inState(task, 'planning');
  if (plan === null) return proposeSteps(records, drafted.answer, context);
  if (plan.state === 'proposed') return inState(task, 'awaiting_approval');
  const work = ofKind(records, 'work');
  if (work.length === 0) {
    return [move('working'), { kind: 'add_subtasks', subtasks: subtasksOf(plan.answer, plan.id) }];
  }
  if (work.some((subtask) => subtask.state !== 'done')) return inState(task, 'working');
  const checked = outcomeOf(records, 'verify');
  if (checked?.kind !== 'checks') return inState(task, 'verifying');
  if (checked.headSha === task.request.baseSha) return [move('done', noChange(records))];
  return publishSteps(records, { effects: implementEffects(records) });
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
