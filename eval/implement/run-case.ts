/** One case: its hidden tests must fail on the base; the crew does the task; they are run on the crew's branch. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { simpleGit } from 'simple-git';
import { printQuestions } from '../../src/cli/print-plan.ts';
import { type RunReport, runReportOf } from '../../src/cli/run-report.ts';
import { ConfigError, errorMessage } from '../../src/core/errors.ts';
import type { CheckRunRecord, FailureCause } from '../../src/core/result-records.ts';
import { type LocalBase, type LocalTaskEnd, pushedHead, readBase } from '../../src/wire.ts';
import { buildRepository } from '../shared/build-repository.ts';
import type { Measuring } from '../shared/evaluate.ts';
import type { Case } from './load-case.ts';

export type CaseOutcome =
  | { readonly kind: 'resolved'; readonly case: Case; readonly measured: Measured }
  | { readonly kind: 'unresolved'; readonly case: Case; readonly measured: Measured; readonly reason: string }
  /** Nothing was measured: it counts nowhere. */
  | { readonly kind: 'failed'; readonly case: Case; readonly reason: string };

export interface Measured {
  readonly report: RunReport;
  /** Of the crew's work alone. */
  readonly durationMs: number;
  readonly costUsd: number;
  readonly diff: DiffSize;
  /** Of the hidden tests; null where the crew made no branch. */
  readonly hidden: CheckRunRecord | null;
}

export interface DiffSize {
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
}

const BRANCH = 'crew/case';
const PLAIN = pc.createColors(false);
const GIT_TIMEOUT_MS = 30_000;
const OUTPUT_SHOWN_CHARS = 1_000;
/** By these nothing is said of the crew's work. */
const TROUBLE: readonly FailureCause[] = ['model_unavailable', 'workspace', 'lost', 'internal', 'stopped'];
/** What a shell answers for a command that is not there, or cannot be started. */
const NOT_STARTED: readonly (number | null)[] = [126, 127];

export async function runCase(one: Case, measuring: Measuring): Promise<CaseOutcome> {
  const work = await mkdtemp(join(tmpdir(), 'crew-eval-'));
  try {
    const base = await builtBase(one, work, measuring);
    await refuseIdle(one, base, measuring);
    return await measure(one, base, measuring);
  } catch (error) {
    measuring.signal.throwIfAborted();
    return { kind: 'failed', case: one, reason: errorMessage(error) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function builtBase({ name, source }: Case, work: string, measuring: Measuring): Promise<LocalBase> {
  const dir = source.kind === 'folder' ? join(work, `${name}.git`) : source.dir;
  if (source.kind === 'folder') {
    await buildRepository([{ ref: 'main', folder: source.dir, message: 'The project so far' }], dir);
  }
  const base = source.kind === 'folder' ? 'refs/heads/main' : source.base;
  const { config, signal } = measuring;
  return readBase({ dir, base, stagingDir: join(work, 'clone.git'), path: config.path, signal });
}

/** Tests that pass before anything was done, or that cannot be run, measure nothing. */
async function refuseIdle(one: Case, base: LocalBase, measuring: Measuring): Promise<void> {
  const run = await runHidden(one, base, base.baseSha, measuring);
  if (run.exitCode === 0) {
    throw new ConfigError('The hidden tests pass on the base: they measure nothing.');
  }
  if (NOT_STARTED.includes(run.exitCode)) {
    throw new ConfigError(`The hidden tests cannot be run here: ${run.output.slice(-OUTPUT_SHOWN_CHARS)}`);
  }
}

function runHidden(
  { command, hiddenDir, timeoutMs }: Case,
  { gitDir }: LocalBase,
  sha: string,
  { crew, signal }: Measuring,
): Promise<CheckRunRecord> {
  return crew.check({ gitDir, sha, overlay: hiddenDir, command, timeoutMs, signal });
}

async function measure(one: Case, base: LocalBase, measuring: Measuring): Promise<CaseOutcome> {
  const asked: string[] = [];
  const end = await implemented(one, base, measuring, asked);
  const trouble = troubleOf(end);
  if (trouble !== null) return { kind: 'failed', case: one, reason: trouble };
  const headSha = pushedHead(end.records);
  const hidden = headSha === null ? null : await runHidden(one, base, headSha, measuring);
  const branch = headSha === null ? null : { name: BRANCH, headSha };
  const report = runReportOf({ ...end, branch, planOnly: false, why: asked[0] ?? null });
  const { durationMs } = end;
  const diff = headSha === null ? NO_DIFF : await diffSize(base, headSha);
  const measured = { report, durationMs, costUsd: report.cost_usd, diff, hidden };
  if (hidden?.exitCode === 0) return { kind: 'resolved', case: one, measured };
  return { kind: 'unresolved', case: one, measured, reason: whyNot(report, hidden) };
}

/** Nobody sits there: plans are taken as they are, and a question ends the task. */
function implemented(
  { title, issue }: Case,
  base: LocalBase,
  { crew, signal }: Measuring,
  asked: string[],
): Promise<LocalTaskEnd> {
  return crew.implement({
    base,
    branch: BRANCH,
    title,
    body: issue,
    approval: 'auto',
    role: null,
    signal,
    onProblem: () => {},
    onApproved: () => {},
    decide: async (waiting) => {
      if (waiting.kind === 'plan') return { kind: 'approve' };
      asked.push(printQuestions(waiting.answer, PLAIN).trim());
      return { kind: 'leave' };
    },
  });
}

function troubleOf({ records }: LocalTaskEnd): string | null {
  const failed = records.results.flatMap(({ outcome }) => (outcome.kind === 'failed' ? [outcome] : []));
  const trouble = failed.find(({ cause }) => TROUBLE.includes(cause));
  return records.task.state === 'failed' && trouble !== undefined ? trouble.message : null;
}

function whyNot(report: RunReport, hidden: CheckRunRecord | null): string {
  if (hidden === null) {
    return report.outcome === 'no_change'
      ? 'the crew found that nothing has to be done'
      : `no branch was made: ${report.reason ?? report.state}`;
  }
  const how = hidden.timedOut ? 'did not end in time' : `ended with ${hidden.exitCode ?? 'a signal'}`;
  return `the hidden tests ${how}`;
}

const NO_DIFF: DiffSize = { files: 0, additions: 0, deletions: 0 };

async function diffSize({ gitDir, baseSha }: LocalBase, headSha: string): Promise<DiffSize> {
  const git = simpleGit({
    baseDir: gitDir,
    config: ['safe.bareRepository=all'],
    timeout: { block: GIT_TIMEOUT_MS },
  });
  const text = await git.raw(['diff', '--numstat', '--no-renames', baseSha, headSha]);
  const lines = text.split('\n').filter(Boolean);
  const sum = (column: number): number =>
    // A binary file has no lines: `-`.
    lines.reduce((total, line) => total + (Number(line.split('\t')[column]) || 0), 0);
  return { files: lines.length, additions: sum(0), deletions: sum(1) };
}
