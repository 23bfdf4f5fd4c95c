/**
 * Git in a mirror, by simple-git. A mirror is bare, its settings are written by us alone and what it prints is short
 * text of our own asking, so simple-git's text output and its child handling suit it; everything else is git.ts's.
 * simple-git's list of unsafe options stays in force, whole. See docs/decisions/0004-two-ways-to-run-git.md.
 */
import { inspect } from 'node:util';
import { GitPluginError, type SimpleGit, type SimpleGitOptions, simpleGit } from 'simple-git';
import { TransientError } from '../../core/errors.ts';
import {
  authorization,
  GitError,
  type GitMachine,
  protocolOf,
  type RemoteAccess,
  withoutSecrets,
} from './git.ts';

export interface MirrorCall {
  readonly machine: GitMachine;
  readonly gitDir: string;
  /**
   * Where its processes run; the mirror unless told otherwise. simple-git ends git alone, and git leaves its HTTP helper
   * behind: what runs in a job's folder ends with the job.
   */
  readonly cwd?: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly remote?: RemoteAccess;
  readonly stdin?: string;
}

const OUTPUT_MAX_BYTES = 1_000_000;
const STDERR_KEPT_CHARS = 16_000;
/** Git reads the header from this variable; the arguments hold its name alone. */
const HEADER_VARIABLE = 'CREW_GIT_HEADER';

/** Each is a `-c` argument. None may name a program to run: simple-git would refuse it. */
const SETTINGS = [
  'core.logAllRefUpdates=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.recurseSubmodules=false',
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=30',
];

/**
 * What `operation` answers; its commands run one after another, each with `timeoutMs` from start to end. Throws
 * GitError when one of them fails in any way, TransientError when git cannot be started, the signal's reason on abort.
 */
export async function inMirror<T>(
  call: MirrorCall,
  operation: (git: SimpleGit) => PromiseLike<T>,
): Promise<T> {
  call.signal?.throwIfAborted();
  const run: Run = { call, tooMuch: new AbortController(), command: '', failure: null };
  const git = simpleGit(optionsOf(run));
  git.env(environmentOf(call)).outputHandler((_binary, stdout, stderr, args) => {
    run.command = args.slice(2 * SETTINGS.length).find((arg) => !arg.startsWith('-')) ?? '';
    let bytes = 0;
    const count = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > OUTPUT_MAX_BYTES) run.tooMuch.abort();
    };
    stdout.on('data', count);
    stderr.on('data', count);
  });
  try {
    return await operation(git);
  } catch (error) {
    call.signal?.throwIfAborted();
    // Without a failure of git's, simple-git refused the call, or could not read the answer: a bug of ours.
    if (run.failure === null) throw error;
    if (run.failure.exitCode !== null && run.failure.exitCode < 0) {
      throw new TransientError('git did not start', { cause: error });
    }
    throw new GitError(run.command, run.failure);
  }
}

/** As `inMirror`, with null for a command that failed. */
export async function tryInMirror<T>(
  call: MirrorCall,
  operation: (git: SimpleGit) => PromiseLike<T>,
): Promise<T | null> {
  try {
    return await inMirror(call, operation);
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

/** Global arguments that let git reach `remote`, to be put before the command. */
export function remoteArgs(remote: RemoteAccess): readonly string[] {
  return remote.token ? [`--config-env=http.extraHeader=${HEADER_VARIABLE}`] : [];
}

/** A call, with what its last command was and how it failed. */
interface Run {
  readonly call: MirrorCall;
  readonly tooMuch: AbortController;
  command: string;
  failure: ConstructorParameters<typeof GitError>[1] | null;
}

function optionsOf(run: Run): Partial<SimpleGitOptions> {
  const { call, tooMuch } = run;
  const { stdin } = call;
  return {
    baseDir: call.cwd ?? call.gitDir,
    config: [...SETTINGS],
    maxConcurrentProcesses: 1,
    trimmed: true,
    abort: AbortSignal.any([tooMuch.signal, ...(call.signal ? [call.signal] : [])]),
    // Without a reset by output it bounds the whole command, not its silence.
    timeout: { block: call.timeoutMs, stdOut: false, stdErr: false },
    allowEnvironment: Object.keys(environmentOf(call)),
    ...(stdin === undefined ? {} : { input: () => stdin }),
    // By default an exit with an error but no message, and one by a signal, would pass for success.
    errors: (error, { exitCode, stdErr }) => {
      if (error === undefined && exitCode === 0) return undefined;
      const printed = Buffer.concat(stdErr).toString('utf8').slice(0, STDERR_KEPT_CHARS);
      const text = tooMuch.signal.aborted ? `more than ${OUTPUT_MAX_BYTES} bytes of output` : printed;
      const timedOut = error instanceof GitPluginError && error.plugin === 'timeout';
      run.failure = { exitCode, stderr: withoutSecrets(text, call.remote), timedOut };
      return error ?? new Error('git failed');
    },
  };
}

function environmentOf({ machine, gitDir, remote }: MirrorCall): Record<string, unknown> {
  return {
    ...machine.env,
    PATH: machine.path,
    // No settings of a user's: simple-git refuses GIT_CONFIG_GLOBAL.
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_DIR: gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    // Overrides protocol.*.allow, ext:: included; empty forbids every transport.
    GIT_ALLOW_PROTOCOL: remote ? protocolOf(remote.url) : '',
    ...(remote?.token ? { [HEADER_VARIABLE]: new Hidden(authorization(remote.token)) } : {}),
  };
}

/** A variable's value that the child is given and nothing prints: with DEBUG set, simple-git shows the environment. */
class Hidden {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  toString(): string {
    return this.#value;
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect.custom](): string {
    return '[secret]';
  }
}
