/** The Architect's one look at a plan that spans several areas, before anybody is asked to approve it. Pure. */
import type { AmendAnswer, PlanAnswer } from '../answers.ts';
import { amendKeyFor, lookOf, newestRound } from '../implement/plan-rounds.ts';
import { amendProblems, type PlanLimits } from '../implement/plan-rules.ts';
import type { Subtask } from '../records.ts';
import { ableTo } from '../roles.ts';
import type { TaskRecords } from '../store-ports.ts';
import type { Step, StepContext } from './step.ts';
import { add, inState, isOpen, outcomeOf } from './step.ts';

/** From so many trades on a plan spans several areas. */
const AREAS_MIN = 2;

interface Draft {
  readonly round: Subtask;
  readonly answer: PlanAnswer;
  readonly limits: PlanLimits;
}

/** Until the plan was looked at; null from then on, and where nobody has to look. */
export function amendSteps(
  records: TaskRecords,
  { round, answer }: Draft,
  context: StepContext,
): readonly Step[] | null {
  const { task } = records;
  const look = lookOf(records, round);
  if (look !== undefined) return isOpen(look) ? inState(task, 'planning') : null;
  const role = architectFor(records, answer, context);
  if (role === null) return null;
  return [
    ...inState(task, 'planning'),
    add({
      key: amendKeyFor(round),
      kind: 'amend',
      role,
      title: 'Look at the plan',
      goal: 'Agree with the plan, or amend it once.',
      dependsOn: [round.key],
    }),
  ];
}

/** The Architect's own plan where the Strategist's was amended; null where that one stands, be it that the look failed. */
export function amendedBy(
  records: TaskRecords,
  round: Subtask,
  limits: PlanLimits,
): (AmendAnswer & { readonly plan: PlanAnswer }) | null {
  const outcome = outcomeOf(records, amendKeyFor(round));
  if (outcome?.kind !== 'amendment' || outcome.answer.verdict !== 'amend') return null;
  const { answer } = outcome;
  if (answer.plan === null || amendProblems(answer, limits).length > 0) return null;
  return { ...answer, plan: answer.plan };
}

/** Of an earlier round, or of one whose plan was proposed: nothing waits for it, so a retry does not pay for it again. */
export function isPastLook(records: TaskRecords, { kind, key }: Subtask): boolean {
  if (kind !== 'amend') return false;
  if (records.plan !== null && records.plan.state !== 'superseded') return true;
  const round = newestRound(records);
  return round === undefined || key !== amendKeyFor(round);
}

/** Null when the plan stays within one area (whoever tests works in all of them), or one specialist alone was asked for, or nobody may look. */
function architectFor({ task }: TaskRecords, answer: PlanAnswer, { roles }: StepContext): string | null {
  const { request } = task;
  if (request.kind !== 'implement' || request.role !== null) return null;
  const areas = new Set(answer.subtasks.map(({ role }) => role).filter((role) => role !== 'qa'));
  if (areas.size < AREAS_MIN) return null;
  const able = ableTo('amend', roles, request.config);
  return able.find(({ name }) => name === 'architect')?.name ?? able[0]?.name ?? null;
}
