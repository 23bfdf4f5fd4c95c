/** One mailbox per task. Mail to a task that does not exist is dropped. */
import type { MessageStore } from '../core/store-ports.ts';
import type { Session } from './session.ts';
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
        if (task === undefined) return;
        const row = await db
          .insertInto('messages')
          .values({
            task_id: taskId,
            sender: storableText(message.from),
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
            data: { body: message.body },
          },
        ]);
      }),

    after: (taskId, id) =>
      session.read('messages.after', async (db) => {
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
          body: row.body,
          at: row.sent_at.toISOString(),
        }));
      }),
  };
}
