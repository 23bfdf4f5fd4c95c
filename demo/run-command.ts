/** Runs a command in a folder and tells how it ended: nothing of this process' environment reaches it but the search path. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';

export interface Ran {
  /** Null when it was ended from outside: by the time limit, or by a signal. */
  readonly exitCode: number | null;
  /** Both streams as they came; of more than `OUTPUT_MAX_CHARS` the end. */
  readonly output: string;
}

const TIMEOUT_MS = 120_000;
/** This process' own Node first, whichever another program would find. */
const SEARCH_PATH = [dirname(process.execPath), process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin'].join(
  delimiter,
);
const OUTPUT_MAX_CHARS = 200_000;

export async function runCommand(
  folder: string,
  [program, ...args]: readonly [program: string, ...args: string[]],
): Promise<Ran> {
  const child = spawn(program, args, {
    cwd: folder,
    // A group of its own, so that what it started ends with it.
    detached: true,
    // What programs leave at home is not to lie in the folder itself.
    env: {
      PATH: SEARCH_PATH,
      HOME: dirname(folder),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_MAX_CHARS);
    });
  }
  const timer = setTimeout(() => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, TIMEOUT_MS);
  const [exitCode] = await once(child, 'close').finally(() => clearTimeout(timer));
  return { exitCode: exitCode as number | null, output };
}
