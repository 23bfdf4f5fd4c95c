/** A review as people read it in a terminal. Every text of it is anybody's: none reaches the terminal as a command. Pure. */
import { type Colors, indented, line, plainText, seconds, upTo } from './plain-text.ts';
import {
  hadNothingToRead,
  type ReportedFinding,
  type ReviewReport,
  wasMade,
  whyNotMade,
} from './review-report.ts';

const SKIPPED_SHOWN_MAX = 20;

export function printReview(report: ReviewReport, colors: Colors, durationMs: number): string {
  const parts = [
    headline(report, colors),
    ...report.findings.map((finding) => findingText(finding, colors)),
    coverageText(report, colors),
    whoText(report, colors),
    costText(report, colors, durationMs),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function headline(report: ReviewReport, colors: Colors): string {
  const { findings } = report;
  if (!wasMade(report)) return colors.red(line(whyNotMade(report)));
  if (hadNothingToRead(report)) return colors.yellow(whyNobody(report));
  if (findings.length === 0) return colors.green('Nothing to report.');
  const counts = Map.groupBy(findings, (finding) => finding.severity);
  const named = [...counts].map(([severity, found]) => `${found.length} ${severity}`).join(', ');
  return colors.bold(`${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}: ${named}`);
}

function whyNobody({ coverage }: ReviewReport): string {
  return coverage.length === 0
    ? 'The range changes no file.'
    : 'Nothing that the crew reads was changed: nobody reviewed it.';
}

function findingText(finding: ReportedFinding, colors: Colors): string {
  const who = finding.roles.map(line).join(', ');
  const also = finding.also_at
    .map(({ path, line: at }) => (at === null ? line(path) : `${line(path)}:${at}`))
    .join(', ');
  return [
    `${mark(finding, colors)} ${colors.bold(line(finding.title))}`,
    colors.cyan(`${placeOf(finding)}`) + colors.dim(`  ${line(finding.category)}, by ${who}`),
    indented(plainText(finding.body).trim()),
    ...(also === '' ? [] : [indented(`Also at ${also}`)]),
    ...suggestionText(finding, colors),
  ].join('\n');
}

function placeOf({ path, side, start_line: start, line: end }: ReportedFinding): string {
  const lines = start === null || start === end ? `${end}` : `${start}-${end}`;
  return `${line(path)}:${lines}${side === 'LEFT' ? ' (removed lines)' : ''}`;
}

function mark({ severity }: ReportedFinding, colors: Colors): string {
  const text = severity.toUpperCase().padEnd(8);
  switch (severity) {
    case 'critical':
    case 'high':
      return colors.red(text);
    case 'medium':
      return colors.yellow(text);
    case 'low':
      return colors.dim(text);
  }
}

function suggestionText({ quote, suggestion }: ReportedFinding, colors: Colors): readonly string[] {
  if (quote === null || suggestion === null) return [];
  const removed = linesOf(quote).map((text) => colors.red(`- ${text}`));
  const added = suggestion === '' ? [] : linesOf(suggestion).map((text) => colors.green(`+ ${text}`));
  return [indented([...removed, ...added].join('\n'))];
}

function coverageText({ coverage }: ReviewReport, colors: Colors): string {
  if (coverage.length === 0) return '';
  const full = coverage.filter(({ read }) => read === 'full').length;
  const less = coverage.filter(({ read }) => read !== 'full');
  const texts = less.map(
    ({ path, read, reason }) => `${line(path)}: ${read}${reason === null ? '' : `, ${line(reason)}`}`,
  );
  const sum = colors.bold(`Read in full: ${full} of ${coverage.length} changed files`);
  return [sum, ...upTo(SKIPPED_SHOWN_MAX, texts).map((text) => indented(text))].join('\n');
}

function whoText({ reviewers, failed_reviewers: failed }: ReviewReport, colors: Colors): string {
  const failures = [...Map.groupBy(failed, ({ message }) => line(message))].map(([message, alike]) =>
    colors.yellow(`${alike.map(({ role }) => line(role)).join(', ')} could not review: ${message}`),
  );
  const who = reviewers.length === 0 ? [] : [`Reviewed by ${reviewers.map(line).join(', ')}`];
  return [...who, ...failures].join('\n');
}

function costText({ cost_usd: costUsd, usage }: ReviewReport, colors: Colors, durationMs: number): string {
  const tokens = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
  return colors.dim(
    `$${costUsd.toFixed(4)}, ${usage.turns} model calls, ${tokens} tokens in (${usage.cache_read_tokens} from the cache), ${usage.output_tokens} out, ${seconds(durationMs)}`,
  );
}

function linesOf(text: string): readonly string[] {
  return plainText(text).replace(/\n$/, '').split('\n');
}
