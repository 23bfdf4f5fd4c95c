// A pull request whose commits all apply to its new base needs nobody to think about it: that is the work's outcome.

import type { AgentJob } from '../core/agent-ports.ts';
import { isAnswering, wordsOf } from '../core/fix/words.ts';
import type { Outcome } from '../core/result-records.ts';
import type { Workspace } from '../core/workspace-ports.ts';

export function isBroughtOver(job: AgentJob, { skipped }: Pick<Workspace, 'skipped'>): boolean {
  const { request } = job.task;
  if (request.kind !== 'fix' || request.cause.kind !== 'conflict') return false;
  if (job.subtask.kind !== 'work' || !isAnswering(job.subtask.key)) return false;
  return skipped.length === 0 && wordsOf(job).length === 0;
}

export function broughtOver({ headSha, sandbox }: Pick<Workspace, 'headSha' | 'sandbox'>): Outcome {
  const summary = 'All commits apply to the new base as they are.';
  const answer = { summary, decisions: [], checks: [], not_done: [], replies: [] };
  return { kind: 'patch', answer, patch: '', baseSha: headSha, leftOut: [], sandbox };
}
