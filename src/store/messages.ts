/** One mailbox per task. Mail to a task that does not exist is dropped. */
import type { Message } from '../core/records.ts';
import type { MessageStore } from '../core/store-ports.ts';
import type { Database, Session } from './session.ts';
import { storableText } from './storable.ts';

export function createMessageStore(session: Session): MessageStore {
  return {
    send: (taskId, message) =>
      session.change('messages.send', async ({ db, record }) => {
        // The task's lock makes its messages commit in the order of their ids, so that a reader who asks for what came
        // after the last one it saw misses none.
        const task = await db
          .selectFrom('tasks')
          .select('id')
          .where('id', '=', taskId)
          .forNoKeyUpdate()
          .executeTakeFirst();
        if (task === undefined) return null;
        const row = await db
          .insertInto('messages')
          .values({
            task_id: taskId,
            sender: storableText(message.from),
            recipient: message.to ?? null,
            kind: message.kind ?? 'message',
            body: storableText(message.body),
            sent_at: session.clock.now(),
          })
          .returning('id')
          .executeTakeFirstOrThrow();
        await record([
          {
            actor: message.from,
            type: 'message.sent',
            taskId,
            subject: row.id,
            data: { to: message.to ?? null, kind: message.kind ?? 'message', body: message.body },
          },
        ]);
        return Number(row.id);
      }),

    after: (taskId, id) => session.read('messages.after', (db) => messagesAfter(db, taskId, id)),
  };
}

/** Oldest first. */
export async function messagesAfter(db: Database, taskId: string, id: number): Promise<readonly Message[]> {
  const rows = await db
    .selectFrom('messages')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('id', '>', String(id))
    .orderBy('id')
    .execute();
  return rows.map((row) => ({
    id: Number(row.id),
    from: row.sender,
    to: row.recipient,
    kind: row.kind,
    body: row.body,
    at: row.sent_at.toISOString(),
  }));
}
