/** `crew demo --once` as a process of its own, as a person starts it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface DemoProcess {
  /** All that it has printed so far. */
  output(): string;
  /** Resolves with its exit status; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** SIGKILL to the process alone; what it has started is left to itself, as when a machine runs out of memory. */
  kill(): void;
}

export function startDemo(stateDir: string, environment: Readonly<Record<string, string>> = {}): DemoProcess {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', 'src/cli.ts', 'demo', '--once'],
    {
      cwd: ROOT,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        CREW_STATE_DIR: stateDir,
        NO_COLOR: '1',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
  }
  const ended = once(child, 'close').then(([status]) => status as number | null);
  return { output: () => text, ended, kill: () => void child.kill('SIGKILL') };
}
