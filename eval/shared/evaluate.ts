/**
 * What the evaluations share: the options, a crew with whatever model is configured, cases side by side, and the exit status: 2 when
 * a case could not be measured, whatever came of the others.
 */
import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { checkWritable, unwritable } from '../../src/cli/check-writable.ts';
import { type Config, localSettings, parseConfig, readEnvironment } from '../../src/config.ts';
import { ConfigError, errorMessage } from '../../src/core/errors.ts';
import { createLog, type LocalCrew, openLocalCrew } from '../../src/wire.ts';
import { loadCases } from './load-cases.ts';

export interface Evaluation<
  Case extends { readonly name: string },
  Outcome extends { readonly kind: string },
> {
  readonly name: string;
  /** Of the folder of one. Throws ConfigError for what cannot be read. */
  readonly load: (dir: string) => Promise<Case>;
  /** Never throws but for an interruption; `failed`: it could not be measured. */
  readonly run: (one: Case, measuring: Measuring) => Promise<Outcome>;
  readonly print: (outcomes: readonly Outcome[]) => string;
  readonly asData: (outcomes: readonly Outcome[]) => object;
}

export interface Measuring {
  readonly crew: LocalCrew;
  readonly config: Config;
  readonly signal: AbortSignal;
  readonly tell: Tell;
}

type Tell = (line: string) => void;

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

const tell: Tell = (line) => void process.stderr.write(`${line}\n`);

/** Ends the process. */
export async function evaluate<
  Case extends { readonly name: string },
  Outcome extends { readonly kind: string },
>(evaluation: Evaluation<Case, Outcome>): Promise<void> {
  const program = new Command(evaluation.name)
    .requiredOption('--cases <dir>', 'a case, or a folder of cases')
    .option('--only <name>', 'the one of this name')
    .option('--json <file>', 'write all that was measured as JSON, too')
    .option('--parallel <n>', `cases at once, at most ${PARALLEL_MAX}`, parallel, 2)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_TROUBLE))
    .parse();
  const interruption = new AbortController();
  // A terminal that was closed, or a reader that has seen enough, must not leave a database behind.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      interruption.abort(new Error('interrupted'));
      setTimeout(() => process.exit(EXIT_INTERRUPTED), CLOSE_TIMEOUT_MS).unref();
    });
  }
  const status = await statusOf(evaluation, program.opts<Options>(), interruption.signal);
  process.stdout.write('', () => process.exit(status));
}

async function statusOf<Case extends { readonly name: string }, Outcome extends { readonly kind: string }>(
  evaluation: Evaluation<Case, Outcome>,
  { cases: dir, only, json, parallel: atOnce }: Options,
  signal: AbortSignal,
): Promise<number> {
  try {
    if (json !== undefined) await checkWritable(json);
    const cases = await loadCases(dir, evaluation.load, { only: only ?? null, tell });
    const outcomes = await runAll(evaluation, cases, atOnce, signal);
    process.stdout.write(evaluation.print(outcomes));
    if (json !== undefined) await writeData(json, evaluation.asData(outcomes));
    return outcomes.some(({ kind }) => kind === 'failed') ? EXIT_TROUBLE : 0;
  } catch (error) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    const known = error instanceof ConfigError || !(error instanceof Error);
    tell(known ? errorMessage(error) : (error.stack ?? error.message));
    return EXIT_TROUBLE;
  }
}

async function writeData(file: string, data: object): Promise<void> {
  await writeFile(file, `${JSON.stringify(data, null, 2)}\n`).catch((error: unknown) => {
    throw new ConfigError(unwritable(file, error), { cause: error });
  });
}

async function runAll<Case extends { readonly name: string }, Outcome extends { readonly kind: string }>(
  evaluation: Evaluation<Case, Outcome>,
  cases: readonly Case[],
  atOnce: number,
  signal: AbortSignal,
): Promise<readonly Outcome[]> {
  const config = parseConfig(localSettings(readEnvironment()), process.stderr.isTTY);
  const concurrency = Math.max(config.concurrency, atOnce);
  const crew = await openLocalCrew({ ...config, concurrency }, createLog(config));
  try {
    const waiting = [...cases.entries()];
    const outcomes: Outcome[] = [];
    const takeNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, one] = next;
        const outcome = await evaluation.run(one, { crew, config, signal, tell });
        outcomes[index] = outcome;
        tell(`${one.name}: ${outcome.kind}`);
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
