/** What a plan must be before anybody is asked to approve it, and what approval is bound to. Pure. */
import type { AmendAnswer, PlanAnswer, PlannedSubtask } from '../answers.ts';
import { digest } from '../digest.ts';

export interface PlanLimits {
  /** Specialists that may be given work. */
  readonly roles: readonly string[];
  readonly maxSubtasks: number;
}

const KEY = /^S[1-9][0-9]{0,2}$/;

/** Every reason why the Strategist's answer cannot stand, as sentences for the model and for people; empty when it can. */
export function planProblems(plan: PlanAnswer, limits: PlanLimits): readonly string[] {
  switch (plan.decision) {
    case 'plan':
      return workProblems(plan, limits);
    case 'question':
      return [
        ...(plan.questions.some(isSaid)
          ? []
          : ['The decision is "question", but `questions` asks nothing: write what a person has to answer.']),
        ...withoutSubtasks(plan),
      ];
    case 'no_change':
      return [
        ...(isSaid(plan.summary)
          ? []
          : ['The decision is "no_change", but `summary` is empty: give the reason, with the evidence.']),
        ...withoutSubtasks(plan),
      ];
  }
}

/** Every reason why the Architect's answer to a plan cannot stand. */
export function amendProblems({ verdict, reason, plan }: AmendAnswer, limits: PlanLimits): readonly string[] {
  if (verdict === 'agree') return [];
  const unsaid = isSaid(reason) ? [] : ['The verdict is "amend", but `reason` is empty: say what was wrong.'];
  if (plan === null)
    return [...unsaid, 'The verdict is "amend", but there is no plan: give the whole of it.'];
  if (plan.decision !== 'plan') {
    return [
      ...unsaid,
      'An amended plan has the decision "plan": only the Strategist asks, or ends the task.',
    ];
  }
  return [...unsaid, ...planProblems(plan, limits)];
}

function isSaid(text: string): boolean {
  return text.trim() !== '';
}

function withoutSubtasks({ decision, subtasks }: PlanAnswer): readonly string[] {
  if (subtasks.length === 0) return [];
  return [
    `The decision is "${decision}", but there are subtasks: leave them out, or answer "plan" and put doubts into \`questions\`.`,
  ];
}

function workProblems(plan: PlanAnswer, limits: PlanLimits): readonly string[] {
  const keys = plan.subtasks.map((subtask) => subtask.key);
  const problems: string[] = [];
  if (keys.length === 0) {
    problems.push(
      'The decision is "plan", but there are no subtasks: list them, or answer "question" with what has to be known first, or "no_change" with the reason.',
    );
  }
  if (keys.length > limits.maxSubtasks) {
    problems.push(`The plan has ${keys.length} subtasks; the limit is ${limits.maxSubtasks}.`);
  }
  for (const key of new Set(keys.filter((key, index) => keys.indexOf(key) !== index))) {
    problems.push(`The key ${key} is used more than once.`);
  }
  for (const subtask of plan.subtasks) problems.push(...subtaskProblems(subtask, keys, limits));
  const cycle = findCycle(plan.subtasks);
  if (cycle !== null) problems.push(`The dependencies form a circle: ${cycle.join(' → ')}.`);
  return problems;
}

function subtaskProblems(subtask: PlannedSubtask, keys: readonly string[], limits: PlanLimits): string[] {
  const problems: string[] = [];
  if (!KEY.test(subtask.key)) problems.push(`The key "${subtask.key}" is not of the form S1, S2, ….`);
  if (!limits.roles.includes(subtask.role)) {
    problems.push(
      `${subtask.key}: there is no specialist "${subtask.role}"; choose from ${limits.roles.join(', ') || 'nobody: none is enabled here'}.`,
    );
  }
  if (subtask.goal.trim() === '') problems.push(`${subtask.key}: the goal is empty.`);
  if (subtask.acceptance.length === 0) problems.push(`${subtask.key}: there is no acceptance criterion.`);
  for (const key of subtask.depends_on) {
    if (!keys.includes(key)) problems.push(`${subtask.key} depends on ${key}, which is not in the plan.`);
  }
  return problems;
}

function findCycle(subtasks: readonly PlannedSubtask[]): readonly string[] | null {
  const dependencies = new Map(subtasks.map((subtask) => [subtask.key, subtask.depends_on]));
  const finished = new Set<string>();
  const visit = (key: string, path: readonly string[]): readonly string[] | null => {
    if (path.includes(key)) return [...path.slice(path.indexOf(key)), key];
    if (finished.has(key)) return null;
    for (const next of dependencies.get(key) ?? []) {
      const cycle = visit(next, [...path, key]);
      if (cycle !== null) return cycle;
    }
    finished.add(key);
    return null;
  };
  for (const key of dependencies.keys()) {
    const cycle = visit(key, []);
    if (cycle !== null) return cycle;
  }
  return null;
}

/** Approval is given to this text and no other: over the plan and the base commit. */
export function planHash(plan: PlanAnswer, baseSha: string): string {
  return digest(JSON.stringify([plan, baseSha]));
}

/** `key` and all that depends on it, by key; none when there is no such subtask. */
export function withDependents(
  subtasks: readonly { readonly key: string; readonly dependsOn: readonly string[] }[],
  key: string,
): readonly string[] {
  if (!subtasks.some((subtask) => subtask.key === key)) return [];
  const reached = new Set([key]);
  for (let grown = true; grown; ) {
    const more = subtasks.filter(
      ({ key: other, dependsOn }) => !reached.has(other) && dependsOn.some((needed) => reached.has(needed)),
    );
    for (const subtask of more) reached.add(subtask.key);
    grown = more.length > 0;
  }
  return [...reached];
}

/**
 * `keys` and all that they depend on, in the order in which patches are applied: one order of the whole, of which every part
 * that is closed under dependencies keeps its own. So what a dependent was given is put together as the whole will be.
 */
export function withDependencies<T extends Ordered>(
  subtasks: readonly T[],
  keys: readonly string[],
): readonly T[] {
  const byKey = new Map(subtasks.map((subtask) => [subtask.key, subtask]));
  const wanted = new Set<string>();
  const want = (key: string): void => {
    if (wanted.has(key)) return;
    wanted.add(key);
    for (const dependency of byKey.get(key)?.dependsOn ?? []) want(dependency);
  };
  for (const key of keys) want(key);
  return inOrder(subtasks).filter(({ key }) => wanted.has(key));
}

/** All of them, dependencies first and else in their own order. */
export function inOrder<T extends Ordered>(subtasks: readonly T[]): readonly T[] {
  const byKey = new Map(subtasks.map((subtask) => [subtask.key, subtask]));
  const seen = new Set<string>();
  const ordered: T[] = [];
  const visit = (subtask: T | undefined): void => {
    if (subtask === undefined || seen.has(subtask.key)) return;
    seen.add(subtask.key);
    for (const dependency of subtask.dependsOn) visit(byKey.get(dependency));
    ordered.push(subtask);
  };
  for (const subtask of subtasks) visit(subtask);
  return ordered;
}

interface Ordered {
  readonly key: string;
  readonly dependsOn: readonly string[];
}
