/** A command of ours as a process of its own, as a person starts it: its output, its status, and what it leaves behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { RunningModel } from '../../demo/model/start-model.ts';

const ROOT = join(import.meta.dirname, '../..');

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
  /** A command that is given this one to run. */
  inside: readonly string[] = [],
): CrewProcess {
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', join(ROOT, script), ...args];
  const [file = '', ...rest] = [...inside, ...node];
  const child = spawn(file, rest, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', ...environment },
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

/** For a command that asks the scripted model, runs commands unboxed, and keeps what it makes for itself in `scratch`. */
export function scriptedSettings(model: RunningModel, scratch: string): Readonly<Record<string, string>> {
  return {
    ANTHROPIC_API_KEY: 'key-of-the-scripted-model',
    ANTHROPIC_BASE_URL: model.url,
    CREW_SANDBOX: 'off',
    TMPDIR: scratch,
  };
}

/** What a command came to. */
export async function endOf(crew: CrewProcess) {
  const status = await crew.ended;
  return { status, stdout: crew.stdout(), stderr: crew.stderr() };
}
