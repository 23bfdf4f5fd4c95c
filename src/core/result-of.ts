/** What a subtask found, among the records of its task. Pure. */
import type { Subtask } from './records.ts';
import type { Result } from './result-records.ts';
import type { TaskRecords } from './store-ports.ts';

/** Null while there is none. */
export function resultOf(
  { results }: Pick<TaskRecords, 'results'>,
  { id }: Pick<Subtask, 'id'>,
): Result | null {
  return results.find(({ subtaskId }) => subtaskId === id) ?? null;
}
