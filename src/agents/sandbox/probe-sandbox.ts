/** Tries the sandbox out with a real command, and says what to install when it does not hold. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SandboxManager } from '@anthropic-ai/sandbox-runtime';
import { errorMessage } from '../../core/errors.ts';
import { runProcess } from './run-process.ts';
import { wrapCommand } from './wrap-command.ts';

const PROBE_TIMEOUT_MS = 20_000;
const PROBE_OUTPUT_BYTES = 4_000;
const INSTALL = 'Install it with: apt-get install bubblewrap socat ripgrep.';
const ALLOW_NAMESPACES =
  'Bubblewrap needs user namespaces. On Ubuntu 24.04 and later AppArmor forbids them: ' +
  'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that grants "userns" to bwrap. ' +
  'In a container, let it make them (seccomp and AppArmor profiles that allow it).';

export interface SandboxProbe {
  readonly works: boolean;
  readonly problem: string | null;
  /** What to do, in a sentence or two. */
  readonly remedy: string | null;
}

/** Never throws. */
export async function probeSandbox(): Promise<SandboxProbe> {
  const failed = (problem: string, remedy: string): SandboxProbe => ({ works: false, problem, remedy });
  try {
    if (!SandboxManager.isSupportedPlatform())
      return failed('this platform has none', 'Run the worker on Linux.');
    const { errors } = SandboxManager.checkDependencies();
    if (errors.length > 0) return failed(errors.join('; '), INSTALL);
    const problem = await tryCommand();
    return problem === null
      ? { works: true, problem: null, remedy: null }
      : failed(problem, ALLOW_NAMESPACES);
  } catch (error) {
    return failed(errorMessage(error), `${INSTALL} ${ALLOW_NAMESPACES}`);
  }
}

/** A command that may write one folder must write there, and see neither its neighbour nor a network. */
async function tryCommand(): Promise<string | null> {
  const dir = await realpath(await mkdtemp(join(tmpdir(), 'crew-probe-')));
  const outside = await realpath(await mkdtemp(join(tmpdir(), 'crew-probe-')));
  try {
    await writeFile(join(outside, 'canary'), 'seen');
    const command = `echo made > made && cat made; cat '${outside}/canary'; tail -n +3 /proc/net/dev | grep -v ' lo:'; true`;
    const result = await wrapCommand(
      { command, writable: [dir], readable: [], hosts: [], networkNodeArgs: [] },
      (shellCommand) =>
        runProcess({
          file: '/bin/bash',
          args: ['-c', shellCommand],
          cwd: dir,
          env: { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8' },
          timeoutMs: PROBE_TIMEOUT_MS,
          outputLimitBytes: PROBE_OUTPUT_BYTES,
        }),
    );
    return problemOf(result.output, result.timedOut);
  } finally {
    for (const made of [dir, outside]) await rm(made, { recursive: true, force: true });
  }
}

function problemOf(output: string, timedOut: boolean): string | null {
  if (timedOut) return `a trial command did not end within ${PROBE_TIMEOUT_MS} ms`;
  const lines = output.split('\n');
  if (!lines.includes('made')) return `a trial command failed: ${output.trim().slice(0, 500) || 'no output'}`;
  if (lines.includes('seen')) return 'a trial command could read outside of its folder';
  if (lines.some((line) => /^\s*[\w.@-]+:\s+\d/.test(line))) return 'a trial command had a network';
  return null;
}
