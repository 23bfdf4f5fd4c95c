/** One case: the crew reviews it, and what would have been published is scored. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReviewReport } from '../../src/cli/review-report.ts';
import { reviewReportOf, wasMade, whyNotMade } from '../../src/cli/review-report.ts';
import { errorMessage } from '../../src/core/errors.ts';
import { type LocalCrew, readRange } from '../../src/wire.ts';
import { buildRange } from './build-range.ts';
import { checkInRange } from './check-places.ts';
import type { Case } from './load-case.ts';
import type { Counts, Expected, Verdict } from './score.ts';
import { countsOf, judge } from './score.ts';

export type CaseOutcome =
  | { readonly kind: 'scored'; readonly case: Case; readonly score: CaseScore }
  /** No review was made: it counts nowhere. */
  | { readonly kind: 'failed'; readonly case: Case; readonly reason: string };

export interface CaseScore {
  readonly counts: Counts;
  readonly findings: readonly (ReviewReport['findings'][number] & { readonly verdict: Verdict })[];
  readonly missed: readonly Expected[];
  /** Findings that stand as comments on their lines; the others are folded in the body. */
  readonly comments: number;
  readonly costUsd: number;
  readonly durationMs: number;
  readonly report: ReviewReport;
}

export async function runCase(
  one: Case,
  { crew, path, signal }: { readonly crew: LocalCrew; readonly path: string; readonly signal: AbortSignal },
): Promise<CaseOutcome> {
  const work = await mkdtemp(join(tmpdir(), 'crew-eval-'));
  try {
    const { source } = one;
    const range =
      source.kind === 'folders' ? await buildRange(source, join(work, `${one.name}.git`)) : source;
    const { dir, base, head } = range;
    const read = await readRange({ dir, base, head, stagingDir: join(work, 'clone.git'), path, signal });
    await checkInRange({ gitDir: read.gitDir, ...read.pullRequest }, one.expected);
    const { records, durationMs } = await crew.review({ range: read, signal, onProblem: () => {} });
    const report = reviewReportOf(records);
    if (wasMade(report)) return { kind: 'scored', case: one, score: scoreOf(one, report, durationMs) };
    return {
      kind: 'failed',
      case: one,
      reason: whyNotMade(report),
    };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'failed', case: one, reason: errorMessage(error) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function scoreOf({ expected }: Case, report: ReviewReport, durationMs: number): CaseScore {
  const judged = judge(report.findings, expected);
  return {
    counts: countsOf(judged, expected.length),
    findings: report.findings.map((finding, index) => ({
      ...finding,
      verdict: judged.verdicts[index] ?? 'false',
    })),
    missed: judged.missed.flatMap((index) => expected[index] ?? []),
    comments: report.findings.filter(({ published }) => published === 'inline').length,
    costUsd: report.cost_usd,
    durationMs,
    report,
  };
}
