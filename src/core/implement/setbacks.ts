/**
 * Where a patch that does not fit the work before it goes: back to its specialist, on the state of all that comes before it; then
 * to the Architect; then the task ends. Pure.
 */

import { conflictMessage, conflictUnsettled } from '../messages/work-orders.ts';
import type { Setback, Subtask } from '../records.ts';
import { resultOf } from '../result-of.ts';
import { ableTo, type Role } from '../roles.ts';
import type { TaskRecords } from '../store-ports.ts';
import { inOrder } from './plan-rules.ts';

/** Times that a conflict goes back to the specialist; once more, it goes to the Architect. */
export const CONFLICTS_MAX = 2;
const ARCHITECT = 'architect';
/** Of a conflict's paths that are kept. */
const FILES_MAX = 50;

export interface Conflict {
  /** Whose patch does not fit. */
  readonly subtaskKey: string;
  readonly files: readonly string[];
}

export type Setting =
  | {
      readonly kind: 'set_back';
      readonly key: string;
      readonly role: string;
      readonly dependsOn: readonly string[];
      readonly setback: Setback;
    }
  /** What conflicted is no longer what stands: whoever met the conflict waits and looks again. */
  | { readonly kind: 'wait' }
  | { readonly kind: 'fail'; readonly message: string };

/** `seen`: the records by which the checkout was put together; `now`: as they stand. */
export function settingOf(
  conflict: Conflict,
  { seen, now }: { readonly seen: TaskRecords; readonly now: TaskRecords },
  { roles, at }: { readonly roles: readonly Role[]; readonly at: string },
): Setting {
  const subtask = now.subtasks.find(({ key }) => key === conflict.subtaskKey);
  if (subtask?.kind !== 'work') return { kind: 'fail', message: unsettled(conflict, 0, false) };
  if (subtask.state !== 'done' || resultOf(seen, subtask)?.id !== resultOf(now, subtask)?.id)
    return { kind: 'wait' };
  const rounds = subtask.setbacks.length;
  const settler = rounds < CONFLICTS_MAX ? subtask.role : architectOf(now, roles);
  if (rounds > CONFLICTS_MAX || settler === null) {
    return { kind: 'fail', message: unsettled(conflict, rounds, rounds > CONFLICTS_MAX) };
  }
  const files = conflict.files.slice(0, FILES_MAX);
  const message = conflictMessage(subtask.key, files, rounds + 1);
  return {
    kind: 'set_back',
    key: subtask.key,
    role: settler,
    dependsOn: dependenciesOf(subtask, now.subtasks),
    setback: { cause: 'conflict', files, message, at },
  };
}

function unsettled({ subtaskKey, files }: Conflict, rounds: number, architectAsked: boolean): string {
  return conflictUnsettled(subtaskKey, files, rounds, architectAsked);
}

/** What it needs, and all work before it in the order of the whole. As all of it is before, no circle can come of it, and the order stays. */
function dependenciesOf(subtask: Subtask, subtasks: readonly Subtask[]): readonly string[] {
  const ordered = inOrder(subtasks);
  const before = ordered.slice(
    0,
    ordered.findIndex(({ key }) => key === subtask.key),
  );
  const work = before.filter(({ kind }) => kind === 'work').map(({ key }) => key);
  return [...new Set([...subtask.dependsOn, ...work])];
}

function architectOf({ task }: TaskRecords, roles: readonly Role[]): string | null {
  const able = ableTo('work', roles, task.request.config);
  return able.some(({ name }) => name === ARCHITECT) ? ARCHITECT : null;
}
