/** A mirror on the disk: made complete or not at all, cleaned of what a failed fetch left, and put aside. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkspacesContext } from './context.ts';
import { endProcessesIn } from './job-dir.ts';
import { inMirror, type MirrorCall, tryInMirror } from './mirror-git.ts';

export function callOf(context: WorkspacesContext, gitDir: string, signal?: AbortSignal): MirrorCall {
  const call = { machine: context.machine, gitDir, timeoutMs: context.limits.gitTimeoutMs };
  return signal === undefined ? call : { ...call, signal };
}

/** Moved into place complete. Its own settings guard it from a `git gc` by hand: checkouts borrow its objects. */
export async function createIfMissing(
  context: WorkspacesContext,
  gitDir: string,
  signal: AbortSignal,
): Promise<void> {
  if ((await stat(join(gitDir, 'HEAD')).catch(() => null)) !== null) return;
  const made = `${gitDir}.${randomUUID()}`;
  try {
    await makeMirror(context, made, signal);
    await rm(gitDir, { recursive: true, force: true });
    await rename(made, gitDir);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
}

async function makeMirror(context: WorkspacesContext, made: string, signal: AbortSignal): Promise<void> {
  await mkdir(made);
  await inMirror(callOf(context, made, signal), async (git) => {
    await git.init(true, ['--initial-branch=none']);
    await git.addConfig('gc.auto', '0');
    await git.addConfig('gc.pruneExpire', 'never');
  });
  // From the machine's template, which simple-git lets nobody choose.
  await rm(join(made, 'hooks'), { recursive: true, force: true });
}

export async function putAside(gitDir: string): Promise<void> {
  const aside = `${gitDir}.${randomUUID()}`;
  await rename(gitDir, aside).catch(() => {}); // It is gone already.
  await rm(aside, { recursive: true, force: true });
}

/** What a fetch that failed has left; git does not remove it, and it may be as large as the disk. */
export async function forgetFailed(
  context: WorkspacesContext,
  gitDir: string,
  jobDir: string,
): Promise<void> {
  // Git is gone, its helpers may not be: they would go on writing.
  await endProcessesIn(jobDir);
  await removeUnfinished(gitDir);
  const format = '--format=%(refname)';
  const refs = await tryInMirror(callOf(context, gitDir), (git) =>
    git.raw(['for-each-ref', '--count=1', format]),
  );
  // Nothing was ever fetched whole, so nobody borrows of it: loose objects go as well.
  if (refs === '') await putAside(gitDir);
}

export async function removeUnfinished(gitDir: string): Promise<void> {
  const packs = join(gitDir, 'objects', 'pack');
  const names = await readdir(packs).catch(() => []);
  for (const name of names.filter((one) => one.startsWith('tmp_')))
    await rm(join(packs, name), { force: true });
}

export async function packedBytes(gitDir: string): Promise<number> {
  const packs = join(gitDir, 'objects', 'pack');
  const names = await readdir(packs).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(packs, name)).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
