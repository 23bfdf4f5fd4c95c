/** Other processes, known by more than a number that the system gives again to somebody else. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const ps = promisify(execFile);

/** Names one run of one process; null when it does not run. A zombie has ended, though nobody has collected it yet. */
export async function processIdentity(pid: number): Promise<string | null> {
  if (process.platform === 'linux') return linuxIdentity(pid);
  const started = await psField(pid, 'lstart=');
  return started === null ? null : `${pid}/${started}`;
}

/** The command line, or null when the process does not run. */
export async function commandLine(pid: number): Promise<string | null> {
  if (process.platform !== 'linux') return psField(pid, 'command=');
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  return text === null ? null : text.replaceAll('\u0000', ' ');
}

/** False when the process has ended meanwhile. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** Fields after the command, which is in parentheses and may hold anything: state is the first, start time the twentieth (proc(5)). */
async function linuxIdentity(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : `${pid}/${fields[19] ?? ''}`;
}

async function psField(pid: number, field: string): Promise<string | null> {
  const answer = await ps('ps', ['-o', field, '-p', String(pid)]).catch(() => null);
  const text = answer?.stdout.trim() ?? '';
  return text === '' ? null : text;
}
