/**
 * A bare mirror per repository, shared by its jobs and processes: fetched incrementally, never pruned while it
 * stands (checkouts borrow its objects), rebuilt when it is broken. Each job holds refs of its own.
 */
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setInterval } from 'node:timers';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../core/errors.ts';
import type { Repository } from '../../core/records.ts';
import type { WorkspacesContext } from './context.ts';
import { fetchFailure, isCorruption } from './failures.ts';
import { withFileLock } from './file-lock.ts';
import { GitError, type RemoteAccess } from './git.ts';
import {
  callOf,
  createIfMissing,
  forgetFailed,
  packedBytes,
  putAside,
  removeUnfinished,
} from './mirror-dir.ts';
import { inMirror, type MirrorCall, remoteArgs, tryInMirror } from './mirror-git.ts';

const SIZE_CHECK_MS = 1_000;
const UNFINISHED = /^\d+\.git\.[0-9a-f-]{36}$/;
/** No process works on an unfinished mirror for so long. */
const UNFINISHED_MAX_AGE_MS = 60 * 60_000;
/** Kept between jobs, so that the next fetch brings only what is new. */
const DEFAULT_BRANCH_REF = 'refs/mirror/default';

export interface Wanted {
  /** Names the refs that keep the commits while the job lives. */
  readonly job: string;
  /** The job's folder: ending the job ends what still runs there, a fetch's helper also. */
  readonly jobDir: string;
  readonly shas: readonly string[];
  readonly pullRequest: number | null;
}

/** Makes the commits present in the mirror and answers its path. Throws TransientError or UserError. */
export async function fetchIntoMirror(
  context: WorkspacesContext,
  repository: Repository,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<string> {
  const gitDir = mirrorDir(context.root, repository.id);
  if (await hasAlready(context, gitDir, wanted, signal)) return gitDir;
  const remote = asUrl(await context.cloneAccess.forReading(repository));
  return await locked(context, gitDir, signal, async () => {
    // Nobody else fetches into it now: what is unfinished was left by one who was killed.
    await removeUnfinished(gitDir);
    try {
      await createIfMissing(context, gitDir, signal);
      await fetchCommits(context, { gitDir, remote, repository, wanted, signal });
    } catch (error) {
      if (!isCorruption(error)) throw fetchFailure(error, `fetching ${repository.owner}/${repository.name}`);
      context.log.warn(
        { repository: repository.id, error },
        'the mirror of a repository is broken: it is built again',
      );
      await putAside(gitDir);
      await createIfMissing(context, gitDir, signal);
      await fetchCommits(context, { gitDir, remote, repository, wanted, signal }).catch((again: unknown) => {
        throw fetchFailure(again, `fetching ${repository.owner}/${repository.name}`);
      });
    }
    return gitDir;
  });
}

/** Removes a mirror that turned out to be broken when it was read; the next fetch builds it again. */
export async function discardMirror(
  context: WorkspacesContext,
  repository: Repository,
  signal: AbortSignal,
): Promise<void> {
  const gitDir = mirrorDir(context.root, repository.id);
  await locked(context, gitDir, signal, () => putAside(gitDir));
}

/** Lets go of the commits of jobs that were swept, and removes mirrors that were not finished or put aside. */
export async function sweepMirrors(context: WorkspacesContext, jobs: readonly string[]): Promise<void> {
  const mirrors = join(context.root, 'mirrors');
  for (const name of await readdir(mirrors).catch(() => [])) {
    const path = join(mirrors, name);
    if (/^\d+\.git$/.test(name)) for (const job of jobs) await releaseJob(context, path, job);
    else if (UNFINISHED.test(name) && (await isOld(path))) await rm(path, { recursive: true, force: true });
  }
}

/** Lets the job's commits go. Objects stay until the mirror is built again. */
export async function releaseJob(context: WorkspacesContext, gitDir: string, job: string): Promise<void> {
  const call = callOf(context, gitDir);
  const format = '--format=delete %(refname)';
  const refs = await inMirror(call, (git) => git.raw(['for-each-ref', format, `refs/crew/${job}/`]));
  if (refs !== '') await updateRefs(call, refs.split('\n'));
}

/** A folder of this machine may be given by its path. What it is, the operator says: no repository can name another. */
function asUrl(remote: RemoteAccess): RemoteAccess {
  return isAbsolute(remote.url) ? { ...remote, url: pathToFileURL(remote.url).href } : remote;
}

export function mirrorDir(root: string, repositoryId: number): string {
  return join(root, 'mirrors', `${repositoryId}.git`);
}

/** Commits that the default branch's history holds need no request to GitHub. */
async function hasAlready(
  context: WorkspacesContext,
  gitDir: string,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<boolean> {
  if (wanted.pullRequest !== null || (await stat(gitDir).catch(() => null)) === null) return false;
  const call = callOf(context, gitDir, signal);
  for (const sha of wanted.shas) {
    // Not `--is-ancestor`: simple-git waits 50 ms for what a silent command might still print.
    const base = await tryInMirror(call, (git) => git.raw(['merge-base', sha, DEFAULT_BRANCH_REF]));
    if (base !== sha) return false;
  }
  const commands = wanted.shas.map((sha, at) => `update refs/crew/${wanted.job}/${at} ${sha}`);
  try {
    await updateRefs(call, commands);
    return true;
  } catch (error) {
    if (error instanceof GitError) return false;
    throw error;
  }
}

/** All or none of them. https://git-scm.com/docs/git-update-ref */
async function updateRefs(call: MirrorCall, commands: readonly string[]): Promise<void> {
  const stdin = `${['start', ...commands, 'commit'].join('\n')}\n`;
  await inMirror({ ...call, stdin }, (git) => git.raw(['update-ref', '--stdin']));
}

interface Fetch {
  readonly gitDir: string;
  readonly remote: RemoteAccess;
  readonly repository: Repository;
  readonly wanted: Wanted;
  readonly signal: AbortSignal;
}

async function fetchCommits(context: WorkspacesContext, fetch: Fetch): Promise<void> {
  const { job, shas, pullRequest } = fetch.wanted;
  const refspecs = shas.map((sha, at) => `+${sha}:refs/crew/${job}/${at}`);
  if (pullRequest !== null) refspecs.push(`+refs/pull/${pullRequest}/head:refs/crew/${job}/pull`);
  const branch = `+refs/heads/${fetch.repository.defaultBranch}:${DEFAULT_BRANCH_REF}`;
  try {
    await fetchRefs(context, fetch, [...refspecs, branch]);
  } catch (error) {
    // The default branch was renamed since, or is missing; what the job needs may be there all the same.
    if (!(error instanceof Error) || !error.message.includes(`remote ref refs/heads/`)) throw error;
    // A mirror into which nothing was fetched yet is gone with the failure.
    await createIfMissing(context, fetch.gitDir, fetch.signal);
    await fetchRefs(context, fetch, refspecs);
  }
}

async function fetchRefs(
  context: WorkspacesContext,
  fetch: Fetch,
  refspecs: readonly string[],
): Promise<void> {
  const { limits } = context;
  const tooLarge = new AbortController();
  const watch = setInterval(async () => {
    if ((await packedBytes(fetch.gitDir)) > limits.mirrorMaxBytes) tooLarge.abort();
  }, SIZE_CHECK_MS).unref();
  // A clone on this machine may lack its older history; GitHub's never does.
  const options = [
    ...['--quiet', '--no-tags', '--no-write-fetch-head', '--no-auto-maintenance'],
    '--update-shallow',
  ];
  const call = {
    ...callOf(context, fetch.gitDir, AbortSignal.any([fetch.signal, tooLarge.signal])),
    cwd: fetch.wanted.jobDir,
    remote: fetch.remote,
    timeoutMs: limits.fetchTimeoutMs,
  };
  try {
    await inMirror(call, (git) =>
      git.raw([...remoteArgs(fetch.remote), 'fetch', ...options, '--', fetch.remote.url, ...refspecs]),
    );
  } catch (error) {
    await forgetFailed(context, fetch.gitDir, fetch.wanted.jobDir);
    if (!tooLarge.signal.aborted) throw error;
    const limit = `${Math.round(limits.mirrorMaxBytes / 1024 ** 2)} MiB`;
    throw new UserError(`The repository's history is larger than this crew takes (${limit}).`, {
      cause: error,
    });
  } finally {
    clearInterval(watch);
  }
}

async function locked<T>(
  context: WorkspacesContext,
  gitDir: string,
  signal: AbortSignal,
  body: () => Promise<T>,
): Promise<T> {
  await mkdir(join(context.root, 'mirrors'), { recursive: true });
  return await withFileLock(
    { path: `${gitDir}.lock`, waitMs: context.limits.lockWaitMs, clock: context.clock, signal },
    body,
  );
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs > UNFINISHED_MAX_AGE_MS;
}
