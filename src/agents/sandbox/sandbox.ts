/**
 * Runs a repository's commands, which are hostile, apart from everything else: in bubblewrap (`on`), or, where an
 * operator has chosen so, as plain process groups (`off`). What is the same in both: an environment built from
 * nothing, one time limit, one output limit, and no process left when the command ends.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { ConfigError, UserError } from '../../core/errors.ts';
import { permittedHosts } from '../../core/network-hosts.ts';
import { DISK_LIMITS, type DiskLimits, watchDisk } from './disk-watch.ts';
import { probeSandbox } from './probe-sandbox.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { wrapCommand } from './wrap-command.ts';

export const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Linux refuses a single argument of 128 KiB; quoting twice can make four characters of one. */
const COMMAND_MAX_CHARS = 16_000;
/** A single file that a command may write, in KiB: 2 GiB. */
const FILE_MAX_KIB = 2_097_152;
/** Processes and threads of one command; the kernel holds root to none. */
const PROCESSES_MAX = 4_096;
const SHELL = '/bin/bash';
/** Node's own fetch asks a proxy only when it is told to; ports of this machine are nobody's business. */
const PROXY_VARIABLES =
  'export NODE_USE_ENV_PROXY=1; unset CLAUDE_CODE_HOST_HTTP_PROXY_PORT CLAUDE_CODE_HOST_SOCKS_PROXY_PORT';

export interface SpawnOptions {
  /** Inside `workDir`. */
  readonly cwd: string;
  /** What the command may write; `cwd` by default. */
  readonly workDir?: string;
  /** HOME and TMPDIR of the command, writable too. By default one of its own, removed at the end. */
  readonly tmpDir?: string;
  /** Laid over the environment; holds no secrets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Hosts that the command may reach, as far as the settings permit them; none unless said. */
  readonly hosts?: readonly string[];
  /** The end of stdout and stderr together is kept. */
  readonly outputLimitBytes: number;
}

export interface Sandbox {
  readonly mode: 'on' | 'off';
  /** Runs a bash command to its end; one that fails, or is ended, is a result and no error. */
  spawn(command: string, options: SpawnOptions): Promise<ProcessResult>;
}

export interface SandboxSettings {
  readonly mode: 'on' | 'off';
  /** PATH of the commands; this Node's folder is added at its end. */
  readonly path?: string;
  readonly lang?: string;
  /** Folders readable besides the system's own and Node's, such as a toolchain's. */
  readonly readable?: readonly string[];
  /** Of what one command may write. */
  readonly disk?: DiskLimits;
  /** Hosts that commands may be let to; none unless said. */
  readonly networkAllow?: readonly string[];
  /** For tests: arguments of the Node that a command's proxies run in, with which something stands in for the internet. */
  readonly networkNodeArgs?: readonly string[];
}

/** Throws ConfigError when the mode is `on` and a trial command shows that it does not work here. */
export async function createSandbox(settings: SandboxSettings): Promise<Sandbox> {
  if (settings.mode === 'on') {
    const { works, problem, remedy } = await probeSandbox();
    if (!works) {
      throw new ConfigError(
        `The sandbox does not work: ${problem}. ${remedy} Or set CREW_SANDBOX=off to run without.`,
      );
    }
  }
  return { mode: settings.mode, spawn: (command, options) => spawnIn(settings, command, options) };
}

async function spawnIn(
  settings: SandboxSettings,
  command: string,
  options: SpawnOptions,
): Promise<ProcessResult> {
  if (command.length > COMMAND_MAX_CHARS) {
    throw new UserError(
      `The command has more than ${COMMAND_MAX_CHARS} characters: put it into a file and run that.`,
    );
  }
  const ownTmpDir = options.tmpDir === undefined ? await mkdtemp(join(tmpdir(), 'crew-command-')) : null;
  try {
    const workDir = await realpath(options.workDir ?? options.cwd);
    const tmpDir = await realpath(ownTmpDir ?? options.tmpDir ?? '');
    const env = environment(settings, tmpDir, options.env ?? {});
    const limited = `exec 2>&1\nulimit -c 0 -f ${FILE_MAX_KIB} 2>/dev/null\nulimit -u ${PROCESSES_MAX} 2>/dev/null\n${command}`;
    const disk = settings.disk ?? DISK_LIMITS;
    const run = async (shellCommand: string, outerEnv: Readonly<Record<string, string>>) => {
      using watch = await watchDisk([workDir, tmpDir], disk);
      const signal = AbortSignal.any([watch.signal, ...(options.signal ? [options.signal] : [])]);
      const args = ['-c', shellCommand];
      const process = { ...options, signal, file: SHELL, args, env: outerEnv };
      const result = await runProcess({ ...process, onStarted: watch.follow });
      return options.signal?.aborted !== true && watch.signal.aborted ? endedForDisk(result, disk) : result;
    };
    if (settings.mode === 'off') return await run(limited, env);
    // The shell that starts bubblewrap must not find another one on a PATH that was made for the command.
    const inside = `export PATH=${quoted(env.PATH ?? '')} TMPDIR=${quoted(tmpDir)}\n${limited}`;
    const hosts = permittedHosts(options.hosts ?? [], settings.networkAllow ?? []);
    const request = {
      command: hosts.length === 0 ? inside : `${PROXY_VARIABLES}\n${inside}`,
      writable: [workDir, tmpDir],
      readable: [...(settings.readable ?? []), ...toolFolders(env.PATH ?? '')],
      hosts,
      networkNodeArgs: settings.networkNodeArgs ?? [],
    };
    return await wrapCommand(request, (shellCommand) => run(shellCommand, { ...env, PATH: SYSTEM_PATH }));
  } finally {
    if (ownTmpDir !== null) await rm(ownTmpDir, { recursive: true, force: true });
  }
}

function endedForDisk(result: ProcessResult, { maxBytes, maxFiles }: DiskLimits): ProcessResult {
  const limit = `${(maxBytes / 1024 ** 3).toFixed(1)} GiB, or ${maxFiles.toLocaleString('en-US')} files`;
  const output = `${result.output}\n[ended: it filled the disk beyond ${limit}]\n`;
  return { ...result, exitCode: null, aborted: false, output };
}

/** Nothing is inherited: this is all that a command sees. */
function environment(
  settings: SandboxSettings,
  tmpDir: string,
  extra: Readonly<Record<string, string>>,
): Record<string, string> {
  const path = extra.PATH ?? settings.path ?? SYSTEM_PATH;
  return {
    LANG: settings.lang ?? 'C.UTF-8',
    TERM: 'dumb',
    CI: 'true',
    ...extra,
    HOME: tmpDir,
    TMPDIR: tmpDir,
    PATH: `${path}:${dirname(process.execPath)}`,
  };
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Programs on the PATH, and the libraries that stand beside them as `bin` and `lib` do. */
function toolFolders(path: string): readonly string[] {
  const entries = path.split(':').filter((entry) => isAbsolute(entry) && normalize(entry) !== '/');
  return entries.flatMap((entry) => [entry, join(dirname(entry), 'lib')]);
}
