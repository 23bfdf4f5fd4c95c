/**
 * Starts git for a job: on its tree, with its bytes, and to push. Arguments are fixed lists, nothing is inherited, and
 * no setting of the machine or of a repository runs a program. What is done in a mirror goes by mirror-git.ts;
 * docs/decisions/0004-two-ways-to-run-git.md says why there are two.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { TransientError } from '../../core/errors.ts';

const STDERR_MAX_BYTES = 16_000;
const OUTPUT_MAX_BYTES = 64_000_000;

/** How git is run on this machine: PATH, and what it needs to reach GitHub (`https_proxy`, `GIT_SSL_CAINFO`). */
export interface GitMachine {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface GitCall {
  readonly gitDir: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  /** Identity and dates of a commit. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  readonly remote?: RemoteAccess;
  readonly signal?: AbortSignal;
  readonly timeoutMs: number;
  /** Git is ended when it prints more; the result then says `truncated`. */
  readonly outputLimitBytes?: number;
}

/** The token is passed in the environment alone: never in arguments, files or the URL. */
export interface RemoteAccess {
  readonly url: string;
  readonly token: string | null;
}

export interface GitResult {
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  /** Without secrets. */
  readonly stderr: string;
  readonly truncated: boolean;
  readonly timedOut: boolean;
}

/** Git ended with an error; `stderr` is its text without secrets. */
export class GitError extends Error {
  override readonly name = 'GitError';
  readonly stderr: string;
  readonly timedOut: boolean;

  constructor(command: string, result: Pick<GitResult, 'exitCode' | 'stderr' | 'timedOut'>) {
    const how = result.timedOut ? 'did not end in time' : `ended with ${result.exitCode ?? 'a signal'}`;
    super(`git ${command} ${how}: ${result.stderr.trim().slice(0, 2_000)}`);
    this.stderr = result.stderr;
    this.timedOut = result.timedOut;
  }
}

/** Output of a call that must succeed; throws GitError. */
export async function git(machine: GitMachine, args: readonly string[], call: GitCall): Promise<Buffer> {
  const result = await tryGit(machine, args, call);
  if (result.exitCode === 0 && !result.truncated) return result.stdout;
  throw new GitError(args[0] ?? '', result);
}

/** Throws only when git cannot be started or `signal` aborts. */
export async function tryGit(
  machine: GitMachine,
  args: readonly string[],
  call: GitCall,
): Promise<GitResult> {
  call.signal?.throwIfAborted();
  const child = spawn('git', args, {
    cwd: call.workTree ?? call.gitDir,
    env: environmentOf(machine, call),
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = once(child, 'close') as Promise<[number | null]>;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child);
  }, call.timeoutMs);
  const onAbort = () => endGroup(child);
  call.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    feed(child, call.stdin ?? '');
    const stdout = collect(child.stdout, call.outputLimitBytes ?? OUTPUT_MAX_BYTES, () => endGroup(child));
    const stderr = collect(child.stderr, STDERR_MAX_BYTES, () => {});
    const [exitCode] = await exited.catch((error: unknown) => {
      throw new TransientError('git did not start', { cause: error });
    });
    call.signal?.throwIfAborted();
    const { bytes, truncated } = stdout();
    return {
      exitCode,
      stdout: bytes,
      stderr: withoutSecrets(stderr().bytes.toString(), call.remote),
      truncated,
      timedOut,
    };
  } finally {
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', onAbort);
  }
}

/** https, http, and file for repositories on this machine; anything else is refused before git sees it. */
export function protocolOf(url: string): 'https' | 'http' | 'file' {
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (protocol === 'https:' || protocol === 'http:' || protocol === 'file:') {
    return protocol.slice(0, -1) as 'https' | 'http' | 'file';
  }
  throw new Error('a repository is reached over https, http or file only');
}

const SETTINGS: readonly (readonly [string, string])[] = [
  ['safe.bareRepository', 'explicit'],
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.untrackedCache', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', '/dev/null'],
  ['core.quotePath', 'false'],
  ['core.autocrlf', 'false'],
  ['core.symlinks', 'true'],
  ['core.pager', 'cat'],
  ['core.protectHFS', 'true'],
  ['core.protectNTFS', 'true'],
  ['core.logAllRefUpdates', 'false'],
  ['checkout.workers', '2'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['diff.ignoreSubmodules', 'dirty'],
  ['commit.gpgSign', 'false'],
  ['push.gpgSign', 'false'],
  ['credential.helper', ''],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '30'],
];

function environmentOf(machine: GitMachine, call: GitCall): Record<string, string> {
  const settings = [...SETTINGS];
  if (call.remote?.token) settings.push(['http.extraHeader', authorization(call.remote.token)]);
  const env: Record<string, string> = {
    ...machine.env,
    ...call.env,
    PATH: machine.path,
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_DIR: call.gitDir,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    GIT_SSH_COMMAND: '/bin/false',
    GIT_EDITOR: '/bin/false',
    GIT_LFS_SKIP_SMUDGE: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    // Overrides protocol.*.allow, ext:: included; empty forbids every transport.
    GIT_ALLOW_PROTOCOL: call.remote ? protocolOf(call.remote.url) : '',
    GIT_CONFIG_COUNT: String(settings.length),
  };
  for (const [at, [key, value]] of settings.entries()) {
    env[`GIT_CONFIG_KEY_${at}`] = key;
    env[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  if (call.workTree !== undefined) env.GIT_WORK_TREE = call.workTree;
  if (call.indexFile !== undefined) env.GIT_INDEX_FILE = call.indexFile;
  return env;
}

/** The header that GitHub takes an installation token in. */
export function authorization(token: string): string {
  return `Authorization: Basic ${basic(token)}`;
}

function basic(token: string): string {
  return Buffer.from(`x-access-token:${token}`).toString('base64');
}

export function withoutSecrets(text: string, remote: RemoteAccess | undefined): string {
  const secrets = remote?.token ? [remote.token, basic(remote.token)] : [];
  return secrets
    .reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text)
    .replace(/\/\/[^/\s@]+@/g, '//[secret]@');
}

/** Fills up to the limit; `onFull` is called once when there is more. */
function collect(
  stream: Readable,
  limitBytes: number,
  onFull: () => void,
): () => { bytes: Buffer; truncated: boolean } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    if (size <= limitBytes && size + chunk.length > limitBytes) onFull();
    if (size <= limitBytes) chunks.push(chunk);
    size += chunk.length;
  });
  return () => ({ bytes: Buffer.concat(chunks).subarray(0, limitBytes), truncated: size > limitBytes });
}

function feed(child: ChildProcessByStdio<Writable, Readable, Readable>, input: string | Buffer): void {
  // Git may end before it has read everything; its exit says why.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
}

/** Git's helpers (remote-https, index-pack) are in its group. */
function endGroup(child: { readonly pid?: number | undefined }): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
