/** Those who listen to events in this process: one that throws is logged and takes nothing from the others. */
import { z } from 'zod';
import type { Log } from '../../core/ports.ts';
import type { AuditEvent } from '../../core/records.ts';

const eventSchema = z.object({
  seq: z.number(),
  at: z.string(),
  actor: z.string(),
  type: z.string(),
  taskId: z.string().nullable(),
  subject: z.string(),
  data: z.record(z.string(), z.unknown()),
}) satisfies z.ZodType<AuditEvent>;

/** An event as it was published. Throws for anything else. */
export function parseEvent(text: string): AuditEvent {
  return eventSchema.parse(JSON.parse(text));
}

export class Listeners {
  readonly #listeners = new Set<(event: AuditEvent) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Answers the removal. */
  add(listener: (event: AuditEvent) => void): () => void {
    // A function of its own for each subscription: the same listener may be there twice.
    const own = (event: AuditEvent): void => listener(event);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(event: AuditEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ err: error, event: event.type }, 'a listener failed on an event');
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
