/**
 * `crew review`: the crew's review of a range of commits in a clone on this machine, without GitHub. The folder that it runs
 * in may be hostile: of settings, it takes the process' environment alone.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { type Config, parseConfig, readProcessEnvironment, reviewSettings } from '../config.ts';
import { ConfigError, errorMessage } from '../core/errors.ts';
import type { Severity } from '../core/records.ts';
import { isAtLeast } from '../core/review/severity.ts';
import { createLog, type LocalReview, openLocalCrew, readRange } from '../wire.ts';
import { checkWritable, unwritable } from './check-writable.ts';
import { narrateReview } from './narrate-review.ts';
import { plainText, printReview } from './print-review.ts';
import { type ReviewReport, reviewReportOf, wasMade, whyNotMade } from './review-report.ts';

export interface ReviewOptions {
  readonly repo: string;
  readonly base: string | null;
  readonly head: string;
  /** File; `-` for standard output, which then holds nothing else. */
  readonly json: string | null;
  readonly failOn: Severity | null;
}

const EXIT_CLEAN = 0;
const EXIT_FOUND = 1;
const EXIT_TROUBLE = 2;
const EXIT_INTERRUPTED = 130;
/** More than all parts together may take to end. */
const CLOSE_TIMEOUT_MS = 15_000;

/** Ends the process: with 0, with 1 for a finding from `failOn` up, with 2 when no review was made. */
export async function review(options: ReviewOptions): Promise<void> {
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    if (!interruption.signal.aborted) tell('interrupted; ending what runs');
    interruption.abort(new Interrupted(signal));
    setTimeout(() => process.exit(EXIT_INTERRUPTED), CLOSE_TIMEOUT_MS).unref();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  // A reader that has seen enough, such as `head`, is no trouble.
  process.stdout.on('error', () => {});
  const status = await statusOf(options, interruption.signal);
  process.stdout.write('', () => process.exit(status));
}

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

async function statusOf(options: ReviewOptions, signal: AbortSignal): Promise<number> {
  try {
    const { json } = options;
    if (json !== null && json !== '-') await checkWritable(json);
    const config = parseConfig(reviewSettings(readProcessEnvironment()), process.stderr.isTTY);
    const { records, durationMs } = await made(config, options, signal);
    const report = reviewReportOf(records);
    show(report, durationMs, json);
    const kept = json === null || json === '-' || (await isWritten(report, json));
    if (!kept || !wasMade(report)) return EXIT_TROUBLE;
    return reaches(report, options.failOn) ? EXIT_FOUND : EXIT_CLEAN;
  } catch (error) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    const known = error instanceof ConfigError;
    tell(known || !(error instanceof Error) ? errorMessage(error) : (error.stack ?? error.message));
    return EXIT_TROUBLE;
  }
}

async function made(config: Config, options: ReviewOptions, signal: AbortSignal): Promise<LocalReview> {
  const dir = await mkdtemp(join(tmpdir(), 'crew-clone-'));
  try {
    const { repo, base, head } = options;
    const stagingDir = join(dir, 'clone.git');
    const range = await readRange({ dir: repo, base, head, stagingDir, path: config.path, signal });
    if (config.sandbox === 'off')
      tell('CREW_SANDBOX=off: commands of agents run with the rights of this process');
    const crew = await openLocalCrew(config, createLog(config));
    try {
      await crew.subscribe((event) => {
        const told = narrateReview(event);
        if (told !== null && !signal.aborted) tell(told);
      });
      return await crew.review({ range, signal, onProblem: tell });
    } finally {
      await crew.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

function show(report: ReviewReport, durationMs: number, json: string | null): void {
  if (json === '-') {
    process.stdout.write(asData(report));
    if (!wasMade(report)) tell(whyNotMade(report));
    return;
  }
  const text = printReview(report, pc, durationMs);
  if (wasMade(report)) process.stdout.write(text);
  else process.stderr.write(text);
}

/** After it was shown: what was paid for is not lost with a file. */
async function isWritten(report: ReviewReport, file: string): Promise<boolean> {
  try {
    await writeFile(file, asData(report));
    return true;
  } catch (error) {
    tell(unwritable(file, error));
    return false;
  }
}

function asData(report: ReviewReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

function reaches({ findings }: ReviewReport, failOn: Severity | null): boolean {
  return failOn !== null && findings.some(({ severity }) => isAtLeast(severity, failOn));
}

function tell(line: string): void {
  process.stderr.write(`${pc.dim('crew review:')} ${plainText(line)}\n`);
}
