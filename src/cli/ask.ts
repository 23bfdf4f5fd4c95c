/** `crew ask`: a question about a clone on this machine, answered by one specialist. */
import pc from 'picocolors';
import { z } from 'zod';
import { type LocalTaskEnd, readBase } from '../wire.ts';
import {
  asData,
  EXIT_TROUBLE,
  type JsonTarget,
  type LocalRun,
  runLocally,
  withLocalCrew,
  writeReport,
} from './local-command.ts';
import { line, plainText, seconds } from './plain-text.ts';
import { readTask } from './read-task.ts';

export interface AskOptions {
  readonly question: string;
  readonly repo: string;
  readonly base: string;
  /** Null: the Strategist. */
  readonly role: string | null;
  readonly json: JsonTarget;
}

export const askReportSchema = z
  .strictObject({
    answer: z.string().nullable().describe('Markdown; null where none was made'),
    role: z.string(),
    base_sha: z.string(),
    cost_usd: z.number().min(0),
    duration_ms: z.number().min(0),
    state: z.string(),
    reason: z.string().nullable(),
  })
  .describe('An answer, as `crew ask --json` writes it.');

type AskReport = z.infer<typeof askReportSchema>;

/** Ends the process: 0 with an answer, 2 without. */
export async function askQuestion(options: AskOptions): Promise<void> {
  const { json } = options;
  await runLocally({ name: 'ask', json }, async (run) => {
    const report = reportOf(await answered(options, run));
    show(report, json, run.tell);
    const written = await writeReport(report, json, run.tell);
    return written && report.answer !== null ? 0 : EXIT_TROUBLE;
  });
}

async function answered({ question, repo, base, role }: AskOptions, run: LocalRun): Promise<LocalTaskEnd> {
  const { config, signal, tell } = run;
  // Bounded as a task is, and refused when it is empty.
  await readTask(question, null);
  return withLocalCrew(
    run,
    (stagingDir) => readBase({ dir: repo, base, stagingDir, path: config.path, signal }),
    (crew, read) => crew.ask({ base: read, question: question.trim(), role, signal, onProblem: tell }),
  );
}

function reportOf({ records, durationMs }: LocalTaskEnd): AskReport {
  const { task, results, subtasks } = records;
  const outcome = results.find((result) => result.outcome.kind === 'answer')?.outcome;
  return askReportSchema.parse({
    answer: outcome?.kind === 'answer' ? outcome.answer.answer : null,
    role: subtasks.find(({ kind }) => kind === 'answer')?.role ?? 'strategist',
    base_sha: task.request.kind === 'ask' ? task.request.baseSha : '',
    cost_usd: task.costUsd,
    duration_ms: durationMs,
    state: task.state,
    reason: task.reason,
  });
}

function show(report: AskReport, json: JsonTarget, tell: LocalRun['tell']): void {
  if (json === '-') process.stdout.write(asData(report));
  if (report.answer === null) {
    tell(`There is no answer (${report.state}): ${report.reason ?? ''}`);
    return;
  }
  if (json === '-') return;
  const cost = `${line(report.role)}, $${report.cost_usd.toFixed(4)}, ${seconds(report.duration_ms)}`;
  process.stdout.write(`${plainText(report.answer).trim()}\n\n${pc.dim(cost)}\n`);
}
