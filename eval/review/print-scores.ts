/** The scores as a table for people, and as data. Pure. */
import type Table from 'cli-table3';
import { measuresTable, spentCells } from '../shared/measures.ts';
import type { CaseOutcome, CaseScore } from './run-case.ts';
import type { Counts } from './score.ts';
import { LINE_TOLERANCE, ratesOf, sumOf } from './score.ts';

const HEAD = ['case', 'found', 'findings', 'dup.', 'precision', 'recall', 'F1', 'comments', 'cost', 'time'];

export function printScores(outcomes: readonly CaseOutcome[]): string {
  const table = measuresTable(HEAD);
  for (const outcome of outcomes) table.push(rowOf(outcome));
  const sum = summaryOf(outcomes);
  table.push([`sum of ${sum.reviews}`, ...cells(sum.counts, sum.commentsPerReview.toFixed(2), sum)]);
  const notes = [
    `A finding matches within ${LINE_TOLERANCE} lines; duplicates count as false. comments: inline; in the sum, per review.`,
    ...outcomes.flatMap(missesOf),
  ];
  return `${table.toString()}\n${notes.join('\n')}\n`;
}

interface Summary {
  readonly reviews: number;
  readonly failed: number;
  readonly counts: Counts;
  readonly commentsPerReview: number;
  readonly findingsPerReview: number;
  readonly costUsd: number;
  readonly durationMs: number;
}

/** Of the cases that could be reviewed. */
function summaryOf(outcomes: readonly CaseOutcome[]): Summary {
  const scores = outcomes.flatMap((outcome) => (outcome.kind === 'scored' ? [outcome.score] : []));
  const sum = (of: (score: CaseScore) => number): number => scores.reduce((total, one) => total + of(one), 0);
  const counts = sumOf(scores.map((score) => score.counts));
  const reviews = scores.length;
  return {
    reviews,
    failed: outcomes.length - reviews,
    counts,
    commentsPerReview: reviews === 0 ? 0 : sum((score) => score.comments) / reviews,
    findingsPerReview: reviews === 0 ? 0 : counts.findings / reviews,
    costUsd: sum((score) => score.costUsd),
    durationMs: sum((score) => score.durationMs),
  };
}

/** What `--json` writes. */
export function scoresAsData(outcomes: readonly CaseOutcome[]): object {
  const summary = summaryOf(outcomes);
  return {
    line_tolerance: LINE_TOLERANCE,
    cases: outcomes.map((outcome) =>
      outcome.kind === 'failed'
        ? { name: outcome.case.name, state: 'failed', reason: outcome.reason }
        : { name: outcome.case.name, about: outcome.case.about, state: 'scored', ...dataOf(outcome.score) },
    ),
    sum: {
      reviews: summary.reviews,
      failed: summary.failed,
      ...countsAsData(summary.counts),
      comments_per_review: summary.commentsPerReview,
      findings_per_review: summary.findingsPerReview,
      cost_usd: summary.costUsd,
      duration_ms: summary.durationMs,
    },
  };
}

function dataOf({ counts, findings, missed, comments, costUsd, durationMs, report }: CaseScore): object {
  const { usage, coverage } = report;
  const measured = { comments, cost_usd: costUsd, duration_ms: durationMs };
  return { ...countsAsData(counts), ...measured, findings, missed, usage, coverage };
}

function countsAsData(counts: Counts): object {
  return {
    findings_count: counts.findings,
    true_findings: counts.trueFindings,
    duplicates: counts.duplicates,
    expected: counts.expected,
    expected_found: counts.expectedFound,
    ...ratesOf(counts),
  };
}

function rowOf(outcome: CaseOutcome): Table.HorizontalTableRow {
  if (outcome.kind === 'failed') {
    return [
      outcome.case.name,
      { content: `failed: ${outcome.reason}`.slice(0, 100), colSpan: HEAD.length - 1 },
    ];
  }
  const { score } = outcome;
  return [outcome.case.name, ...cells(score.counts, String(score.comments), score)];
}

function cells(counts: Counts, comments: string, spent: Parameters<typeof spentCells>[0]): readonly string[] {
  const { precision, recall, f1 } = ratesOf(counts);
  return [
    `${counts.expectedFound}/${counts.expected}`,
    `${counts.findings}`,
    `${counts.duplicates}`,
    rate(precision),
    rate(recall),
    rate(f1),
    comments,
    ...spentCells(spent),
  ];
}

function rate(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

function missesOf(outcome: CaseOutcome): readonly string[] {
  if (outcome.kind === 'failed') return [];
  return outcome.score.missed.map(
    ({ path, lines, about }) => `missed in ${outcome.case.name}: ${path}:${lines[0]}-${lines[1]} ${about}`,
  );
}
