/** The check run of a review, at any moment of its life. Never red for our own trouble: what could not be made is neutral and says why. */

import type { Annotation, EffectAction } from '../effect-records.ts';
import type { Anchor, Severity } from '../result-records.ts';
import { pathNow } from '../review/finding-place.ts';
import { type AssembledReview, assembledOf } from '../review/review-assembly.ts';
import { conclusionOf } from '../review/review-verdict.ts';
import { rank } from '../review/severity.ts';
import type { TaskRecords } from '../store-ports.ts';
import { FINDING_BODY_LIMIT, titleOf } from './finding-comment.ts';
import { count, inlineText, joined, modelText, usd } from './format.ts';
import { checklist } from './progress.ts';
import { detailsOf, oneLine } from './review-body.ts';

/** Of every check run that the crew makes: GitHub shows the newest of a name. */
export const REVIEW_CHECK_NAME = 'HyperCode Crew review';
const TITLE_LIMIT = 120;
/** GitHub's limit of annotations in one request. */
const ANNOTATIONS_LIMIT = 50;
/** Open findings of earlier reviews that are named. */
const OPEN_SHOWN = 50;

export function reviewCheck(records: TaskRecords, headSha: string): EffectAction {
  const { task } = records;
  const base = { kind: 'check_run', name: REVIEW_CHECK_NAME, headSha, annotations: [] } as const;
  const summary = joined([modelText(task.reason ?? '', FINDING_BODY_LIMIT), checklist(records)]);
  const said = summary === '' ? 'The crew has taken this up.' : summary;
  switch (task.state) {
    case 'done':
      return { ...base, status: 'completed', ...verdict(records) };
    case 'failed':
    case 'over_budget': {
      const title = 'The review could not be finished';
      return { ...base, status: 'completed', conclusion: 'neutral', title, summary: said };
    }
    case 'stopped': {
      const title = 'The review was stopped';
      return { ...base, status: 'completed', conclusion: 'cancelled', title, summary: said };
    }
    default: {
      const status = task.state === 'queued' ? 'queued' : 'in_progress';
      return { ...base, status, conclusion: null, title: whatRuns(records), summary: said };
    }
  }
}

function whatRuns({ subtasks }: TaskRecords): string {
  if (subtasks.some(({ kind }) => kind === 'refute')) return 'Taking a second look at what was found';
  const readers = new Set(subtasks.filter(({ kind }) => kind === 'review').map(({ role }) => role)).size;
  return readers === 0 ? 'Reading what changed' : `${count(readers, 'specialist')} reading`;
}

function verdict(records: TaskRecords) {
  const { task } = records;
  const review = assembledOf(records);
  const conclusion = conclusionOf(review, task.request.config.failOn);
  return {
    conclusion,
    title: titleFor(review, conclusion),
    summary: joined([
      task.reason === null ? '' : modelText(task.reason, FINDING_BODY_LIMIT),
      oneLine(review),
      openText(review),
      ...detailsOf(records, review),
      `Cost: ${usd(task.costUsd)}.`,
    ]),
    annotations: annotationsOf(review),
  } as const;
}

function titleFor(review: AssembledReview, conclusion: ReturnType<typeof conclusionOf>): string {
  const { inline, folded, earlier, failedRoles, overLimit } = review;
  const [news, open] = [inline.length + folded.length, earlier.open.length];
  if (news > 0) return `${count(news, 'finding')}${open === 0 ? '' : `, and ${open} still open`}`;
  if (open > 0) return `No new finding, ${open} still open`;
  if (conclusion === 'skipped') return 'Nothing to read';
  const unread = review.coverage.filter(({ read }) => read !== 'full').length;
  if (failedRoles.length > 0) return 'No finding, but not everybody could finish';
  if (overLimit > 0) return `No finding stands, but ${overLimit} over a limit left out`;
  return unread === 0 ? 'No finding' : `No finding; ${count(unread, 'file')} not read in full`;
}

function openText({ earlier }: AssembledReview): string {
  if (earlier.open.length === 0) return '';
  const lines = earlier.open.slice(0, OPEN_SHOWN).map((one) => {
    const { finding, now } = one;
    const place = now === null ? pathNow(one) : `${now.path}:${now.line}`;
    return `- ${finding.severity}: ${inlineText(finding.title, TITLE_LIMIT)} (${inlineText(place, 300)})`;
  });
  const left = earlier.open.length - OPEN_SHOWN;
  return ['Still open from earlier reviews:', ...lines, ...(left > 0 ? [`- and ${left} more`] : [])].join(
    '\n',
  );
}

interface Annotated {
  readonly anchor: Anchor | null;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
}

/** Of what is new and what is still open, the gravest first: on lines of the head, since GitHub shows no others. */
function annotationsOf({ inline, folded, earlier }: AssembledReview): readonly Annotation[] {
  const news = [...inline, ...folded].map(({ anchor, finding }): Annotated => {
    return { anchor, severity: finding.severity, title: titleOf(finding), message: finding.body };
  });
  const open = earlier.open.map(({ finding, now }): Annotated => {
    return { anchor: now, severity: finding.severity, title: finding.title, message: finding.body };
  });
  return [...news, ...open]
    .sort((a, b) => rank(a.severity) - rank(b.severity))
    .flatMap(annotation)
    .slice(0, ANNOTATIONS_LIMIT);
}

function annotation({ anchor, severity, title, message }: Annotated): readonly Annotation[] {
  if (anchor?.kind !== 'inline' || anchor.side !== 'RIGHT') return [];
  const level = severity === 'low' ? 'notice' : severity === 'medium' ? 'warning' : 'failure';
  return [
    {
      path: anchor.path,
      startLine: anchor.startLine ?? anchor.line,
      endLine: anchor.line,
      level,
      title: title.slice(0, TITLE_LIMIT).toWellFormed(),
      message: (message.trim() === '' ? title : message).slice(0, FINDING_BODY_LIMIT).toWellFormed(),
    },
  ];
}
