/**
 * A way to some hosts for one command. Its proxies run in a process of their own (network-main.ts), which holds no secret, serves
 * this command alone and ends with it: what the command's environment tells of them is of no use to any other.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { TransientError, UserError } from '../../core/errors.ts';
import type { Places } from './policy.ts';
import { tooLong } from './too-long.ts';

export interface NetworkRequest extends Places {
  readonly command: string;
  readonly hosts: readonly string[];
}

export interface Network extends AsyncDisposable {
  /** The shell command that runs the command in bubblewrap. */
  readonly wrapped: string;
}

const START_TIMEOUT_MS = 20_000;
/** Between the end of its input and SIGKILL. */
const END_GRACE_MS = 3_000;
const STDERR_KEPT_CHARS = 2_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** `nodeArgs` are for tests: what stands in for the internet. Throws TransientError when the proxies do not start, UserError for a command that is too long. */
export async function openNetwork(
  request: NetworkRequest,
  nodeArgs: readonly string[] = [],
): Promise<Network> {
  // Of their sockets, and what the runtime looks through for settings to guard.
  const dir = await mkdtemp(join(tmpdir(), 'crew-network-'));
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', TMPDIR: dir };
  const child = spawn(process.execPath, [...nodeArgs, mainScript()], { cwd: dir, env, stdio: 'pipe' });
  const close = async (): Promise<void> => {
    await ended(child);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const wrapped = await wrappedBy(child, { ...request, readable: [...request.readable, dir] });
    return { wrapped, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    if (error instanceof UserError) throw error;
    throw new TransientError('the proxies of a command did not start', { cause: error });
  }
}

/** One line goes in, one comes back; the end of its input ends it, also when this process is killed. */
async function wrappedBy(child: Child, request: NetworkRequest): Promise<string> {
  let [printed, problems] = ['', ''];
  const note = (text: string): void => {
    problems = (problems + text).slice(-STDERR_KEPT_CHARS);
  };
  child.stderr.setEncoding('utf8').on('data', note);
  // Nobody listening, it would end this process.
  child.on('error', ({ message }) => note(message));
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const timer = setTimeout(() => child.kill('SIGKILL'), START_TIMEOUT_MS);
  try {
    for await (const text of child.stdout.setEncoding('utf8')) {
      printed += String(text);
      const end = printed.indexOf('\n');
      if (end === -1) continue;
      const wrapped = JSON.parse(printed.slice(0, end)) as string | null;
      if (wrapped === null) throw tooLong();
      return wrapped;
    }
    throw new Error(problems);
  } finally {
    clearTimeout(timer);
  }
}

async function ended(child: Child): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.stdin.end();
  const timer = setTimeout(() => child.kill('SIGKILL'), END_GRACE_MS);
  await exit;
  clearTimeout(timer);
}

/** Of the sources, or of what is built from them. */
function mainScript(): string {
  const built = join(import.meta.dirname, 'network-main.js');
  return existsSync(built) ? built : join(import.meta.dirname, 'network-main.ts');
}
