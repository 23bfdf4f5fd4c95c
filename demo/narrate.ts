/** Tells the audit trail as it grows, in words: a line for each step that a spectator would want to see. */
import type { AuditEvent, Task } from '../src/core/records.ts';

const SHOWN_SUBTASK_STATES = ['running', 'done', 'failed', 'lost', 'stopped'];

/** Null for steps of no interest to a spectator. */
export type Narrate = (event: AuditEvent) => string | null;

/** `known` are the tasks that there are already; others are learned as they are told of. */
export function createNarrator(known: readonly Pick<Task, 'id' | 'subject'>[]): Narrate {
  const numbers = new Map(known.map(({ id, subject }) => [id, subject.number]));
  return (event) => {
    const { data, taskId, type } = event;
    const { subject } = data;
    if (type === 'task.created' && taskId !== null && hasNumber(subject)) numbers.set(taskId, subject.number);
    const about = taskId === null ? undefined : numbers.get(taskId);
    const line = lineOf(event);
    return line === null ? null : `${(about === undefined ? '' : `#${about}`).padEnd(4)}${line}`;
  };
}

function lineOf({ actor, data, subject, type }: AuditEvent): string | null {
  const [record = '', what = ''] = type.split('.');
  if (record === 'task' && what !== 'charged') {
    const reason = typeof data.reason === 'string' && data.reason !== '' ? `: ${data.reason}` : '';
    return `task ${subject.slice(0, 8)} is ${what.replaceAll('_', ' ')}${reason}`;
  }
  if (record === 'plan') return `the plan is ${what}${actor.startsWith('crew:') ? '' : ` by ${actor}`}`;
  if (record === 'subtask' && SHOWN_SUBTASK_STATES.includes(what)) {
    const key = String(data.key);
    const role = String(data.role);
    const why = typeof data.message === 'string' ? `: ${data.message}` : '';
    return `  ${key}${key.includes(role) ? '' : ` (${role})`} is ${what}${why}`;
  }
  if (record === 'effect' && what === 'done') {
    const url = typeof data.url === 'string' ? ` ${data.url}` : '';
    return `    on GitHub: ${String(data.kind).replaceAll('_', ' ')}${url}`;
  }
  return null;
}

function hasNumber(subject: unknown): subject is { readonly number: number } {
  return (
    typeof subject === 'object' &&
    subject !== null &&
    'number' in subject &&
    typeof subject.number === 'number'
  );
}
