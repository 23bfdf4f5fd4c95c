// The part of a briefing that is one agent's own: what its teammates did, its subtask, its mandate, and what to do
// now. It comes last, so that everything before it is the same for the whole crew.
import type { AgentJob } from '../../core/ports.ts';
import type { FileCoverage } from '../../core/records.ts';
import { ownsPath, type Role } from '../../core/roles.ts';
import { JOB_INSTRUCTIONS, type JobKind } from './instructions.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { attribute, count, escapeTags, quoteText } from './untrusted-text.ts';

export interface OwnInput {
  readonly job: AgentJob;
  readonly kind: JobKind;
  readonly role: Role;
  /** For reviews: what of each file is in the diff; else empty. */
  readonly coverage: readonly FileCoverage[];
}

export function ownBlock({ job, kind, role, coverage }: OwnInput): string {
  const { task, subtask } = job;
  const ids = `kind="${kind}" task="${attribute(task.id)}" subtask="${attribute(subtask.key)}"`;
  const what = [JOB_INSTRUCTIONS[kind], ...bounds(job)].join('\n\n');
  return [
    ...teammatesSection(job),
    ...(kind === 'review' ? [yourFilesSection(role, coverage)] : []),
    ...(kind === 'work' || kind === 'answer' ? [subtaskSection(job)] : []),
    `<role name="${attribute(role.name)}">\n${quoteText(role.mandate, LIMITS.mandate)}\n</role>`,
    `<job ${ids}>\n${what}\n</job>`,
  ].join('\n\n');
}

function messageSection(message: { readonly from: string; readonly body: string }): string {
  return `<message from="${attribute(message.from)}">\n${quoteText(message.body, LIMITS.message)}\n</message>`;
}

/** A message of the mailbox, which begins with its sender: `login: text`. */
export function describeMail(message: string): string {
  const [, from = 'mailbox', body = message] = /^([^\s:]{1,80}): ([\s\S]*)$/.exec(message) ?? [];
  return messageSection({ from, body });
}

function subtaskSection({ subtask }: AgentJob): string {
  const lines = [
    subtask.goal,
    ...listed('Done when:', subtask.acceptance),
    ...listed('Files expected to change:', subtask.files),
  ];
  const title = attribute(subtask.title);
  const body = quoteText(lines.join('\n'), LIMITS.subtask);
  return `<subtask key="${attribute(subtask.key)}" title="${title}">\n${body}\n</subtask>`;
}

function teammatesSection({ teammates }: AgentJob): readonly string[] {
  const told = teammates.map(({ subtask, result }) => {
    const head = `${subtask.key}, ${subtask.role}: ${subtask.title}`;
    return quoteText([head, ...tell(result.outcome)].join('\n'), LIMITS.teammate);
  });
  if (told.length === 0) return [];
  return [`<teammates>\n${quoteText(told.join('\n\n'), LIMITS.teammates)}\n</teammates>`];
}

type TeammateOutcome = AgentJob['teammates'][number]['result']['outcome'];

function tell(outcome: TeammateOutcome): readonly string[] {
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
      return [outcome.answer.summary];
    case 'answer':
      return [outcome.answer.answer];
    case 'checks':
      return outcome.runs.map(
        ({ command, exitCode }) => `\`${command}\` ended with ${exitCode ?? 'no exit code'}`,
      );
    case 'failed':
      return [`Failed: ${outcome.message}`];
    case 'survey':
      return [`${count(outcome.files.length)} files are changed.`];
  }
}

function yourFilesSection(role: Role, coverage: readonly FileCoverage[]): string {
  const own = coverage.filter(({ path, read }) => read !== 'skipped' && ownsPath(role, path));
  const shown = own.slice(0, LIMITS.ownFiles).map(({ path }) => escapeTags(attribute(path)));
  const rest =
    own.length > shown.length ? [`[cut: ${count(shown.length)} of ${count(own.length)} shown]`] : [];
  return ['<your_files>', ...shown, ...rest, '</your_files>'].join('\n');
}

/** What the configuration asks of this job, in words. */
function bounds({ task, subtask }: AgentJob): readonly string[] {
  const { config } = task.request;
  if (subtask.kind === 'plan') {
    const roles =
      config.roles.length > 0 ? `Roles that you may give work to: ${config.roles.join(', ')}. ` : '';
    return [
      `${roles}Plan at most ${config.maxSubtasks} subtasks. The whole task may cost $${task.budgetUsd.toFixed(2)}.`,
    ];
  }
  if (subtask.kind === 'review') {
    const most = `at most ${config.reviewMaxComments} findings are shown`;
    return [`Report findings of severity ${config.reviewSeverity} and above; ${most}, worst first.`];
  }
  if (subtask.kind === 'work' && config.checks.length > 0) {
    return [`The repository's own checks: ${config.checks.map(({ run }) => `\`${run}\``).join(', ')}.`];
  }
  return [];
}

function listed(head: string, items: readonly string[]): readonly string[] {
  return items.length === 0 ? [] : [head, ...items.map((item) => `- ${item}`)];
}
