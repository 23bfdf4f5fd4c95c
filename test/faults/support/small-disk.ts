/** A file system of a few megabytes for one process, by bubblewrap and without root; and a repository that is larger. */
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import type { CrewPart } from '../../support/crew-parts.ts';

const MIB = 1024 ** 2;
const PROBE = ['--dev-bind', '/', '/', '--size', '1048576', '--tmpfs', '/tmp', 'true'];

/** The title of what needs it says so when it does not work here. */
export const smallDisksAreHere = spawnSync('bwrap', PROBE).status === 0;

/** The command that gives what it runs a new file system of that size at `dir`. */
export function onSmallDisk(dir: string, mebibytes: number): readonly string[] {
  const disk = ['--dev-bind', '/', '/', '--size', String(mebibytes * MIB), '--tmpfs', dir];
  return ['bwrap', '--die-with-parent', ...disk, '--chdir', dir];
}

/** The folder of its state as the process itself sees it. */
export async function insideOf(part: CrewPart): Promise<string> {
  const children = await readFile(`/proc/${part.pid()}/task/${part.pid()}/children`, 'utf8');
  return join(`/proc/${Number(children.trim().split(' ')[0])}/root`, part.stateDir);
}

export async function usedMib(dir: string): Promise<number> {
  const { blocks, bfree, bsize } = await statfs(dir);
  return ((blocks - bfree) * bsize) / MIB;
}

/** Of blobs that nothing makes smaller, `mebibytes` of them: none is kept, or sent, as what differs from another. */
export async function largeRepository(dir: string, mebibytes: number): Promise<void> {
  await mkdir(dir, { recursive: true });
  await simpleGit({ baseDir: dir, config: ['safe.bareRepository=all'] }).init(true, [
    '--initial-branch=main',
  ]);
  const settings = ['-c', 'core.compression=0', '-c', 'pack.compression=0', '-c', 'safe.bareRepository=all'];
  const git = spawn('git', [...settings, 'fast-import', '--quiet', '--depth=0'], {
    cwd: dir,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const ended = once(git, 'exit');
  const write = async (chunk: string | Buffer): Promise<void> => {
    if (!git.stdin.write(chunk)) await once(git.stdin, 'drain');
  };
  const blob = randomBytes(MIB);
  await write('commit refs/heads/main\ncommitter Mona Lisa <mona@example.com> 1788854400 +0000\ndata 0\n\n');
  for (let at = 0; at < mebibytes; at += 1) {
    blob.writeUInt32BE(at, 0);
    await write(`M 100644 inline blobs/${at}.bin\ndata ${blob.length}\n`);
    await write(blob);
    await write('\n');
  }
  git.stdin.end();
  const [status] = await ended;
  if (status !== 0) throw new Error(`git fast-import ended with ${status}`);
}
