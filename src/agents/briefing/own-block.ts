// The part of a briefing that is one agent's own: what its teammates did, its subtask or its files, its mandate, and what
// to do now. It comes last, so that everything before it is the same for the whole crew; for reviews it is as short as it can be.

import type { AgentJob } from '../../core/agent-ports.ts';
import { isAnswering } from '../../core/fix/words.ts';
import { toJudge } from '../../core/review/review-answer-problems.ts';
import type { Role } from '../../core/roles.ts';
import type { SkippedCommit } from '../../core/workspace-ports.ts';
import { boardSection } from './board-section.ts';
import { fixSections } from './fix-sections.ts';
import {
  FIX_INSTRUCTIONS,
  JOB_INSTRUCTIONS,
  type JobKind,
  PRODUCT_OF,
  REPAIR_INSTRUCTIONS,
  RETURNED_INSTRUCTIONS,
} from './instructions.ts';
import { BRIEFING_LIMITS as LIMITS } from './limits.ts';
import { mandateFor } from './mandate.ts';
import { roundNote, roundSections } from './planning-sections.ts';
import { candidatesSection, yourFilesSection } from './reviewer-sections.ts';
import { teammatesSection } from './teammates-section.ts';
import { attribute, listed, quoteMarkdown, quoteText } from './untrusted-text.ts';
import { repairSection, returnedSection } from './work-sections.ts';

export interface OwnInput {
  readonly job: AgentJob;
  readonly kind: JobKind;
  readonly role: Role;
  /** Commits that do not apply to the new base of a pull request. */
  readonly skipped?: readonly SkippedCommit[];
}

export function ownBlock({ job, kind, role, skipped = [] }: OwnInput): string {
  const { task, subtask } = job;
  // Paid for by every reviewer of a group, and of no use to any of them.
  const taskId = PRODUCT_OF[kind] === 'review' ? '' : ` task="${attribute(task.id)}"`;
  const ids = `kind="${kind}"${taskId} subtask="${attribute(subtask.key)}"`;
  const instructions = isRound(job) ? FIX_INSTRUCTIONS : JOB_INSTRUCTIONS[kind];
  const what = [instructions, ...occasion(job), ...bounds(job)].join('\n\n');
  const mandate = quoteText(mandateFor(role.mandate, PRODUCT_OF[kind]), LIMITS.mandate);
  return [
    ...ownSections(job, kind, role),
    ...(isRound(job) ? fixSections(job, skipped) : []),
    `<role name="${attribute(role.name)}">\n${mandate}\n</role>`,
    `<job ${ids}>\n${what}\n</job>`,
  ].join('\n\n');
}

/** A round's own work, and not what mends the checks after it. */
function isRound({ task, subtask }: AgentJob): boolean {
  return task.request.kind === 'fix' && subtask.kind === 'work' && isAnswering(subtask.key);
}

function ownSections(job: AgentJob, kind: JobKind, role: Role): readonly string[] {
  switch (kind) {
    case 'work':
      return [
        ...teammatesSection(job),
        ...boardSection(job),
        subtaskSection(job),
        ...returnedSection(job),
        ...repairSection(job),
      ];
    case 'answer':
    case 'audit':
      return [...teammatesSection(job), subtaskSection(job)];
    case 'review':
      return [yourFilesSection(role, job.subtask.files)];
    case 'refute':
      return [candidatesSection(job.review?.candidates ?? [])];
    case 'plan':
    case 'amend':
      return roundSections(job);
    case 'reply':
      return [];
  }
}

/** A message of the mailbox, which begins with its sender: `login: text`, or `crew:role: text`. */
export function describeMail(message: string): string {
  const [, from = 'mailbox', body = message] =
    /^(crew:[a-z0-9-]{1,40}|[^\s:]{1,80}): ([\s\S]*)$/.exec(message) ?? [];
  return `<message from="${attribute(from)}">\n${quoteMarkdown(body, LIMITS.message)}\n</message>`;
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

/** Why work is not done for the first time. */
function occasion({ repair, returned }: AgentJob): readonly string[] {
  return [
    ...(repair === undefined ? [] : [REPAIR_INSTRUCTIONS]),
    ...(returned === undefined ? [] : [RETURNED_INSTRUCTIONS]),
  ];
}

/** What the configuration, or the state of the work, asks of this job, in words. */
function bounds({ task, subtask, review }: AgentJob): readonly string[] {
  const { config } = task.request;
  if (subtask.kind === 'plan' || subtask.kind === 'amend') {
    const roles = config.roles.length > 0 ? `Roles that may be given work: ${config.roles.join(', ')}. ` : '';
    return [
      `${roles}Plan at most ${config.maxSubtasks} subtasks. The whole task may cost $${task.budgetUsd.toFixed(2)}.`,
      ...roundNote(task.request, subtask),
    ];
  }
  if (subtask.kind === 'review' && review !== null) {
    const ids = toJudge(review.survey, subtask);
    return ids.length === 0 ? [] : [`Earlier findings for you to judge: ${ids.join(', ')}.`];
  }
  if (subtask.kind === 'work' && config.checks.length > 0) {
    return [`The repository's own checks: ${config.checks.map(({ run }) => `\`${run}\``).join(', ')}.`];
  }
  return [];
}
