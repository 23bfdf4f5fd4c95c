/** Title and body of the pull request that the crew opens. */

import type { Section } from '../implement/fill-template.ts';
import { fillTemplate } from '../implement/fill-template.ts';
import { BEFORE_KEY } from '../implement/planned-subtasks.ts';
import { failedBefore } from '../implement/same-failure.ts';
import type { Checks } from '../next-steps/checked.ts';
import { auditedOf, checkedBefore, humanReasons, whyUnread } from '../next-steps/checked.ts';
import type { ImplementRequest } from '../request-records.ts';
import { resultOf } from '../result-of.ts';
import type { LeftOut } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { REASONS_SHOWN } from './check-words.ts';
import {
  BODY_LIMIT_CHARS,
  bullets,
  closingNothing,
  code,
  count,
  firstThatFits,
  folded,
  inlineText,
  joined,
  modelText,
  oneLine,
  skippingNothing,
} from './format.ts';
import { checksText, checkVerdict, commitsText, OUTPUT_SHOWN, receiptTable } from './receipt.ts';

const TITLE_LIMIT = 200;
const NOTHING_KEPT_SHOWN = 5;

/** How much is shown; less of it when the whole would not fit into a body. */
interface Detail {
  readonly template: boolean;
  readonly summaryChars: number;
  readonly notDone: number;
  readonly outputChars: number;
}

const DETAILS: readonly Detail[] = [
  { template: true, summaryChars: 2_000, notDone: 20, outputChars: OUTPUT_SHOWN },
  { template: true, summaryChars: 400, notDone: 5, outputChars: 500 },
  { template: false, summaryChars: 100, notDone: 1, outputChars: 0 },
];

/** GitHub shows 256 characters of a title at most. A squash makes it a commit's message. */
export function pullRequestTitle(request: ImplementRequest): string {
  const flat = oneLine(request.issue.title);
  return (
    skippingNothing(closingNothing(flat)).slice(0, TITLE_LIMIT).toWellFormed() ||
    `Issue #${request.issue.number}`
  );
}

/** Fits, whatever the records hold; closes its own issue and no other. */
export function pullRequestBody(records: TaskRecords, request: ImplementRequest, checks: Checks): string {
  const bodyWith = (detail: Detail): string =>
    joined([
      fillTemplate(detail.template ? checks.template : null, sectionsOf(records, checks, detail)),
      folded('Receipt', receiptTable(records)),
      `<sub>Task ${records.task.id} · asked by ${inlineText(records.task.requester, 60)}</sub>`,
    ]);
  const body = firstThatFits(
    BODY_LIMIT_CHARS,
    DETAILS.map((detail) => () => closingNothing(bodyWith(detail))),
  );
  return `Closes #${request.issue.number}\n\n${body}`;
}

function sectionsOf(records: TaskRecords, checks: Checks, detail: Detail): readonly Section[] {
  const sections: readonly Section[] = [
    {
      kind: 'done',
      heading: 'What was done',
      body: joined([whyText(records, detail), workText(records, detail)]),
    },
    { kind: 'checked', heading: 'How it was checked', body: checkedText(records, checks, detail) },
    { kind: 'notDone', heading: 'What was not done', body: notDoneText(records, detail) },
    { kind: 'other', heading: 'Security', body: securityText(records, detail) },
    { kind: 'other', heading: 'Commits', body: joined([pushedAsOne(checks), commitsText(checks.commits)]) },
  ];
  return sections.filter(({ body }) => body !== '');
}

function pushedAsOne({ asOne, commits }: Checks): string {
  return asOne === true && commits.length > 1
    ? 'They were pushed as one: between them stood what looks like a secret, which is not in the whole.'
    : '';
}

/** What the plan says of the whole. */
function whyText({ plan }: TaskRecords, { summaryChars }: Detail): string {
  return plan === null ? '' : modelText(plan.answer.summary, summaryChars);
}

function checkedText(records: TaskRecords, checks: Checks, { outputChars }: Detail): string {
  const before = checkedBefore(records);
  return joined([
    humanText(records),
    verdictLine(checks, before),
    checksText(checks.runs, outputChars),
    beforeText(records, before),
  ]);
}

function humanText(records: TaskRecords): string {
  const reasons = humanReasons(records);
  return reasons.length === 0
    ? ''
    : `**This needs a person before it can be merged:**\n\n${bullets(reasons, REASONS_SHOWN)}`;
}

function beforeText(records: TaskRecords, before: Checks | null): string {
  if (before === null) {
    const asked = records.subtasks.some(({ key }) => key === BEFORE_KEY);
    return asked
      ? 'The checks could not be run on the base, so nothing is known of how they ended before.'
      : '';
  }
  if (before.runs.length === 0) return '';
  const lines = before.runs.map((run) => `- ${checkVerdict(run)} ${code(run.command.slice(0, 200))}`);
  return `Before the change, on \`${before.headSha.slice(0, 7)}\`:\n\n${lines.join('\n')}`;
}

function securityText(records: TaskRecords, { summaryChars, notDone }: Detail): string {
  const audited = auditedOf(records);
  if (audited === null) return '';
  if (audited === 'failed') {
    const unread = 'Security could not read the change; nobody has looked at it for weaknesses';
    const why = whyUnread(records);
    return why === null ? `${unread}.` : `${unread}: ${inlineText(why, summaryChars)}`;
  }
  const { findings, summary } = audited.answer;
  const unread = bullets(
    audited.unread.map((line) => `not read: ${inlineText(line, 400)}`),
    notDone,
  );
  if (findings.length === 0) {
    const read =
      unread === ''
        ? 'Security read the whole change and found nothing.'
        : 'Security found nothing in what it read.';
    return joined([read, unread]);
  }
  const lines = findings.map(
    ({ severity, title, path, line, body }) =>
      `**${severity}**: ${inlineText(title, 200)} (${code(`${path}:${line}`)}). ${inlineText(body, summaryChars)}`,
  );
  return joined([
    `Security read the change; this stands: ${inlineText(summary, summaryChars)}`,
    `${bullets(lines, notDone * 2)}${unread === '' ? '' : `\n${unread}`}`,
  ]);
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
  return lines.join('\n');
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
    const outcome = resultOf(records, subtask)?.outcome;
    return outcome?.kind === 'patch' ? [{ subtask, outcome }] : [];
  });
}

/** Said from exit statuses only, of the tree, which is the same on GitHub as where it was checked; what failed in the same way before is told apart. */
function verdictLine({ runs, treeSha }: Checks, before: Checks | null): string {
  const failed = runs.filter((run) => run.exitCode !== 0);
  if (runs.length === 0) return '';
  if (failed.length === 0)
    return `${count(runs.length, 'check')} of the repository passed${treeSha === '' ? '' : ` on the tree \`${treeSha.slice(0, 7)}\` of the last commit`}.`;
  const known = failed.filter((run) => failedBefore(run, before?.runs ?? []));
  const fresh = failed.filter((run) => !known.includes(run));
  return joined([
    fresh.length === 0
      ? ''
      : `**${count(fresh.length, 'check')} of ${runs.length} did not pass:** ${named(fresh)}.`,
    known.length === 0
      ? ''
      : `${count(known.length, 'check')} of ${runs.length} failed in the same way before the change: ${named(known)}.`,
  ]);
}

function named(runs: Checks['runs']): string {
  return runs.map((run) => `${checkVerdict(run)} ${inlineText(run.command, 100)}`).join('; ');
}
