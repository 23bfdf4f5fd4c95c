/**
 * GitHub's signature covers the body alone: whoever holds a body can deliver it again under another GUID. What was handled once is
 * of the past then, but for events of which GitHub itself sends two that are alike. Pure.
 */
import type { Delivery } from './records.ts';

/** Resolved, unresolved and resolved again within a second: the thread as it stands decides, however often it is told. */
const MAY_BE_ALIKE: readonly string[] = ['pull_request_review_thread'];

/** Whether two deliveries of this event with one body are one event: its time, or an id, is in it. */
export function isOfOneMoment({ event }: Pick<Delivery, 'event'>): boolean {
  return !MAY_BE_ALIKE.includes(event);
}
