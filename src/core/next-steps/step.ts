/** What can be due for a task, and the pieces from which every flow puts its steps together. Pure. */

import type { PlanAnswer } from '../answers.ts';
import type { NewEffect } from '../effect-ports.ts';
import type { Tracking } from '../memory-ports.ts';
import type { Subtask, SubtaskKind, Task, TaskState } from '../records.ts';
import { resultOf } from '../result-of.ts';
import type { Outcome } from '../result-records.ts';
import type { Role } from '../roles.ts';
import type { NewSubtask, TaskRecords } from '../store-ports.ts';

export type Step =
  | { readonly kind: 'move'; readonly to: TaskState; readonly reason: string | null }
  | { readonly kind: 'add_subtasks'; readonly subtasks: readonly NewSubtask[] }
  | {
      readonly kind: 'propose_plan';
      readonly answer: PlanAnswer;
      readonly hash: string;
      readonly estimateUsd: number;
      readonly estimates: Readonly<Record<string, number>>;
      readonly approveAs: string | null;
    }
  | { readonly kind: 'start_subtasks'; readonly subtasks: readonly Subtask[] }
  | { readonly kind: 'stop_subtasks' }
  /** Nothing is due before: to be asked again then. */
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'plan_effects'; readonly effects: readonly NewEffect[] }
  /** What is remembered of the task: in the transaction that plans its effects, or that ends it when there are none. */
  | ({ readonly kind: 'track' } & Tracking)
  /** After `track`: `liftedBlock` is asked, by what the store then knows of the pull request. */
  | { readonly kind: 'lift_block' }
  /** Approvals by other reviews of the pull request end, with this sentence. */
  | { readonly kind: 'take_back_approval'; readonly why: string };

/** How long words must have been silent before they are answered, so that those of one burst are answered together. */
export const QUIET_MS = 30_000;

export interface StepContext {
  readonly now: Date;
  /** `QUIET_MS` unless the operator says otherwise. */
  readonly quietMs?: number;
  /** `RING_AGAIN_MS` where the sweep is no faster than as shipped. */
  readonly ringAgainMs?: number;
  readonly roles: readonly Role[];
  /** The most that a subtask of a role may cost, USD. */
  readonly mostCostUsd: (role: string) => number;
  /** Since when somebody looks; left out: always. */
  readonly upSince?: Date;
}

export function move(to: TaskState, reason: string | null = null): Step {
  return { kind: 'move', to, reason };
}

/** The task may come from anywhere: one that is taken up again (`retry`) begins as queued, with much of it done. */
export function inState(task: Task, state: TaskState): readonly Step[] {
  return task.state === state && task.reason === null ? [] : [move(state)];
}

export function add(...subtasks: readonly Parameters<typeof newSubtask>[0][]): Step {
  return { kind: 'add_subtasks', subtasks: subtasks.map(newSubtask) };
}

export function newSubtask(
  subtask: Pick<NewSubtask, 'key' | 'kind' | 'role' | 'title' | 'goal'> & Partial<NewSubtask>,
): NewSubtask {
  return { planId: null, acceptance: [], files: [], dependsOn: [], ...subtask };
}

/** Null unless the subtask is done. */
export function outcomeOf(records: TaskRecords, key: string): Outcome | null {
  const subtask = records.subtasks.find((candidate) => candidate.key === key);
  if (subtask?.state !== 'done') return null;
  return resultOf(records, subtask)?.outcome ?? null;
}

export function ofKind({ subtasks }: TaskRecords, kind: SubtaskKind): readonly Subtask[] {
  return subtasks.filter((subtask) => subtask.kind === kind);
}

export function isOpen({ state }: Subtask): boolean {
  return state === 'pending' || state === 'running';
}
