/** What was resolved, as a table for people, and as data. Pure. */
import type Table from 'cli-table3';
import { line } from '../../src/cli/plain-text.ts';
import { measuresTable, spentCells } from '../shared/measures.ts';
import type { CaseOutcome, Measured } from './run-case.ts';

const HEAD = ['case', 'resolved', 'cost', 'time', 'files', '+', '−', 'own checks'];
const REASON_MAX_CHARS = 600;
const OUTPUT_MAX_CHARS = 4_000;

export function printOutcomes(outcomes: readonly CaseOutcome[]): string {
  const table = measuresTable(HEAD);
  for (const outcome of outcomes) table.push(rowOf(outcome));
  const sum = summaryOf(outcomes);
  table.push([
    `sum of ${sum.cases}`,
    `${sum.resolved}/${sum.cases}`,
    ...cells({ ...sum, diff: sum }),
    `${sum.green}/${sum.checks}`,
  ]);
  const notes = outcomes.flatMap((outcome) => {
    if (outcome.kind === 'resolved') return [];
    const how = outcome.kind === 'failed' ? 'failed' : 'not resolved';
    return [`${how}: ${outcome.case.name}: ${line(outcome.reason).slice(0, REASON_MAX_CHARS)}`];
  });
  return `${[table.toString(), ...notes].join('\n')}\n`;
}

/** What `--json` writes. */
export function outcomesAsData(outcomes: readonly CaseOutcome[]): object {
  const { costUsd, durationMs, ...sum } = summaryOf(outcomes);
  return {
    cases: outcomes.map((outcome) => {
      const of = { name: outcome.case.name, about: outcome.case.about, state: outcome.kind };
      if (outcome.kind === 'failed') return { ...of, reason: outcome.reason };
      const reason = outcome.kind === 'unresolved' ? outcome.reason : null;
      return { ...of, reason, ...dataOf(outcome.measured) };
    }),
    sum: { ...sum, cost_usd: costUsd, duration_ms: durationMs },
  };
}

interface Summary {
  /** That were measured. */
  readonly cases: number;
  readonly failed: number;
  readonly resolved: number;
  readonly costUsd: number;
  readonly durationMs: number;
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
  readonly checks: number;
  readonly green: number;
}

function summaryOf(outcomes: readonly CaseOutcome[]): Summary {
  const measured = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [] : [outcome.measured]));
  const sum = (of: (one: Measured) => number): number => measured.reduce((total, one) => total + of(one), 0);
  return {
    cases: measured.length,
    failed: outcomes.length - measured.length,
    resolved: outcomes.filter(({ kind }) => kind === 'resolved').length,
    costUsd: sum((one) => one.costUsd),
    durationMs: sum((one) => one.durationMs),
    files: sum(({ diff }) => diff.files),
    additions: sum(({ diff }) => diff.additions),
    deletions: sum(({ diff }) => diff.deletions),
    checks: sum(({ report }) => report.checks.length),
    green: sum(greenOf),
  };
}

function rowOf(outcome: CaseOutcome): Table.HorizontalTableRow {
  if (outcome.kind === 'failed') {
    return [outcome.case.name, { content: 'failed: not measured', colSpan: HEAD.length - 1 }];
  }
  const { measured } = outcome;
  return [
    outcome.case.name,
    outcome.kind === 'resolved' ? 'yes' : 'no',
    ...cells(measured),
    `${greenOf(measured)}/${measured.report.checks.length}`,
  ];
}

function cells({ diff, ...spent }: Pick<Measured, 'costUsd' | 'durationMs' | 'diff'>) {
  return [...spentCells(spent), ...[diff.files, diff.additions, diff.deletions].map(String)];
}

function greenOf({ report }: Measured): number {
  return report.checks.filter(({ exit_code: status }) => status === 0).length;
}

function dataOf({ report, costUsd, durationMs, diff, hidden }: Measured): object {
  return {
    cost_usd: costUsd,
    duration_ms: durationMs,
    diff,
    hidden:
      hidden === null
        ? null
        : {
            exit_code: hidden.exitCode,
            timed_out: hidden.timedOut,
            output: hidden.output.slice(-OUTPUT_MAX_CHARS),
          },
    report,
  };
}
