/** From an issue to a draft pull request: a plan, its approval, the work, the repository's own checks, publishing. Pure. */

import { subtasksOf } from '../implement/planned-subtasks.ts';
import { needsHuman } from '../messages/check-words.ts';
import { nothingKept } from '../messages/pull-request.ts';
import { implementEffects } from '../outcome-effects.ts';
import type { TaskRecords } from '../store-ports.ts';
import { checkSteps } from './check.ts';
import { checkedOf, humanReasons } from './checked.ts';
import { planLimits, planSteps } from './plan.ts';
import { publishSteps } from './publish.ts';
import { repairsOf } from './repairs.ts';
import type { Step, StepContext } from './step.ts';
import { move, ofKind } from './step.ts';

export function implementSteps(records: TaskRecords, context: StepContext): readonly Step[] {
  const { task, plan } = records;
  if (task.request.kind !== 'implement') return [];
  const planning = planSteps(records, context);
  if (planning !== null || plan === null) return planning ?? [];
  const work = ofKind(records, 'work');
  if (work.length === 0) {
    const qaWrites = task.request.role === null && planLimits(task, context.roles).roles.includes('qa');
    return [move('working'), { kind: 'add_subtasks', subtasks: subtasksOf(plan.answer, plan.id, qaWrites) }];
  }
  const checking = checkSteps(records, context);
  const checked = checkedOf(records);
  if (checking !== null || checked === null) return checking ?? [];
  if (checked.headSha === task.request.baseSha) return [move('done', noChange(records))];
  const reasons = humanReasons(records);
  return publishSteps(records, {
    effects: implementEffects(records),
    reason: reasons.length === 0 ? null : needsHuman(reasons, repairsOf(records)),
  });
}

function noChange({ results }: TaskRecords): string {
  const leftOut = results.flatMap(({ outcome }) => (outcome.kind === 'patch' ? outcome.leftOut : []));
  return leftOut.length === 0 ? 'The crew found that no change is needed.' : nothingKept(leftOut);
}
