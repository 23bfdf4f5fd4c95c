/** What people are told while a review runs, from the events as they are committed; null for what says nothing to them. */
import type { AuditEvent } from '../core/records.ts';
import { plainText } from './print-review.ts';

const SHOWN_STATES = ['running', 'done', 'failed', 'lost'];
const WHY_MAX_CHARS = 300;

export function narrateReview({ type, data }: AuditEvent): string | null {
  const [record = '', what = ''] = type.split('.');
  if (record !== 'subtask' || !SHOWN_STATES.includes(what)) return null;
  const why = typeof data.message === 'string' ? `: ${data.message.slice(0, WHY_MAX_CHARS)}` : '';
  return plainText(`${String(data.key)} is ${what}${why}`);
}
