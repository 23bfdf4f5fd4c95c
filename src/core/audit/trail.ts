/** Where records stand, as the audit trail tells it and as the tables hold it: what is compared when the trail is put to the proof. */
import type { EffectKind, EffectState } from '../effect-records.ts';
import type { DeliveryState, Plan, SubtaskKind, SubtaskState, TaskKind, TaskState } from '../records.ts';

/** Each by its record's id, a subtask by its task's and its key. What is left out is not told by the events of an earlier version. */
export interface Standing {
  readonly delivery: ReadonlyMap<string, DeliveryStanding>;
  readonly task: ReadonlyMap<string, TaskStanding>;
  readonly plan: ReadonlyMap<string, PlanStanding>;
  readonly subtask: ReadonlyMap<string, SubtaskStanding>;
  readonly effect: ReadonlyMap<string, EffectStanding>;
}

export interface Trail extends Standing {
  /** What cannot have been: steps of a record that never began, or from where it did not stand. Sentences. */
  readonly gaps: readonly string[];
}

export interface DeliveryStanding {
  readonly state: DeliveryState;
  readonly attempts: number;
  /** How many. */
  readonly decisions: number;
}

export interface TaskStanding {
  readonly kind: TaskKind;
  readonly state: TaskState;
  readonly reason: string | null;
  readonly budgetUsd?: number;
  readonly costUsd: number;
}

export interface PlanStanding {
  readonly taskId: string | null;
  readonly version: number;
  readonly hash: string;
  readonly state: Plan['state'];
  readonly approvedBy: string | null;
}

export interface SubtaskStanding {
  readonly kind: SubtaskKind;
  readonly role: string;
  readonly dependsOn?: readonly string[];
  readonly state: SubtaskState;
  readonly attempts: number;
  readonly losses?: number;
  /** How many. */
  readonly setbacks: number;
  readonly costUsd: number;
}

export interface EffectStanding {
  readonly taskId: string | null;
  readonly key: string;
  readonly kind: EffectKind;
  readonly revision: number;
  readonly state: EffectState;
  readonly attempts: number;
  readonly inDoubt: boolean;
  /** Where it stands on GitHub; null until done once, and where GitHub names no address. */
  readonly url: string | null;
}

/** Name of a subtask among all. */
export function subtaskName(taskId: string | null, key: string): string {
  return `${taskId}/${key}`;
}
