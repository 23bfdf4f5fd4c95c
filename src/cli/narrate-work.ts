/** What people are told while the crew works, from the events as they are committed; null for what says nothing to them. */
import type { AuditEvent } from '../core/records.ts';
import { plainText } from './plain-text.ts';

const SHOWN_STATES = ['running', 'done', 'failed', 'lost'];
const WHY_MAX_CHARS = 300;

export function narrateWork({ type, data }: AuditEvent): string | null {
  const [record = '', what = ''] = type.split('.');
  if (record !== 'subtask') return null;
  const key = plainText(String(data.key));
  // Passing trouble, such as a model that does not answer: it is tried again, and people want to know what for.
  if (what === 'released' && typeof data.dueAt === 'string') return `${key} waits: ${because(data.why)}`;
  if (!SHOWN_STATES.includes(what)) return null;
  return typeof data.message === 'string'
    ? `${key} is ${what}: ${because(data.message)}`
    : `${key} is ${what}`;
}

function because(why: unknown): string {
  return plainText(String(why)).slice(0, WHY_MAX_CHARS);
}
