/**
 * The folder of one job: its work tree, its git directory beside the tree (out of the agent's reach), and its
 * temporary files. Ending a job ends the processes that are still in it; jobs of dead processes are swept.
 */
import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  realpath,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { isGone, parseOwner, thisOwner } from './owner.ts';

const OWNER_FILE = 'owner.json';
/** A folder tree whose permissions an agent took away is mended level by level. */
const MEND_ROUNDS = 64;

export interface JobDir {
  /** Also names the job's refs in the mirror. */
  readonly name: string;
  readonly dir: string;
  readonly tree: string;
  readonly gitDir: string;
  readonly tmp: string;
}

/** `name` is made unique: the process of an earlier attempt may still be at work. */
export async function createJobDir(root: string, name: string, mirror: string): Promise<JobDir> {
  const unique = `${name.replace(/[^\w-]/g, '_').slice(0, 80)}-${randomBytes(4).toString('hex')}`;
  await mkdir(join(root, 'work'), { recursive: true });
  const dir = join(await realpath(join(root, 'work')), unique);
  const job = { name: unique, dir, tree: join(dir, 'tree'), gitDir: join(dir, 'git'), tmp: join(dir, 'tmp') };
  await mkdir(dir);
  try {
    await writeFile(join(dir, OWNER_FILE), JSON.stringify(thisOwner()));
    await Promise.all([mkdir(job.tree), mkdir(job.tmp), createGitDir(job.gitDir, mirror)]);
    return job;
  } catch (error) {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
    throw error;
  }
}

/** Ends every process that works in the folder, then removes it. Never throws for what has gone. */
export async function removeJobDir(dir: string): Promise<void> {
  await endProcessesIn(dir);
  for (let round = 0; round < MEND_ROUNDS; round += 1) {
    try {
      await rm(dir, { recursive: true, force: true, maxRetries: 3 });
      return;
    } catch (error) {
      const denied =
        error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
      if (!denied || round === MEND_ROUNDS - 1) throw error;
      await allowRemoval(dir);
    }
  }
}

/** Jobs under `root` whose process is gone, or which are older than any job may be. */
export async function leftoverJobs(root: string, maxAgeMs: number): Promise<readonly string[]> {
  const names = await readdir(join(root, 'work')).catch(() => []);
  const left: string[] = [];
  for (const name of names) {
    const dir = join(root, 'work', name);
    const owner = parseOwner(await readFile(join(dir, OWNER_FILE), 'utf8').catch(() => ''));
    const made = await stat(dir).catch(() => null);
    const old = made !== null && Date.now() - made.mtimeMs > maxAgeMs;
    if (old || (owner !== null && isGone(owner))) left.push(dir);
  }
  return left;
}

/** What `git init --template=` makes, with the mirror's objects borrowed: no hooks, no settings, no refs of others. */
async function createGitDir(gitDir: string, mirror: string): Promise<void> {
  for (const dir of ['objects/info', 'objects/pack', 'refs/heads', 'info'])
    await mkdir(join(gitDir, dir), { recursive: true });
  await writeFile(join(gitDir, 'config'), '[core]\n\trepositoryformatversion = 0\n\tbare = false\n');
  await writeFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
  await writeFile(join(gitDir, 'objects/info/alternates'), `${join(mirror, 'objects')}\n`);
}

/** By working directory: what a command left behind when there is no sandbox to end it. Linux only. */
export async function endProcessesIn(dir: string): Promise<void> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
    if (`${cwd.replace(/ \(deleted\)$/, '')}/`.startsWith(`${dir}/`) && Number(pid) !== process.pid)
      kill(Number(pid));
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile, or is another user's.
  }
}

/** Gives back the permissions without which folders cannot be emptied. The failed removal may still be at work. */
async function allowRemoval(dir: string): Promise<void> {
  const found = await lstat(dir).catch(() => null);
  if (!found?.isDirectory()) return;
  await chmod(dir, 0o700).catch(() => {});
  for (const entry of await readdir(dir, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await allowRemoval(join(dir, entry.name));
  }
}
