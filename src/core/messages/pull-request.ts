/** Title and body of the pull request that the crew opens. */

import type { LeftOut, Outcome } from '../records.ts';
import type { ImplementRequest } from '../request-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import {
  BODY_LIMIT_CHARS,
  closingNothing,
  count,
  firstThatFits,
  folded,
  inlineText,
  modelText,
} from './format.ts';
import { checksText, checkVerdict, commitsText, OUTPUT_SHOWN, receiptTable } from './receipt.ts';

const TITLE_LIMIT = 200;
const NOTHING_KEPT_SHOWN = 5;

interface Detail {
  readonly summaryChars: number;
  readonly notDone: number;
  readonly outputChars: number;
}

const DETAILS: readonly Detail[] = [
  { summaryChars: 2_000, notDone: 20, outputChars: OUTPUT_SHOWN },
  { summaryChars: 400, notDone: 5, outputChars: 500 },
  { summaryChars: 100, notDone: 1, outputChars: 0 },
];

/** GitHub shows 256 characters of a title at most. A squash makes it a commit's message. */
export function pullRequestTitle(request: ImplementRequest): string {
  const flat = request.issue.title.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return closingNothing(flat).slice(0, TITLE_LIMIT).toWellFormed() || `Issue #${request.issue.number}`;
}

/** Fits, whatever the records hold; closes its own issue and no other. */
export function pullRequestBody(
  records: TaskRecords,
  request: ImplementRequest,
  checks: Extract<Outcome, { kind: 'checks' }>,
): string {
  const bodyWith = (detail: Detail): string =>
    [
      `## What was done\n\n${workText(records, detail)}`,
      `## How it was checked\n\n${[verdictLine(checks), checksText(checks.runs, detail.outputChars)].filter((part) => part !== '').join('\n\n')}`,
      notDoneText(records, detail),
      `## Commits\n\n${commitsText(checks.commits)}`,
      folded('Receipt', receiptTable(records)),
      `<sub>Task ${records.task.id} · asked by ${inlineText(records.task.requester, 60)}</sub>`,
    ]
      .filter((section) => section !== '')
      .join('\n\n');
  const body = firstThatFits(
    BODY_LIMIT_CHARS,
    DETAILS.map((detail) => () => closingNothing(bodyWith(detail))),
  );
  return `Closes #${request.issue.number}\n\n${body}`;
}

function workText(records: TaskRecords, { summaryChars }: Detail): string {
  return works(records)
    .map(
      ({ subtask, outcome }) =>
        `**${inlineText(subtask.title, 120)}** (${inlineText(subtask.role, 40)})\n\n${modelText(outcome.answer.summary, summaryChars)}`,
    )
    .join('\n\n');
}

function notDoneText(records: TaskRecords, { notDone }: Detail): string {
  const lines = works(records).flatMap(({ subtask, outcome }) => {
    const told = outcome.answer.not_done.map((line) => inlineText(line, 400));
    const left = [...told, ...outcome.leftOut.map(leftOutText)];
    const role = inlineText(subtask.role, 40);
    const shown = left.slice(0, notDone).map((line) => `- ${line} (${role})`);
    return left.length > notDone ? [...shown, `- and ${left.length - notDone} more (${role})`] : shown;
  });
  return lines.length === 0 ? '' : `## What was not done\n\n${lines.join('\n')}`;
}

/** A change that an agent made in its checkout and that is not in the commits. */
function leftOutText({ path, reason }: LeftOut): string {
  return `${inlineText(path, 200)} was left out: ${inlineText(reason, 100)}`;
}

/** Why there is no pull request though work was done. */
export function nothingKept(leftOut: readonly LeftOut[]): string {
  const shown = leftOut.slice(0, NOTHING_KEPT_SHOWN).map((one) => `${leftOutText(one)}.`);
  const more = leftOut.length - shown.length;
  return [
    'Nothing that the crew changed may be in a pull request, so there is none.',
    ...shown,
    ...(more > 0 ? [`And ${more} more.`] : []),
    'Make these changes by hand.',
  ].join(' ');
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
