/** The words of a review: its body, each inline comment, and the check run that goes with it. */
import type { Finding } from '../answers.ts';
import type { TaskRecords } from '../ports.ts';
import type { Annotation, EffectAction, FileCoverage, Severity } from '../records.ts';
import type { AssembledReview, Reported } from '../review-assembly.ts';
import { assembleReview, rank } from '../review-assembly.ts';
import {
  BODY_LIMIT_CHARS,
  code,
  codeBlock,
  count,
  firstThatFits,
  folded,
  inlineText,
  modelText,
  usd,
} from './format.ts';
import { checklist } from './progress.ts';
import { receiptTable } from './receipt.ts';

const TITLE_LIMIT = 120;
const BODY_LIMIT = 3_000;
const EVIDENCE_LIMIT = 1_500;
/** A longer replacement is a change to discuss, not a suggestion to click. */
const SUGGESTION_LINES_LIMIT = 12;
const SUGGESTION_CHARS_LIMIT = 4_000;
const PATH_LIMIT = 300;
/** Findings that one comment names beside its own. */
const ALSO_SHOWN = 5;
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

/** How much of each finding in the body is shown; less of it when they would not all fit. */
const FINDING_DETAILS = [BODY_LIMIT, 600, 0] as const;

/** One line, then the folded details. Fits, whatever was found. */
export function reviewBody(records: TaskRecords, review: AssembledReview): string {
  return firstThatFits(
    BODY_LIMIT_CHARS,
    FINDING_DETAILS.map((bodyChars) => () => bodyWith(records, review, bodyChars)),
  );
}

function bodyWith(records: TaskRecords, review: AssembledReview, bodyChars: number): string {
  const parts = [
    oneLine(review),
    review.folded.length === 0
      ? ''
      : folded(
          `${count(review.folded.length, 'further finding')}`,
          review.folded.map((reported) => foldedFinding(reported, bodyChars)).join('\n\n'),
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
    alsoHere(reported),
    `<sub>${foundBy(reported)}</sub>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** Other faults that were found on the same lines. */
function alsoHere({ also }: Reported): string {
  if (also.length === 0) return '';
  const lines = also
    .slice(0, ALSO_SHOWN)
    .map(
      ({ role, finding }) =>
        `- ${BADGE[finding.severity]}: **${inlineText(finding.title, TITLE_LIMIT)}** (${inlineText(role, 40)}): ${inlineText(finding.body, 600)}`,
    );
  const left = also.length - ALSO_SHOWN;
  return ['Also here:', ...lines, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n');
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
  const short =
    finding.replacement.length <= SUGGESTION_CHARS_LIMIT &&
    finding.replacement.split('\n').length <= SUGGESTION_LINES_LIMIT;
  return asAsked && short ? codeBlock(finding.replacement, 'suggestion') : '';
}

function foldedFinding(reported: Reported, bodyChars: number): string {
  const { anchor, finding } = reported;
  const place = anchor.kind === 'inline' ? `${anchor.path}:${anchor.line}` : anchor.place;
  const why = anchor.kind === 'inline' ? '' : ` (${inlineText(anchor.reason, 200)})`;
  const head = `**${BADGE[finding.severity]}: ${inlineText(finding.title, TITLE_LIMIT)}** at ${code(place.slice(0, PATH_LIMIT))}${why}`;
  if (bodyChars === 0) return `- ${head}`;
  return `${head}\n\n${modelText(finding.body, bodyChars)}\n\n<sub>${foundBy(reported)}</sub>`;
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
        `- ${code(file.path.slice(0, PATH_LIMIT))}: ${file.read}${file.reason === null ? '' : `, ${inlineText(file.reason, 200)}`}`,
    );
  const rest = partly.length > COVERAGE_SHOWN ? [`- and ${partly.length - COVERAGE_SHOWN} more`] : [];
  return [line, ...named, ...rest].join('\n');
}

/** The review's check run at any moment. Never red for our own trouble: a review that could not be made is neutral and says why. */
export function reviewCheck(records: TaskRecords, headSha: string): EffectAction {
  const { task } = records;
  const base = { kind: 'check_run', name: 'HyperCode Crew review', headSha, annotations: [] } as const;
  const summary =
    [modelText(task.reason ?? '', BODY_LIMIT), checklist(records)]
      .filter((part) => part !== '')
      .join('\n\n') || 'The crew has taken this up.';
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
      records.task.reason === null ? oneLine(review) : modelText(records.task.reason, BODY_LIMIT),
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
