/** Agents' conversations, redacted by whoever saves them, for people to read afterwards. */
import type { TranscriptStore } from '../core/store-ports.ts';
import type { Session } from './session.ts';
import { storableJson, storableText } from './storable.ts';

export function createTranscriptStore(session: Session): TranscriptStore {
  return {
    save: (transcript) =>
      session.change('transcripts.save', async ({ db, record }) => {
        const id = session.newId();
        await db
          .insertInto('transcripts')
          .values({
            id,
            task_id: transcript.taskId,
            subtask_id: transcript.subtaskId,
            attempt: transcript.attempt,
            model: transcript.model,
            messages: storableJson(transcript.messages),
            ended: storableText(transcript.ended),
            created_at: session.clock.now(),
          })
          .execute();
        await record([
          {
            actor: 'system',
            type: 'transcript.saved',
            taskId: transcript.taskId,
            subject: id,
            data: { subtaskId: transcript.subtaskId, attempt: transcript.attempt, ended: transcript.ended },
          },
        ]);
      }),

    ofTask: (taskId) =>
      session.read('transcripts.ofTask', async (db) => {
        const rows = await db
          .selectFrom('transcripts')
          .selectAll()
          .where('task_id', '=', taskId)
          .orderBy('position')
          .execute();
        return rows.map((row) => ({
          id: row.id,
          taskId: row.task_id,
          subtaskId: row.subtask_id,
          attempt: row.attempt,
          model: row.model,
          messages: row.messages,
          ended: row.ended,
          createdAt: row.created_at.toISOString(),
        }));
      }),
  };
}
