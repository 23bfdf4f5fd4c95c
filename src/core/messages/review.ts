/** The words of a review: its body, each inline comment, and the check run that goes with it. */
import type { Finding } from '../answers.ts';
import type { TaskRecords } from '../ports.ts';
import type { Annotation, EffectAction, FileCoverage, Severity } from '../records.ts';
import type { AssembledReview, Reported } from '../review-assembly.ts';
import { assembleReview, rank } from '../review-assembly.ts';
import { code, codeBlock, count, folded, inlineText, modelText, usd } from './format.ts';
import { checklist } from './progress.ts';
import { receiptTable } from './receipt.ts';

const TITLE_LIMIT = 120;
const BODY_LIMIT = 3_000;
const EVIDENCE_LIMIT = 1_500;
/** A longer replacement is a change to discuss, not a suggestion to click. */
const SUGGESTION_LINES_LIMIT = 12;
/** Files that a coverage list names before it only counts. */
const COVERAGE_SHOWN = 100;
/** GitHub's limit of annotations in one request. */
const ANNOTATIONS_LIMIT = 50;

const BADGE: Record<Severity, string> = {
  critical: '🔴 Critical',
  high: '🟠 High',
  medium: '🟡 Medium',
  low: '⚪ Low',
};

export function assembledOf(records: TaskRecords): AssembledReview {
  const { config } = records.task.request;
  const reviews = records.subtasks
    .filter((subtask) => subtask.kind === 'review')
    .flatMap((subtask) => {
      const result = records.results.find((candidate) => candidate.subtaskId === subtask.id);
      return result === undefined ? [] : [{ subtask, result }];
    });
  return assembleReview(reviews, { severity: config.reviewSeverity, maxComments: config.reviewMaxComments });
}

/** One line, then the folded details. */
export function reviewBody(records: TaskRecords, review: AssembledReview): string {
  const parts = [
    oneLine(review),
    review.folded.length === 0
      ? ''
      : folded(
          `${count(review.folded.length, 'further finding')}`,
          review.folded.map(foldedFinding).join('\n\n'),
        ),
    folded(
      'How it was reviewed',
      [reviewersText(review), coverageText(review.coverage), receiptTable(records)]
        .filter((part) => part !== '')
        .join('\n\n'),
    ),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function oneLine(review: AssembledReview): string {
  const all = [...review.inline, ...review.folded];
  const counts = (['critical', 'high', 'medium', 'low'] as const).flatMap((severity) => {
    const amount = all.filter((reported) => reported.finding.severity === severity).length;
    return amount === 0 ? [] : [`${amount} ${severity}`];
  });
  if (all.length === 0) return 'No finding.';
  return `**${count(all.length, 'finding')}**: ${counts.join(', ')}.`;
}

export function findingComment(reported: Reported): string {
  const { finding } = reported;
  return [
    `**${BADGE[finding.severity]}: ${inlineText(finding.title, TITLE_LIMIT)}**`,
    modelText(finding.body, BODY_LIMIT),
    finding.evidence.trim() === '' ? '' : folded('Evidence', modelText(finding.evidence, EVIDENCE_LIMIT)),
    suggestion(finding, reported),
    `<sub>${foundBy(reported)}</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function foundBy(reported: Reported): string {
  const [first, ...others] = reported.roles;
  const category = inlineText(reported.finding.category, 40);
  return `${category} · found by ${first}${others.length === 0 ? '' : `, ${others.join(' and ')} ${others.length === 1 ? 'concurs' : 'concur'}`}`;
}

/** A block that replaces exactly the anchored lines, so only where the anchor is what the finding asked for. */
function suggestion(finding: Finding, { anchor }: Reported): string {
  if (finding.replacement === null || anchor.kind !== 'inline' || anchor.side !== 'RIGHT') return '';
  const asAsked =
    anchor.line === finding.line &&
    (anchor.startLine ?? anchor.line) === (finding.start_line ?? finding.line);
  const short = finding.replacement.split('\n').length <= SUGGESTION_LINES_LIMIT;
  return asAsked && short ? codeBlock(finding.replacement, 'suggestion') : '';
}

function foldedFinding(reported: Reported): string {
  const { anchor, finding } = reported;
  const place = anchor.kind === 'inline' ? `${anchor.path}:${anchor.line}` : anchor.place;
  const why = anchor.kind === 'inline' ? '' : ` (${inlineText(anchor.reason, 200)})`;
  return `**${BADGE[finding.severity]}: ${inlineText(finding.title, TITLE_LIMIT)}** at ${code(place)}${why}\n\n${modelText(finding.body, BODY_LIMIT)}\n\n<sub>${foundBy(reported)}</sub>`;
}

function reviewersText(review: AssembledReview): string {
  const failed = review.failedRoles.map(
    ({ role, message }) => `- ${role} could not finish: ${inlineText(message, 300)}`,
  );
  const threshold =
    review.belowThreshold === 0
      ? ''
      : `\n${count(review.belowThreshold, 'finding')} below the wanted severity left out.`;
  return `Read by ${review.roles.join(', ') || 'nobody'}.${threshold}${failed.length === 0 ? '' : `\n${failed.join('\n')}`}`;
}

function coverageText(coverage: readonly FileCoverage[]): string {
  const partly = coverage.filter((file) => file.read !== 'full');
  const line = `${count(coverage.length, 'changed file')}, ${coverage.length - partly.length} read in full.`;
  const named = partly
    .slice(0, COVERAGE_SHOWN)
    .map(
      (file) =>
        `- ${code(file.path)}: ${file.read}${file.reason === null ? '' : `, ${inlineText(file.reason, 200)}`}`,
    );
  const rest = partly.length > COVERAGE_SHOWN ? [`- and ${partly.length - COVERAGE_SHOWN} more`] : [];
  return [line, ...named, ...rest].join('\n');
}

/** The review's check run at any moment. Never red for our own trouble: a review that could not be made is neutral and says why. */
export function reviewCheck(records: TaskRecords, headSha: string): EffectAction {
  const { task } = records;
  const base = { kind: 'check_run', name: 'HyperCode Crew review', headSha, annotations: [] } as const;
  const summary =
    [task.reason ?? '', checklist(records)].filter((part) => part !== '').join('\n\n') ||
    'The crew has taken this up.';
  switch (task.state) {
    case 'done':
      return { ...base, status: 'completed', ...verdict(records) };
    case 'failed':
    case 'over_budget':
      return {
        ...base,
        status: 'completed',
        conclusion: 'neutral',
        title: 'The review could not be finished',
        summary,
      };
    case 'stopped':
      return {
        ...base,
        status: 'completed',
        conclusion: 'cancelled',
        title: 'The review was stopped',
        summary,
      };
    default: {
      const readers = records.subtasks.filter((subtask) => subtask.kind === 'review').length;
      const title = readers === 0 ? 'Reading what changed' : `${count(readers, 'specialist')} reading`;
      return {
        ...base,
        status: task.state === 'queued' ? 'queued' : 'in_progress',
        conclusion: null,
        title,
        summary,
      };
    }
  }
}

function verdict(records: TaskRecords) {
  const review = assembledOf(records);
  const all: readonly Reported[] = [...review.inline, ...review.folded];
  const { failOn } = records.task.request.config;
  const fails = failOn !== null && all.some((reported) => rank(reported.finding.severity) <= rank(failOn));
  const conclusion = fails ? 'failure' : all.length > 0 ? 'neutral' : 'success';
  return {
    conclusion,
    title: all.length === 0 ? 'No finding' : count(all.length, 'finding'),
    summary: [
      records.task.reason ?? oneLine(review),
      reviewersText(review),
      coverageText(review.coverage),
      `Cost: ${usd(records.task.costUsd)}.`,
    ].join('\n\n'),
    annotations: review.inline
      .filter(({ anchor }) => anchor.side === 'RIGHT')
      .slice(0, ANNOTATIONS_LIMIT)
      .map(annotation),
  } as const;
}

function annotation({ anchor, finding }: AssembledReview['inline'][number]): Annotation {
  const level = finding.severity === 'low' ? 'notice' : finding.severity === 'medium' ? 'warning' : 'failure';
  return {
    path: anchor.path,
    startLine: anchor.startLine ?? anchor.line,
    endLine: anchor.line,
    level,
    title: finding.title.slice(0, TITLE_LIMIT),
    message: finding.body.slice(0, BODY_LIMIT),
  };
}
