/**
 * What the commands that work without GitHub share: an interruption ends all that runs, progress goes to standard error, the exit
 * status says what came of it, and nothing of theirs is left behind.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pc from 'picocolors';
import { type Config, localSettings, parseConfig, readProcessEnvironment } from '../config.ts';
import { ConfigError, errorMessage } from '../core/errors.ts';
import { createLog, type LocalCrew, openLocalCrew } from '../wire.ts';
import { checkWritable, unwritable } from './check-writable.ts';
import { narrateWork } from './narrate-work.ts';
import { plainText } from './plain-text.ts';

/** Null: nothing. `-`: standard output, which then holds nothing else. */
export type JsonTarget = string | null;

export interface LocalRun {
  readonly config: Config;
  /** Aborted by an interruption. */
  readonly signal: AbortSignal;
  /** A line to standard error. */
  readonly tell: (line: string) => void;
}

/** Nothing came of it; the reason was told. */
export const EXIT_TROUBLE = 2;
const EXIT_INTERRUPTED = 130;
/** More than all parts together may take to end. */
const CLOSE_TIMEOUT_MS = 15_000;

/** Ends the process with the status that `body` answers; 2 for what it throws, 130 for an interruption. */
export async function runLocally(
  command: { readonly name: string; readonly json: JsonTarget; readonly onInterrupted?: () => string },
  body: (run: LocalRun) => Promise<number>,
): Promise<void> {
  const tell = (line: string): void => {
    process.stderr.write(`${pc.dim(`crew ${command.name}:`)} ${plainText(line)}\n`);
  };
  const interruption = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    if (!interruption.signal.aborted) tell('interrupted; ending what runs');
    interruption.abort(new Interrupted(signal));
    setTimeout(() => process.exit(EXIT_INTERRUPTED), CLOSE_TIMEOUT_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  // A reader that has seen enough, such as `head`, or a terminal that was closed is no trouble.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  const status = await statusOf(command, { signal: interruption.signal, tell }, body);
  process.stdout.write('', () => process.exit(status));
}

class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

async function statusOf(
  { json, onInterrupted }: Parameters<typeof runLocally>[0],
  run: Omit<LocalRun, 'config'>,
  body: (run: LocalRun) => Promise<number>,
): Promise<number> {
  try {
    if (json !== null && json !== '-') await checkWritable(json);
    const config = parseConfig(localSettings(readProcessEnvironment()), process.stderr.isTTY);
    return await body({ ...run, config });
  } catch (error) {
    if (run.signal.aborted) {
      if (onInterrupted !== undefined) run.tell(onInterrupted());
      return EXIT_INTERRUPTED;
    }
    const known = error instanceof ConfigError;
    run.tell(known || !(error instanceof Error) ? errorMessage(error) : (error.stack ?? error.message));
    return EXIT_TROUBLE;
  }
}

/** Gives `body` a crew, once `read` has made what it works on in a folder that is removed at the end. */
export async function withLocalCrew<Read, Made>(
  { config, signal, tell }: LocalRun,
  read: (stagingDir: string) => Promise<Read>,
  body: (crew: LocalCrew, read: Read) => Promise<Made>,
): Promise<Made> {
  const dir = await mkdtemp(join(tmpdir(), 'crew-clone-'));
  try {
    const made = await read(join(dir, 'clone.git'));
    if (config.sandbox === 'off')
      tell('CREW_SANDBOX=off: commands of agents run with the rights of this process');
    const crew = await openLocalCrew(config, createLog(config));
    try {
      await crew.subscribe((event) => {
        const told = narrateWork(event);
        if (told !== null && !signal.aborted) tell(told);
      });
      return await body(crew, made);
    } finally {
      await crew.close();
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** After it was shown: what was paid for is not lost with a file. False, and told, when it could not be written. */
export async function writeReport(
  report: object,
  json: JsonTarget,
  tell: LocalRun['tell'],
): Promise<boolean> {
  if (json === null || json === '-') return true;
  try {
    await writeFile(json, asData(report));
    return true;
  } catch (error) {
    tell(unwritable(json, error));
    return false;
  }
}

export function asData(report: object): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}
