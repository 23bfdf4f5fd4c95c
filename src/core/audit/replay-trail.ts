/**
 * Replays the audit trail: from the events alone, in their order, to where every record must stand now. Each event is written in the
 * transaction of its change while the record is locked, so the events of one record stand in the order of its changes.
 */
import type { AuditEvent } from '../records.ts';
import { Gap, type OpenTrail, STEPS } from './trail-steps.ts';

export function beginTrail(): OpenTrail {
  return {
    delivery: new Map(),
    task: new Map(),
    plan: new Map(),
    subtask: new Map(),
    effect: new Map(),
    gaps: [],
  };
}

/** Goes on from where the trail stands: a long one is read page by page. */
export function replayOnto(trail: OpenTrail, events: Iterable<AuditEvent>): void {
  for (const event of events) {
    try {
      STEPS[event.type.split('.')[0] ?? '']?.(trail, event);
    } catch (error) {
      if (!(error instanceof Gap)) throw error;
      trail.gaps.push(`Event ${event.seq}, ${event.type} of ${event.subject}: ${error.message}`);
    }
  }
}
