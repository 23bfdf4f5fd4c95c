/**
 * The audit trail. Numbers are given when an event is written, not when it is committed, so a smaller one may appear
 * after a larger one; `after` therefore shows only settled events, below which none can appear (see the migration). A
 * transaction that has written an event and stays open holds those who read the trail back for as long.
 */
import { type Insertable, sql } from 'kysely';
import type { AuditEvent } from '../core/records.ts';
import type { EventStore } from '../core/store-ports.ts';
import type { EventTable, Row } from './schema.ts';
import type { Database, NewEvent, Session } from './session.ts';
import { storableJson, storableText } from './storable.ts';

export function createEventStore(session: Session): EventStore {
  return {
    append: (event) => session.change('events.append', ({ record }) => record([event])),

    ofTask: (taskId, page) =>
      session.read('events.ofTask', async (db) => {
        const settled = page === undefined ? null : await settledEvents(db);
        const rows = await db
          .selectFrom('events')
          .selectAll()
          .where('task_id', '=', taskId)
          .$if(page !== undefined, (query) =>
            query
              .where('seq', '>', String(page?.after ?? 0))
              .where('seq', '<=', settled ?? '0')
              .limit(page?.limit ?? 0),
          )
          .orderBy('seq')
          .execute();
        return rows.map(eventOf);
      }),

    after: (seq, limit) =>
      session.read('events.after', async (db) => {
        // Two statements: the second must see what was committed when the first looked.
        const settled = await settledEvents(db);
        const rows = await db
          .selectFrom('events')
          .selectAll()
          .where('seq', '>', String(seq))
          .where('seq', '<=', settled)
          .orderBy('seq')
          .limit(limit)
          .execute();
        return rows.map(eventOf);
      }),
  };
}

async function settledEvents(db: Database): Promise<string> {
  const { rows } = await sql<{ settled: string }>`select settled_events() as settled`.execute(db);
  return rows[0]?.settled ?? '0';
}

export async function insertEvents(
  db: Database,
  at: Date,
  events: readonly NewEvent[],
): Promise<readonly AuditEvent[]> {
  const rows = await db
    .insertInto('events')
    .values(events.map((event) => eventRow(at, event)))
    .returningAll()
    .execute();
  return rows.map(eventOf);
}

export function eventRow(at: Date, event: NewEvent): Insertable<EventTable> {
  return {
    at,
    actor: storableText(event.actor),
    type: event.type,
    task_id: event.taskId,
    subject: storableText(event.subject),
    data: storableJson(event.data),
  };
}

export function eventOf(row: Row<'events'>): AuditEvent {
  return {
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: row.actor,
    type: row.type,
    taskId: row.task_id,
    subject: row.subject,
    data: row.data,
  };
}
