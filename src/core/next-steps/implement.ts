/** From an issue to a draft pull request: a plan, its approval, the work, the repository's own checks, publishing. Pure. */
import { nothingKept } from '../messages/pull-request.ts';
import { implementEffects } from '../outcome-effects.ts';
import { subtasksOf } from '../plan-rules.ts';
import type { TaskRecords } from '../store-ports.ts';
import { checkedOf, checkSteps } from './check.ts';
import { planSteps } from './plan.ts';
import { publishSteps } from './publish.ts';
import type { Step, StepContext } from './step.ts';
import { inState, move, ofKind } from './step.ts';

export function implementSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { task, plan } = records;
  if (task.request.kind !== 'implement') return [];
  const planning = planSteps(records, context);
  if (planning !== null || plan === null) return planning ?? [];
  const work = ofKind(records, 'work');
  if (work.length === 0) {
    return [move('working'), { kind: 'add_subtasks', subtasks: subtasksOf(plan.answer, plan.id) }];
  }
  if (work.some((subtask) => subtask.state !== 'done')) return inState(task, 'working');
  const checking = checkSteps(records, context);
  const checked = checkedOf(records);
  if (checking !== null || checked === null) return checking ?? [];
  if (checked.headSha === task.request.baseSha) return [move('done', noChange(records))];
  return publishSteps(records, { effects: implementEffects(records) });
}

function noChange({ results }: TaskRecords): string {
  const leftOut = results.flatMap(({ outcome }) => (outcome.kind === 'patch' ? outcome.leftOut : []));
  return leftOut.length === 0 ? 'The crew found that no change is needed.' : nothingKept(leftOut);
}
