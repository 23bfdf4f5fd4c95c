/**
 * `crew review`: the crew's review of a range of commits in a clone on this machine, without GitHub. The folder that it runs
 * in may be hostile: of settings, it takes the process' environment alone.
 */
import pc from 'picocolors';
import type { Severity } from '../core/result-records.ts';
import { isAtLeast } from '../core/review/severity.ts';
import { type LocalTaskEnd, readRange } from '../wire.ts';
import {
  asData,
  EXIT_TROUBLE,
  type JsonTarget,
  type LocalRun,
  runLocally,
  withLocalCrew,
  writeReport,
} from './local-command.ts';
import { printReview } from './print-review.ts';
import { type ReviewReport, reviewReportOf, wasMade, whyNotMade } from './review-report.ts';

export interface ReviewOptions {
  readonly repo: string;
  readonly base: string | null;
  readonly head: string;
  readonly json: JsonTarget;
  readonly failOn: Severity | null;
}

const EXIT_CLEAN = 0;
const EXIT_FOUND = 1;

/** Ends the process: with 0, with 1 for a finding from `failOn` up, with 2 when no review was made. */
export async function review(options: ReviewOptions): Promise<void> {
  const { json, failOn } = options;
  await runLocally({ name: 'review', json }, async (run) => {
    const { records, durationMs } = await made(options, run);
    const report = reviewReportOf(records);
    show(report, durationMs, json, run.tell);
    const kept = await writeReport(report, json, run.tell);
    if (!kept || !wasMade(report)) return EXIT_TROUBLE;
    return reaches(report, failOn) ? EXIT_FOUND : EXIT_CLEAN;
  });
}

async function made({ repo, base, head }: ReviewOptions, run: LocalRun): Promise<LocalTaskEnd> {
  const { config, signal, tell } = run;
  return withLocalCrew(
    run,
    (stagingDir) => readRange({ dir: repo, base, head, stagingDir, path: config.path, signal }),
    (crew, range) => crew.review({ range, signal, onProblem: tell }),
  );
}

function show(report: ReviewReport, durationMs: number, json: JsonTarget, tell: LocalRun['tell']): void {
  if (json === '-') {
    process.stdout.write(asData(report));
    if (!wasMade(report)) tell(whyNotMade(report));
    return;
  }
  const text = printReview(report, pc, durationMs);
  if (wasMade(report)) process.stdout.write(text);
  else process.stderr.write(text);
}

function reaches({ findings }: ReviewReport, failOn: Severity | null): boolean {
  return failOn !== null && findings.some(({ severity }) => isAtLeast(severity, failOn));
}
