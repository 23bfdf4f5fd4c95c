// What teammates on the same task finished, as the next one is told it.
import type { AgentJob } from '../../core/agent-ports.ts';
import type { Outcome } from '../../core/result-records.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { attribute, count, listed, quoteText } from './untrusted-text.ts';

export function teammatesSection({ teammates }: Pick<AgentJob, 'teammates'>): readonly string[] {
  const told = teammates.map(({ subtask, result }) => {
    const head = `${subtask.key}, ${subtask.role}: ${subtask.title}`;
    return quoteText([head, ...tell(result.outcome)].join('\n'), LIMITS.teammate);
  });
  if (told.length === 0) return [];
  return [`<teammates>\n${quoteText(told.join('\n\n'), LIMITS.teammates)}\n</teammates>`];
}

function tell(outcome: Outcome): readonly string[] {
  switch (outcome.kind) {
    case 'patch':
      return [
        outcome.answer.summary,
        ...listed('Decisions:', outcome.answer.decisions),
        ...listed('Not done:', outcome.answer.not_done),
        ...listed(
          'Changed, but not kept:',
          outcome.leftOut.map(({ path, reason }) => `${attribute(path)}: ${reason}`),
        ),
      ];
    case 'plan':
    case 'findings':
    case 'audit':
      return [outcome.answer.summary];
    case 'amendment':
      return [outcome.answer.reason];
    case 'smoke':
      return outcome.probes.map(({ check, verdict }) => `${check.method} ${check.path}: ${verdict}`);
    case 'answer':
    case 'reply':
      return [outcome.answer.answer];
    case 'refutation':
      return outcome.answer.verdicts.map(({ id, verdict }) => `${id}: ${verdict}`);
    case 'checks':
      return outcome.runs.map(
        ({ command, exitCode }) => `\`${command}\` ended with ${exitCode ?? 'no exit code'}`,
      );
    case 'failed':
      return [`Failed: ${outcome.message}`];
    case 'survey':
      return [`${count(outcome.survey.files.length)} files are changed.`];
  }
}
