/** Why a task was ended in which nothing moved any more. */
import type { Effect } from '../effect-records.ts';
import type { Subtask } from '../records.ts';
import { code, duration, inlineText, subtaskName } from './format.ts';

const ERROR_MAX_CHARS = 500;

type Named = Pick<Subtask, 'key' | 'role'>;

/** Of a subtask whose workers were lost one after another. */
export function lostWorkers(losses: number): string {
  return `The worker died or fell silent ${losses} times while it ran this, so it is not tried again by itself. Too little memory is the usual reason: the worker's log, and the system's, tell.`;
}

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
