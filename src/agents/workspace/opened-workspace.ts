/** One open workspace: its reads, its commands and its end. */

import { isUtf8 } from 'node:buffer';
import { UserError } from '../../core/errors.ts';
import type { Repository } from '../../core/records.ts';
import type { CheckRunRecord, CommitSummary } from '../../core/result-records.ts';
import type { CommandOptions, SkippedCommit, Workspace } from '../../core/workspace-ports.ts';
import type { CommitsToRead } from './changed-entries.ts';
import { compareCommits, surveyCommits } from './compare-commits.ts';
import type { WorkspacesContext } from './context.ts';
import { diskFailure } from './failures.ts';
import { GitError, git, tryGit } from './git.ts';
import { blameText, type HistoryToRead, logText } from './history.ts';
import type { JobDir } from './job-dir.ts';
import { fetchIntoMirror } from './mirror.ts';
import { shareShallow } from './shallow.ts';
import { diffTree } from './tree-diff.ts';

const SHA = /^[0-9a-f]{40}$/;
/** UTF-8 takes up to four bytes a character. */
const BYTES_PER_CHAR = 4;
/** As file systems have it. */
const NAME_MAX_BYTES = 256;

interface Opened {
  readonly job: JobDir;
  readonly repository: Repository;
  readonly headSha: string;
  readonly treeSha: string;
  readonly commits: readonly CommitSummary[];
  readonly skipped: readonly SkippedCommit[];
  close(): Promise<void>;
}

export function openedWorkspace(context: WorkspacesContext, opened: Opened): Workspace {
  const { job, headSha } = opened;
  const ended = new AbortController();
  const { signal } = ended;
  const commits = (from: string, to: string) => commitsToRead(context, opened, { from, to, signal });
  const history = (sha: string) => historyToRead(context, opened, sha, signal);
  return {
    dir: job.tree,
    headSha,
    treeSha: opened.treeSha,
    commits: opened.commits,
    skipped: opened.skipped,
    sandbox: context.sandbox.mode,
    diff: told(() =>
      diffTree(
        { machine: context.machine, gitDir: job.gitDir, tree: job.tree, limits: context.limits },
        headSha,
      ),
    ),
    changedFiles: told(async (from, to) => await surveyCommits(await commits(from, to))),
    compare: told(async (from, to, paths) => await compareCommits(await commits(from, to), paths)),
    log: async (sha, path) => await logText(await history(sha), path),
    blame: async (sha, path, startLine, endLine) =>
      await blameText(await history(sha), path, startLine, endLine),
    show: async (sha, path) => textOf(await readBlob(context, opened, sha, path)),
    bytes: (sha, path) => readBlob(context, opened, sha, path),
    list: (sha, folder) => list(context, opened, sha, folder),
    run: told((command, options) =>
      run(context, job, command, { ...options, signal: AbortSignal.any([options.signal, signal]) }),
    ),
    close: async () => {
      ended.abort();
      await opened.close();
    },
  };
}

/** A full disk is said as such, whatever was being done. */
function told<Args extends readonly unknown[], T>(
  call: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  return async (...args) => {
    try {
      return await call(...args);
    } catch (error) {
      throw diskFailure(error);
    }
  };
}

/** The two commits, present, `from` replaced by the merge base. */
async function commitsToRead(
  context: WorkspacesContext,
  opened: Opened,
  { from, to, signal }: { readonly from: string; readonly to: string; readonly signal: AbortSignal },
): Promise<CommitsToRead> {
  const { machine, limits } = context;
  const call = { gitDir: opened.job.gitDir, signal, timeoutMs: limits.gitTimeoutMs };
  await makePresent(context, opened, [from, to], signal);
  const found = await tryGit(machine, ['merge-base', from, to], call);
  // Exit status 1 and no word: there is none.
  if (found.exitCode === 1 && found.stderr === '') {
    throw new UserError('The two commits have no history in common.');
  }
  if (found.exitCode !== 0) throw new GitError('merge-base', found);
  return { machine, call, limits, base: found.stdout.toString().trim(), head: to };
}

async function historyToRead(
  context: WorkspacesContext,
  opened: Opened,
  sha: string,
  signal: AbortSignal,
): Promise<HistoryToRead> {
  const call = { gitDir: opened.job.gitDir, signal, timeoutMs: context.limits.gitTimeoutMs };
  await makePresent(context, opened, [sha], signal);
  return { machine: context.machine, call, sha };
}

/** Fetches what the mirror does not have yet. */
async function makePresent(
  context: WorkspacesContext,
  opened: Opened,
  shas: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const call = { gitDir: opened.job.gitDir, signal, timeoutMs: context.limits.gitTimeoutMs };
  const missing: string[] = [];
  for (const sha of shas) {
    if (!SHA.test(sha)) throw new UserError(`\`${sha.slice(0, 80)}\` is not the name of a commit.`);
    const { exitCode } = await tryGit(context.machine, ['cat-file', '-e', `${sha}^{commit}`], call);
    if (exitCode !== 0) missing.push(sha);
  }
  if (missing.length === 0) return;
  const { name, dir } = opened.job;
  const wanted = { job: `${name}/compare`, jobDir: dir, shas: missing, pullRequest: null };
  const mirror = await fetchIntoMirror(context, opened.repository, wanted, signal);
  await shareShallow(mirror, opened.job.gitDir);
}

async function readBlob(
  context: WorkspacesContext,
  opened: Opened,
  sha: string,
  path: string,
): Promise<Buffer | null> {
  if (!SHA.test(sha) || path === '' || path.includes('\0')) return null;
  const call = { gitDir: opened.job.gitDir, timeoutMs: context.limits.gitTimeoutMs };
  const object = `${sha}:${path}`;
  const size = await tryGit(context.machine, ['cat-file', '-s', object], call);
  const type = await tryGit(context.machine, ['cat-file', '-t', object], call);
  if (size.exitCode !== 0 || type.stdout.toString().trim() !== 'blob') return null;
  if (Number(size.stdout.toString()) > context.limits.fileMaxBytes) {
    throw new UserError(`\`${path}\` is larger than ${context.limits.fileMaxBytes} bytes.`);
  }
  return await git(context.machine, ['cat-file', 'blob', object], call);
}

/** Null for what is no text. */
function textOf(blob: Buffer | null): string | null {
  return blob === null || blob.includes(0) ? null : blob.toString('utf8');
}

async function list(
  context: WorkspacesContext,
  opened: Opened,
  sha: string,
  folder: string,
): Promise<readonly string[]> {
  if (!SHA.test(sha) || folder.includes('\0')) return [];
  const { gitTimeoutMs, listMaxNames } = context.limits;
  const outputLimitBytes = listMaxNames * NAME_MAX_BYTES;
  const call = { gitDir: opened.job.gitDir, timeoutMs: gitTimeoutMs, outputLimitBytes };
  const listed = await tryGit(context.machine, ['ls-tree', '-z', '--name-only', `${sha}:${folder}`], call);
  const names = listed.stdout.toString('latin1').split('\0').slice(0, -1);
  if (listed.truncated || names.length > listMaxNames) {
    throw new UserError(
      `\`${folder}\` holds more than ${listMaxNames} files: too many for the crew to list.`,
    );
  }
  if (listed.exitCode !== 0) return [];
  const bytes = names.map((name) => Buffer.from(name, 'latin1'));
  return bytes.filter((name) => isUtf8(name)).map(String);
}

async function run(
  context: WorkspacesContext,
  job: JobDir,
  command: string,
  options: CommandOptions,
): Promise<CheckRunRecord> {
  const maxChars = context.limits.checkOutputMaxChars;
  const started = performance.now();
  const result = await context.sandbox.spawn(command, {
    cwd: job.tree,
    tmpDir: job.tmp,
    env: { PATH: context.machine.path },
    outputLimitBytes: maxChars * BYTES_PER_CHAR,
    ...options,
  });
  return {
    command,
    exitCode: result.exitCode,
    timedOut: result.timedOut,
    output: endOf(result.output, result.omittedBytes, maxChars),
    durationMs: Math.round(performance.now() - started),
    sandbox: context.sandbox.mode,
  };
}

/** The end of the output, and a first line that says how much is missing before it. */
function endOf(output: string, omittedBytes: number, maxChars: number): string {
  if (omittedBytes === 0 && output.length <= maxChars) return output;
  const note = '[the beginning is left out]\n';
  return note + output.slice(-(maxChars - note.length));
}
