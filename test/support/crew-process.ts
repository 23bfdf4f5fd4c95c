/** A command of ours as a process of its own, as a person starts it: its output, its status, and what it leaves behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { RunningModel } from '../../demo/model/start-model.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Of what Node makes of the sources, kept from one process to the next: most of what a start costs. */
const COMPILED = join(ROOT, 'node_modules/.cache/compiled');

export interface CrewProcess {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Resolves with its exit status; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  signal(name: NodeJS.Signals): void;
  /** As a reader that has seen enough does. */
  closeStderr(): void;
}

/** `script` from the top of the checkout. Of this process' environment it gets PATH and HOME alone. */
export function startCrewProcess(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd: string = ROOT,
  /** All of its standard input; left out, there is none. */
  input?: string,
  /** A command, with its arguments, that runs the whole as its own last arguments. */
  inside: readonly string[] = [],
): CrewProcess {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', join(ROOT, script)];
  const [file = '', ...rest] = [...inside, ...node, ...args];
  const child = spawn(file, rest, {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NO_COLOR: '1',
      NODE_COMPILE_CACHE: COMPILED,
      ...environment,
    },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  // It may end before it has read everything.
  child.stdin?.on('error', () => {});
  child.stdin?.end(input);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8');
    child[name]?.on('data', (chunk: string) => {
      texts[name] += chunk;
    });
  }
  return {
    pid: child.pid ?? 0,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    ended: once(child, 'close').then(([status]) => status as number | null),
    signal: (name) => void child.kill(name),
    closeStderr: () => void child.stderr?.destroy(),
  };
}

/**
 * For a command that asks the scripted model, runs commands unboxed, keeps what it makes for itself in `scratch`, and its
 * records on the test run's own server: to start an embedded one takes longer than all else that most commands do.
 */
export function scriptedSettings(model: RunningModel, scratch: string): Readonly<Record<string, string>> {
  return {
    ANTHROPIC_API_KEY: 'key-of-the-scripted-model',
    ANTHROPIC_BASE_URL: model.url,
    CREW_SANDBOX: 'off',
    DATABASE_URL: inject('databaseServer'),
    TMPDIR: scratch,
  };
}

/** Over these settings: as on a machine without a database server. */
export const EMBEDDED: Readonly<Record<string, string>> = { DATABASE_URL: '' };

/** What a command came to. */
export async function endOf(crew: CrewProcess) {
  const status = await crew.ended;
  return { status, stdout: crew.stdout(), stderr: crew.stderr() };
}
