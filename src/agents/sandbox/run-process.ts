/**
 * One process in a session of its own, with a time limit, an end-of-output limit and an abort signal. Whatever it
 * started in its group is gone when this answers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { TransientError } from '../../core/errors.ts';

/** Between SIGTERM and SIGKILL. */
const KILL_GRACE_MS = 2_000;
/** For output that is still in the pipe when the process has ended; one that left the group may hold it open. */
const DRAIN_MS = 500;

export interface ProcessRequest {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly outputLimitBytes: number;
  /** Told its id as soon as it runs. */
  readonly onStarted?: (pid: number) => void;
}

export interface ProcessResult {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** The end of stdout and stderr as they came. */
  readonly output: string;
  /** Bytes before that end which were not kept. */
  readonly omittedBytes: number;
}

export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const tail = new OutputTail(request.outputLimitBytes);
  const { signal } = request;
  if (signal?.aborted) return { exitCode: null, timedOut: false, aborted: true, ...tail.read() };
  const child = spawn(request.file, request.args, {
    cwd: request.cwd,
    env: request.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (child.pid !== undefined) request.onStarted?.(child.pid);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => tail.add(chunk));
  const closed = Promise.allSettled([child.stdout, child.stderr].map((stream) => once(stream, 'close')));
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', (error) =>
      reject(new TransientError(`a process did not start: ${error.message}`, { cause: error })),
    );
  });
  const end = endingOf(child.pid);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    end.now();
  }, request.timeoutMs);
  signal?.addEventListener('abort', end.now, { once: true });
  try {
    const exitCode = await exited;
    const ended = timedOut || (signal?.aborted ?? false);
    await Promise.race([closed, endOfDraining()]);
    return { exitCode: ended ? null : exitCode, timedOut, aborted: !timedOut && ended, ...tail.read() };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end.now);
    end.done();
    child.stdout.destroy();
    child.stderr.destroy();
  }

  /** Background processes of an ended command hold its pipes: they are killed first, then there is a last wait. */
  async function endOfDraining(): Promise<void> {
    end.done();
    await new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref());
  }
}

/** Ends the process group: politely, then by force; `done` leaves nothing of it. */
function endingOf(pid: number | undefined): { now(): void; done(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    now: () => {
      killGroup(pid, 'SIGTERM');
      timer ??= setTimeout(() => killGroup(pid, 'SIGKILL'), KILL_GRACE_MS);
    },
    done: () => {
      clearTimeout(timer);
      killGroup(pid, 'SIGKILL');
    },
  };
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** The last `limit` bytes of what is added. */
class OutputTail {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #omitted = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    while (this.#kept - (this.#chunks[0]?.length ?? 0) >= this.#limit)
      this.#drop(this.#chunks[0]?.length ?? 0);
  }

  read(): Pick<ProcessResult, 'output' | 'omittedBytes'> {
    const whole = Buffer.concat(this.#chunks);
    const from = Math.max(0, whole.length - this.#limit);
    return { output: whole.subarray(from).toString('utf8'), omittedBytes: this.#omitted + from };
  }

  #drop(bytes: number): void {
    this.#chunks.shift();
    this.#kept -= bytes;
    this.#omitted += bytes;
  }
}
