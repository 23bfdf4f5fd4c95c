/** Title and body of the pull request that the crew opens. */
import type { TaskRecords } from '../ports.ts';
import type { ImplementRequest, Outcome } from '../records.ts';
import { count, folded, inlineText, modelText } from './format.ts';
import { checksText, checkVerdict, commitsText, receiptTable } from './receipt.ts';

const TITLE_LIMIT = 200;
const SUMMARY_LIMIT = 2_000;

/** GitHub shows 256 characters of a title at most. */
export function pullRequestTitle(request: ImplementRequest): string {
  const flat = request.issue.title.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return flat.slice(0, TITLE_LIMIT) || `Issue #${request.issue.number}`;
}

export function pullRequestBody(
  records: TaskRecords,
  request: ImplementRequest,
  checks: Extract<Outcome, { kind: 'checks' }>,
): string {
  const sections = [
    `Closes #${request.issue.number}`,
    `## What was done\n\n${workText(records)}`,
    `## How it was checked\n\n${verdictLine(checks)}\n\n${checksText(checks.runs)}`,
    notDoneText(records),
    `## Commits\n\n${commitsText(checks.commits)}`,
    folded('Receipt', receiptTable(records)),
    `<sub>Task ${records.task.id} · asked by ${inlineText(records.task.requester, 60)}</sub>`,
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function workText(records: TaskRecords): string {
  return works(records)
    .map(
      ({ subtask, outcome }) =>
        `**${inlineText(subtask.title, 120)}** (${subtask.role})\n\n${modelText(outcome.answer.summary, SUMMARY_LIMIT)}`,
    )
    .join('\n\n');
}

function notDoneText(records: TaskRecords): string {
  const lines = works(records).flatMap(({ subtask, outcome }) =>
    outcome.answer.not_done.map((line) => `- ${inlineText(line, 400)} (${subtask.role})`),
  );
  return lines.length === 0 ? '' : `## What was not done\n\n${lines.join('\n')}`;
}

function works(records: TaskRecords) {
  return records.subtasks.flatMap((subtask) => {
    const outcome = records.results.find((result) => result.subtaskId === subtask.id)?.outcome;
    return outcome?.kind === 'patch' ? [{ subtask, outcome }] : [];
  });
}

function verdictLine(checks: Extract<Outcome, { kind: 'checks' }>): string {
  const failed = checks.runs.filter((run) => run.exitCode !== 0);
  if (checks.runs.length === 0) return '';
  if (failed.length === 0)
    return `${count(checks.runs.length, 'check')} of the repository passed on \`${checks.headSha.slice(0, 7)}\`.`;
  return `**${count(failed.length, 'check')} of ${checks.runs.length} did not pass:** ${failed.map((run) => `${checkVerdict(run)} ${inlineText(run.command, 100)}`).join('; ')}.`;
}
