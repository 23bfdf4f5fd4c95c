/** A review as data: what `crew review --json` writes, what is printed from, and what an evaluation scores. */
import { z } from 'zod';
import { SEVERITIES } from '../core/answers.ts';
import { TASK_ENDS } from '../core/records.ts';
import type { Reported } from '../core/review/candidates.ts';
import { type AssembledReview, assembledOf } from '../core/review/review-assembly.ts';
import { TOO_LARGE } from '../core/review/review-plan.ts';
import type { TaskRecords } from '../core/store-ports.ts';

const count = z.int().min(0);

const reportedFindingSchema = z.strictObject({
  path: z.string().describe('file, from the top of the repository'),
  side: z.enum(['RIGHT', 'LEFT']).describe('RIGHT: lines as the head has them; LEFT: as the base has them'),
  start_line: z.number().nullable().describe('first line of a range; null for a single line'),
  line: z.number().describe('the line, or the last of the range'),
  severity: z.enum(SEVERITIES).describe('by consequence at run time'),
  category: z.string(),
  title: z.string(),
  body: z.string().describe('the concrete way in which it fails; Markdown'),
  evidence: z.string(),
  roles: z.array(z.string()).describe('specialists that found it, the one whose words are used first'),
  confidence: z.number().describe('0 to 1, as the specialist put it'),
  published: z
    .enum(['inline', 'body'])
    .describe("inline: a comment on its lines; body: folded in the review's body"),
  also_at: z
    .array(z.strictObject({ path: z.string(), line: z.number().nullable() }))
    .describe('other places with the same fault'),
  quote: z.string().nullable().describe('the lines that it stands on; null in the body'),
  suggestion: z.string().nullable().describe('text that replaces exactly these lines, or null'),
});

export const reviewReportSchema = z
  .strictObject({
    findings: z.array(reportedFindingSchema).describe('what would be published, gravest first'),
    coverage: z
      .array(
        z.strictObject({
          path: z.string(),
          read: z.enum(['full', 'part', 'skipped']),
          reason: z.string().nullable().describe('why not in full'),
        }),
      )
      .describe('every changed file, and how much of it was read'),
    reviewers: z.array(z.string()).describe('specialists that came to an answer'),
    failed_reviewers: z
      .array(z.strictObject({ role: z.string(), message: z.string() }))
      .describe('specialists that did not: what they would have found is missing'),
    usage: z
      .strictObject({
        turns: count,
        input_tokens: count,
        output_tokens: count,
        cache_read_tokens: count,
        cache_write_tokens: count,
      })
      .describe('of all model calls together'),
    cost_usd: z.number().min(0),
    state: z.enum(TASK_ENDS).describe('done, or how it ended otherwise'),
    reason: z.string().nullable().describe('why, where that needs saying'),
    base_sha: z.string(),
    head_sha: z.string(),
  })
  .describe('One review, as `crew review --json` writes it.');

export type ReviewReport = z.infer<typeof reviewReportSchema>;
export type ReportedFinding = ReviewReport['findings'][number];

/** Of a review task that has ended. What an ended task did not come to is empty. */
export function reviewReportOf(records: TaskRecords): ReviewReport {
  const { task } = records;
  if (task.request.kind !== 'review') throw new TypeError(`a report is of a review, not of ${task.kind}`);
  const assembled = assembledOf(records);
  const { baseSha, headSha } = task.request.pullRequest;
  return reviewReportSchema.parse({
    findings: findingsOf(assembled),
    coverage: assembled.coverage.map(({ path, read, reason }) => ({ path, read, reason })),
    reviewers: [...assembled.roles],
    failed_reviewers: assembled.failedRoles.map(({ role, message }) => ({ role, message })),
    usage: usageOf(records),
    cost_usd: task.costUsd,
    state: task.state,
    reason: task.reason,
    base_sha: baseSha,
    head_sha: headSha,
  });
}

/** A review by nobody is none, unless there was nothing to be read. */
export function wasMade(report: ReviewReport): boolean {
  return report.state === 'done' && (report.reviewers.length > 0 || hadNothingToRead(report));
}

/** What a limit kept from being read would have been read: it does not count as nothing. */
export function hadNothingToRead({ reviewers, failed_reviewers: failed, coverage }: ReviewReport): boolean {
  const unread = coverage.every(({ read, reason }) => read === 'skipped' && reason !== TOO_LARGE);
  return reviewers.length === 0 && failed.length === 0 && unread;
}

/** Of a review that was not made. */
export function whyNotMade({ state, reason }: ReviewReport): string {
  if (state === 'done') return 'The review could not be made: nobody read the change.';
  return `The review could not be made (${state}): ${reason ?? ''}`;
}

function findingsOf({ inline, folded }: AssembledReview): readonly ReportedFinding[] {
  return [
    ...inline.flatMap((reported) => saidTogether(reported, 'inline')),
    ...folded.flatMap((reported) => saidTogether(reported, 'body')),
  ];
}

/** Other faults on the same lines stand in the same comment, and are findings of their own here. */
function saidTogether(
  { also, places, ...reported }: Reported,
  published: ReportedFinding['published'],
): readonly ReportedFinding[] {
  return [
    reportedFinding({ ...reported, places }, published),
    ...also.map((one) => reportedFinding({ ...one, places: one.finding.also_at }, published)),
  ];
}

function reportedFinding(
  { finding, anchor, roles, places }: Pick<Reported, 'finding' | 'anchor' | 'roles' | 'places'>,
  published: ReportedFinding['published'],
): ReportedFinding {
  const { severity, category, title, body, evidence, confidence } = finding;
  const place =
    anchor.kind === 'inline'
      ? { path: anchor.path, side: anchor.side, start_line: anchor.startLine, line: anchor.line }
      : { path: finding.path, side: finding.side, start_line: finding.start_line, line: finding.line };
  return {
    ...place,
    severity,
    category,
    title,
    body,
    evidence,
    roles: [...roles],
    confidence,
    published,
    also_at: places.map(({ path, line }) => ({ path, line })),
    quote: anchor.kind === 'inline' ? anchor.quote : null,
    suggestion: anchor.kind === 'inline' ? anchor.suggestion : null,
  };
}

function usageOf({ results }: TaskRecords): ReviewReport['usage'] {
  const sum = (of: (usage: (typeof results)[number]['usage']) => number): number =>
    results.reduce((total, { usage }) => total + of(usage), 0);
  return {
    turns: sum((usage) => usage.turns),
    input_tokens: sum((usage) => usage.inputTokens),
    output_tokens: sum((usage) => usage.outputTokens),
    cache_read_tokens: sum((usage) => usage.cacheReadTokens),
    cache_write_tokens: sum((usage) => usage.cacheWriteTokens),
  };
}
