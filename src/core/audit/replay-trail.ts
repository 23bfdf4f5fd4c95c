/**
 * Replays the audit trail: from the events alone, in their order, to where every record must stand now. Each event is written in the
 * transaction of its change while the record is locked, so the events of one record stand in the order of its changes.
 */
import type { AuditEvent } from '../records.ts';
import type { Trail } from './trail.ts';
import { Gap, type OpenTrail, STEPS } from './trail-steps.ts';

/** A long trail is read page by page, each gone on from what came before it, which stays as it is. */
export function replayTrail(events: Iterable<AuditEvent>, earlier?: Trail): Trail {
  const trail: OpenTrail = {
    delivery: new Map(earlier?.delivery),
    task: new Map(earlier?.task),
    plan: new Map(earlier?.plan),
    subtask: new Map(earlier?.subtask),
    effect: new Map(earlier?.effect),
  };
  const gaps = [...(earlier?.gaps ?? [])];
  for (const event of events) {
    try {
      STEPS[event.type.split('.')[0] ?? '']?.(trail, event);
    } catch (error) {
      if (!(error instanceof Gap)) throw error;
      gaps.push(`Event ${event.seq}, ${event.type} of ${event.subject}: ${error.message}`);
    }
  }
  return { ...trail, gaps };
}
