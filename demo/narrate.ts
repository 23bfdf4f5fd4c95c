/** Tells the audit trail as it grows, in words: a line for each step that a spectator would want to see. */
import type { AuditEvent } from '../src/core/records.ts';

const SHOWN_SUBTASK_STATES = ['running', 'done', 'failed', 'lost', 'stopped'];

/** Null for steps of no interest to a spectator. */
export function narrate({ actor, data, subject, type }: AuditEvent): string | null {
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
