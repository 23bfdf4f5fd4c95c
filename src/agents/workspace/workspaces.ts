/** Workspaces: isolated checkouts of a repository that agents may change, and the branches made of their work. */
import { mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errorMessage, UserError } from '../../core/errors.ts';
import type { CloneAccess } from '../../core/github-ports.ts';
import { treeDiffers } from '../../core/messages/branches.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Repository } from '../../core/records.ts';
import type {
  BuiltCommits,
  CommitsRequest,
  PushRequest,
  Workspace,
  WorkspaceRequest,
  Workspaces,
} from '../../core/workspace-ports.ts';
import { type Sandbox, SYSTEM_PATH } from '../sandbox/sandbox.ts';
import { builtCommits } from './built-commits.ts';
import { type Committed, commitPatches, type Wanted } from './commit-patches.ts';
import type { WorkspacesContext } from './context.ts';
import { diskFailure, isCorruption, pathFailure } from './failures.ts';
import { git } from './git.ts';
import { checkGitVersion } from './git-version.ts';
import { createJobDir, type JobDir, leftoverJobs, removeJobDir } from './job-dir.ts';
import { WORKSPACE_LIMITS, type WorkspaceLimits } from './limits.ts';
import { discardMirror, fetchIntoMirror, mirrorDir, releaseJob, sweepMirrors } from './mirror.ts';
import { openedWorkspace } from './opened-workspace.ts';
import { pushBranch } from './push-branch.ts';
import { shareShallow } from './shallow.ts';
import { ATTRIBUTES } from './tree-diff.ts';
import { checkTreeSize } from './tree-size.ts';

const SHA = /^[0-9a-f]{40}$/;

export interface WorkspacesOptions {
  /** Holds mirrors and checkouts; shared by the processes of one machine. */
  readonly root: string;
  readonly sandbox: Sandbox;
  readonly cloneAccess: CloneAccess;
  readonly log: Log;
  readonly clock: Clock;
  readonly limits?: Partial<WorkspaceLimits>;
  /** PATH to find git and commands on. */
  readonly path?: string;
  /** What git needs to reach GitHub from here, such as `https_proxy` or `GIT_SSL_CAINFO`. No secrets. */
  readonly gitEnv?: Readonly<Record<string, string>>;
}

/** Checks git (ConfigError), and removes what dead processes left under `root`. */
export async function createWorkspaces(options: WorkspacesOptions): Promise<Workspaces> {
  const machine = { path: options.path ?? SYSTEM_PATH, env: options.gitEnv ?? {} };
  await checkGitVersion(machine.path);
  await mkdir(options.root, { recursive: true, mode: 0o700 });
  const root = await realpath(options.root);
  const limits = { ...WORKSPACE_LIMITS, ...options.limits };
  const context: WorkspacesContext = { ...options, machine, root, limits };
  await sweep(context);
  return {
    open: (request) => open(context, request),
    commits: (request) => commits(context, request),
    push: (request) => push(context, request),
  };
}

async function open(context: WorkspacesContext, request: WorkspaceRequest): Promise<Workspace> {
  try {
    return await openOnce(context, request);
  } catch (error) {
    if (!isCorruption(error)) throw error;
    context.log.warn(
      { repository: request.repository.id, error },
      'a mirror could not be read: it is built again',
    );
    await discardMirror(context, request.repository, request.signal);
    return await openOnce(context, request);
  }
}

async function openOnce(context: WorkspacesContext, request: WorkspaceRequest): Promise<Workspace> {
  const { repository, signal } = request;
  const keep = true;
  return await inJob(context, { name: request.subtaskId, repository, keep }, async (job) => {
    const made = await build(context, job, { ...request, ofPullRequest: request.pullRequest ?? null });
    const { headSha, treeSha, commits, skipped } = made;
    const call = { gitDir: job.gitDir, signal, timeoutMs: context.limits.gitTimeoutMs };
    await writeFile(join(job.gitDir, 'HEAD'), `${headSha}\n`);
    await git(context.machine, ['read-tree', '--reset', '-u', headSha], { ...call, workTree: job.tree });
    const close = () => closeJob(context, repository, job);
    return openedWorkspace(context, { job, repository, headSha, treeSha, commits, skipped, close });
  });
}

async function commits(context: WorkspacesContext, request: CommitsRequest): Promise<BuiltCommits> {
  const { repository, signal, baseSha } = request;
  const keep = false;
  return await inJob(context, { name: `commits-${baseSha}`, repository, keep }, async (job) => {
    const made = await build(context, job, request);
    const call = { gitDir: job.gitDir, signal, timeoutMs: context.limits.gitTimeoutMs };
    return await builtCommits({ machine: context.machine, call, limits: context.limits }, made);
  });
}

async function push(context: WorkspacesContext, request: PushRequest): Promise<{ headSha: string }> {
  const { repository, signal, branch, baseSha, onto, force } = request;
  if (onto !== null && !force && onto !== baseSha) throw new Error(`${baseSha} does not go on from ${onto}`);
  const keep = false;
  return await inJob(context, { name: `push-${branch}`, repository, keep }, async (job) => {
    const { headSha, treeSha } = await build(context, job, request);
    if (treeSha !== request.expectedTree) throw treeDiffers(treeSha, request.expectedTree);
    const remote = { url: request.url, token: request.token };
    const timeoutMs = context.limits.pushTimeoutMs;
    const pushed = { gitDir: job.gitDir, branch, headSha, onto: request.onto, remote, signal, timeoutMs };
    await pushBranch(context.machine, pushed);
    return { headSha };
  });
}

/** Fetches what the commits stand on, and makes them in the job's git directory. */
async function build(
  context: WorkspacesContext,
  job: JobDir,
  request: Wanted & {
    readonly repository: Repository;
    readonly signal: AbortSignal;
    readonly alsoShas?: readonly string[];
    readonly ofPullRequest?: number | null;
  },
): Promise<Committed> {
  const { repository, baseSha, replay, alsoShas, signal } = request;
  const replayed = replay ? [replay.fromSha, replay.toSha] : [];
  const wanted = {
    job: job.name,
    jobDir: job.dir,
    shas: [...new Set([baseSha, ...replayed, ...(alsoShas ?? [])])].map(checkedSha),
    pullRequest: request.ofPullRequest ?? null,
  };
  await shareShallow(await fetchIntoMirror(context, repository, wanted, signal), job.gitDir);
  await writeFile(join(job.gitDir, 'info', 'attributes'), ATTRIBUTES);
  const call = { gitDir: job.gitDir, signal, timeoutMs: context.limits.gitTimeoutMs };
  for (const sha of new Set([baseSha, ...replayed]))
    await checkTreeSize(context.machine, call, sha, context.limits);
  return await commitPatches(context.machine, call, request);
}

/** Gives `body` a folder of its own, which is removed unless it is kept and `body` succeeds. */
async function inJob<T>(
  context: WorkspacesContext,
  of: { readonly name: string; readonly repository: Repository; readonly keep: boolean },
  body: (job: JobDir) => Promise<T>,
): Promise<T> {
  const mirror = mirrorDir(context.root, of.repository.id);
  const job = await createJobDir(context.root, of.name, mirror).catch((error: unknown) => {
    throw diskFailure(error);
  });
  let kept = false;
  try {
    const made = await body(job);
    kept = of.keep;
    return made;
  } catch (error) {
    throw diskFailure(pathFailure(error));
  } finally {
    if (!kept) await closeJob(context, of.repository, job);
  }
}

/** Never throws: what cannot be removed now is swept later. */
async function closeJob(context: WorkspacesContext, repository: Repository, job: JobDir): Promise<void> {
  const mirror = mirrorDir(context.root, repository.id);
  try {
    await removeJobDir(job.dir);
    if ((await stat(mirror).catch(() => null)) !== null) await releaseJob(context, mirror, job.name);
  } catch (error) {
    context.log.warn({ job: job.name, error: errorMessage(error) }, 'a workspace could not be removed');
  }
}

async function sweep(context: WorkspacesContext): Promise<void> {
  const left = await leftoverJobs(context.root, context.limits.leftoverMaxAgeMs);
  try {
    for (const dir of left) {
      context.log.info({ dir }, 'removing the workspace of a process that is gone');
      await removeJobDir(dir);
    }
    await sweepMirrors(
      context,
      left.map((dir) => basename(dir)),
    );
  } catch (error) {
    context.log.warn({ error: errorMessage(error) }, 'what dead processes left could not all be removed');
  }
}

function checkedSha(sha: string): string {
  if (SHA.test(sha)) return sha;
  throw new UserError(`\`${sha.slice(0, 80)}\` is not the name of a commit.`);
}
