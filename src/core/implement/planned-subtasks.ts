/** The approved plan as subtasks: its work, tests where nobody else writes them, and the repository's own checks before and after. Pure. */
import type { PlanAnswer, PlannedSubtask } from '../answers.ts';
import { TESTS_GOAL } from '../messages/work-orders.ts';
import type { NewSubtask } from '../store-ports.ts';
import { withDependencies } from './plan-rules.ts';

export const BEFORE_KEY = 'before';
const TESTER = 'qa';
/** Acceptance criteria of the whole plan that the tests' subtask repeats. */
const CRITERIA_MAX = 60;

/** `qaWrites`: whether the QA Engineer may be given work here. */
export function subtasksOf(plan: PlanAnswer, planId: string, qaWrites: boolean): readonly NewSubtask[] {
  const planned = plan.subtasks.map((subtask) => ({
    planId,
    key: subtask.key,
    kind: 'work' as const,
    role: subtask.role,
    title: subtask.title,
    goal: subtask.goal,
    acceptance: subtask.acceptance,
    files: subtask.files,
    dependsOn: subtask.depends_on,
  }));
  const work = qaWrites && !testsEverything(plan.subtasks) ? [...planned, testsOf(planned, planId)] : planned;
  const dependsOn = work.map((subtask) => subtask.key);
  return [...work, beforeOf(planId), verifyOf({ planId, key: 'verify', dependsOn })];
}

/** Checks of what `dependsOn` comes to. */
export function verifyOf(of: Pick<NewSubtask, 'planId' | 'key' | 'dependsOn'>): NewSubtask {
  return {
    ...of,
    kind: 'verify',
    role: TESTER,
    title: 'Run the checks of the repository',
    goal: 'Integrate the changes and run the checks of the repository on the result.',
    acceptance: [],
    files: [],
  };
}

/** The same checks on the base: what fails there already is nobody's fault here. */
function beforeOf(planId: string): NewSubtask {
  return {
    ...verifyOf({ planId, key: BEFORE_KEY, dependsOn: [] }),
    title: 'Run the checks of the repository before the change',
    goal: 'Run the checks of the repository on the base, to tell what the change is to blame for.',
  };
}

function testsOf(planned: readonly NewSubtask[], planId: string): NewSubtask {
  const criteria = planned.flatMap(({ key, acceptance }) => acceptance.map((line) => `${key}: ${line}`));
  return {
    planId,
    key: 'tests',
    kind: 'work',
    role: TESTER,
    title: 'Test what was asked for',
    goal: TESTS_GOAL,
    acceptance: criteria.slice(0, CRITERIA_MAX),
    files: [],
    dependsOn: planned.map((subtask) => subtask.key),
  };
}

/** Somebody of QA comes after all that others do. */
function testsEverything(planned: readonly PlannedSubtask[]): boolean {
  const ordered = planned.map(({ key, depends_on }) => ({ key, dependsOn: depends_on }));
  const others = planned.filter(({ role }) => role !== TESTER);
  return planned
    .filter(({ role }) => role === TESTER)
    .some(({ key }) => {
      const reached = new Set(withDependencies(ordered, [key]).map((subtask) => subtask.key));
      return others.every((other) => reached.has(other.key));
    });
}
