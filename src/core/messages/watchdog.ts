/** Why a task was ended in which nothing moved any more. */
import type { Effect } from '../effect-records.ts';
import type { Subtask } from '../records.ts';
import { code, duration, inlineText, subtaskName } from './format.ts';

const ERROR_MAX_CHARS = 500;

type Named = Pick<Subtask, 'key' | 'role'>;

export function noWorker(subtasks: readonly Named[], stillMs: number): string {
  const roles = [...new Set(subtasks.map(({ role }) => role))].map(code).join(', ');
  return `No worker took up ${named(subtasks)} for ${duration(stillMs)}: is a worker for ${roles} running (${code('CREW_ROLES')}), and not busy all the time (${code('CREW_CONCURRENCY')})?`;
}

export function stillRunning(subtasks: readonly Named[], stillMs: number): string {
  return `${named(subtasks)} ran for ${duration(stillMs)} without asking the model or coming to an end.`;
}

export function nothingTaken({ action, error }: Pick<Effect, 'action' | 'error'>, stillMs: number): string {
  const why = error === null ? '' : ` The last time: ${inlineText(error, ERROR_MAX_CHARS)}`;
  return `GitHub did not take the ${action.kind.replaceAll('_', ' ')} for ${duration(stillMs)}.${why}`;
}

function named(subtasks: readonly Named[]): string {
  return subtasks.map(subtaskName).join(', ');
}
