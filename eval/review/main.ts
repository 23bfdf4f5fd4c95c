/**
 * `npm run eval:review -- --cases DIR`: has the crew review each case with whatever model is configured, and prints how much
 * of what was planted it found, what else it said, and what that cost. Exit status 2 when a case could not be reviewed.
 */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { checkWritable, unwritable } from '../../src/cli/check-writable.ts';
import { localSettings, parseConfig, readEnvironment } from '../../src/config.ts';
import { ConfigError, errorMessage } from '../../src/core/errors.ts';
import { createLog, openLocalCrew } from '../../src/wire.ts';
import { type Case, loadCases } from './load-cases.ts';
import { printScores, scoresAsData } from './print-scores.ts';
import { type CaseOutcome, runCase } from './run-case.ts';

interface Options {
  readonly cases: string;
  readonly only?: string;
  readonly json?: string;
  readonly parallel: number;
}

const PARALLEL_MAX = 16;
const EXIT_TROUBLE = 2;
const EXIT_INTERRUPTED = 130;
const CLOSE_TIMEOUT_MS = 15_000;

const program = new Command('eval:review')
  .requiredOption('--cases <dir>', 'a case, or a folder of cases')
  .option('--only <name>', 'the one of this name')
  .option('--json <file>', 'write all scores and findings as JSON, too')
  .option('--parallel <n>', `cases at once, at most ${PARALLEL_MAX}`, parallel, 2)
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_TROUBLE))
  .parse();

const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    interruption.abort(new Error('interrupted'));
    setTimeout(() => process.exit(EXIT_INTERRUPTED), CLOSE_TIMEOUT_MS).unref();
  });
}
const status = await evaluate(program.opts<Options>(), interruption.signal);
process.stdout.write('', () => process.exit(status));

async function evaluate(options: Options, signal: AbortSignal): Promise<number> {
  try {
    const { json } = options;
    if (json !== undefined) await checkWritable(json);
    const tell = (line: string) => process.stderr.write(`${line}\n`);
    const cases = await loadCases(options.cases, options.only ?? null, tell);
    const outcomes = await runAll(cases, options.parallel, signal);
    process.stdout.write(printScores(outcomes));
    if (json !== undefined) await writeScores(json, outcomes);
    return outcomes.some(({ kind }) => kind === 'failed') ? EXIT_TROUBLE : 0;
  } catch (error) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    const known = error instanceof ConfigError || !(error instanceof Error);
    process.stderr.write(`${known ? errorMessage(error) : error.stack}\n`);
    return EXIT_TROUBLE;
  }
}

async function writeScores(file: string, outcomes: readonly CaseOutcome[]): Promise<void> {
  await writeFile(file, `${JSON.stringify(scoresAsData(outcomes), null, 2)}\n`).catch((error: unknown) => {
    throw new ConfigError(unwritable(file, error), { cause: error });
  });
}

async function runAll(
  cases: readonly Case[],
  atOnce: number,
  signal: AbortSignal,
): Promise<readonly CaseOutcome[]> {
  const config = parseConfig(localSettings(readEnvironment()), process.stderr.isTTY);
  const concurrency = Math.max(config.concurrency, atOnce);
  const crew = await openLocalCrew({ ...config, concurrency }, createLog(config));
  try {
    const waiting = [...cases.entries()];
    const outcomes: CaseOutcome[] = [];
    const takeNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, one] = next;
        outcomes[index] = await runCase(one, { crew, path: config.path, signal });
        process.stderr.write(`${one.name}: ${outcomes[index].kind}\n`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, takeNext));
    return outcomes;
  } finally {
    await crew.close();
  }
}

function parallel(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= PARALLEL_MAX) return number;
  throw new InvalidArgumentError(`a whole number from 1 to ${PARALLEL_MAX} is needed.`);
}
