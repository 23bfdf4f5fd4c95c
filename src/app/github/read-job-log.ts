/** The log of a job of Actions. GitHub answers with a link to a file of any size, of which the end is kept. */
import type { Octokit } from '@octokit/rest';
import { plainLog } from '../../core/fix/plain-log.ts';
import { LOG_MAX_CHARS } from '../../core/github-ports.ts';
import { isAnswerTooLarge } from './read-file.ts';
import { isRefusal } from './refusal.ts';

/** Null where there is none: it is gone after a while, of a job that never started there was none, and what is larger than any answer is not read. */
export async function readJobLog(
  github: Octokit,
  at: { readonly owner: string; readonly repo: string },
  jobId: number,
): Promise<string | null> {
  try {
    const answer = await github.rest.actions.downloadJobLogsForWorkflowRun({ ...at, job_id: jobId });
    const text = textOf(answer.data);
    return text === null ? null : plainLog(text, LOG_MAX_CHARS);
  } catch (error) {
    if (isRefusal(error, 404) || isRefusal(error, 410) || isAnswerTooLarge(error)) return null;
    throw error;
  }
}

function textOf(data: unknown): string | null {
  if (typeof data === 'string') return data;
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : null;
}
