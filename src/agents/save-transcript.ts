// Keeps an agent's conversation for people to read, without secrets. A conversation that cannot be kept is logged and
// does not undo the work that it tells of.
import type { BetaMessageParam, BetaTextBlockParam } from '@anthropic-ai/sdk/resources/beta';
import type { AgentJob } from '../core/agent-ports.ts';
import type { Log } from '../core/ports.ts';
import type { Redactor } from '../core/redact.ts';
import type { TranscriptStore } from '../core/store-ports.ts';

export async function saveTranscript(
  options: {
    readonly transcripts: Pick<TranscriptStore, 'save'>;
    readonly redactor: Redactor;
    readonly log: Log;
  },
  transcript: {
    readonly job: AgentJob;
    readonly model: string;
    readonly system: readonly BetaTextBlockParam[];
    readonly messages: readonly BetaMessageParam[];
    readonly ended: string;
  },
): Promise<void> {
  const { transcripts, redactor, log } = options;
  const { job, model, system, messages, ended } = transcript;
  try {
    const conversation = [{ role: 'system', content: system }, ...messages];
    await transcripts.save({
      taskId: job.task.id,
      subtaskId: job.subtask.id,
      attempt: job.subtask.attempts,
      model,
      messages: await redactor.redactAllDeep(conversation),
      ended: await redactor.redactAll(ended),
    });
  } catch (error) {
    log.error(
      { err: error, taskId: job.task.id, subtask: job.subtask.key },
      'the transcript could not be kept',
    );
  }
}
