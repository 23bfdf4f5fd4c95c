/** What work without GitHub begins upon: a commit of a clone on this machine, and the branch that is to hold what comes of it. */
import { access, appendFile, constants, copyFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { tryGit } from '../../agents/workspace/git.ts';
import { inMirror, tryInMirror } from '../../agents/workspace/mirror-git.ts';
import { ConfigError } from '../../core/errors.ts';
import { isBranchName, slugOf } from '../../core/implement/branch-name.ts';
import { isFree, namesLike, openCloneRefs } from './clone-refs.ts';
import { commitOf } from './clone-revisions.ts';
import {
  type CloneWanted,
  configAt,
  gitIn,
  LOCAL_DEFAULT_BRANCH,
  type LocalConfig,
  machineAt,
  makeStaging,
  nameOf,
  openClone,
  shownText,
} from './clone-staging.ts';
import type { RepositoryPlace } from './locate-repository.ts';

export interface BaseWanted extends CloneWanted {
  readonly base: string;
}

export interface LocalBase {
  readonly place: RepositoryPlace;
  /** Bare, ours; it borrows the clone's objects. */
  readonly gitDir: string;
  readonly name: string;
  readonly baseSha: string;
  /** Checked out in the clone; a name of ours where none is. */
  readonly baseBranch: string;
  readonly config: LocalConfig;
  /** Tracked files of the clone that differ from its newest commit; null when that cannot be seen. */
  readonly uncommitted: number | null;
}

const GIT_TIMEOUT_MS = 60_000;
/** `.have` lines for the borrowed objects would have git run in the clone, under its settings. */
const NO_ALTERNATE_REFS = '[core]\n\talternateRefsCommand = true\n';

/** Throws ConfigError for what the person can mend. */
export async function readBase(wanted: BaseWanted): Promise<LocalBase> {
  const { place, clone } = await openClone(wanted);
  const baseSha = await commitOf(clone, wanted.base, '--base');
  const head = await tryInMirror(clone, (git) => git.raw(['symbolic-ref', '--quiet', '--short', 'HEAD']));
  const headSha = await tryInMirror(clone, (git) => git.raw(['rev-parse', '--verify', '--quiet', 'HEAD']));
  await makeStaging(wanted, place);
  const staging = gitIn(wanted, wanted.stagingDir);
  await appendFile(join(wanted.stagingDir, 'config'), NO_ALTERNATE_REFS);
  await inMirror(staging, (git) => git.raw(['update-ref', 'refs/crew/base', baseSha]));
  return {
    place,
    gitDir: wanted.stagingDir,
    name: nameOf(place),
    baseSha,
    baseBranch: head === null || head === '' ? LOCAL_DEFAULT_BRANCH : shownText(head),
    config: await configAt(staging, baseSha),
    uncommitted: headSha === null ? null : await uncommittedIn(wanted, place, headSha),
  };
}

/** A name that is free now: the one that was asked for, else one made of the task's title. Throws ConfigError. */
export async function chooseBranch(
  wanted: CloneWanted & { readonly branch: string | null; readonly title: string },
  { place, baseBranch }: Pick<LocalBase, 'place' | 'baseBranch'>,
): Promise<string> {
  const refs = await openCloneRefs(place, `${wanted.stagingDir}-refs`, wanted);
  await refuseReadOnly(place);
  const { branch } = wanted;
  if (branch === null) {
    const first = `crew/${slugOf(wanted.title)}`;
    const near = [...(await refs.near(first)), baseBranch];
    const free = namesLike(first).find((name) => isFree(name, near));
    if (free !== undefined) return free;
    throw new ConfigError(`No branch ${first} can be made in this clone. Give a name with --branch.`);
  }
  if (!isBranchName(branch)) throw new ConfigError(`--branch: ${shownText(branch)} is no name for a branch.`);
  if (isFree(branch, [...(await refs.near(branch)), baseBranch])) return branch;
  throw new ConfigError(
    `--branch: ${branch} is there already, or stands in the way of another branch. Give another name: the crew moves no branch.`,
  );
}

/** Looked at before anything is spent. */
async function refuseReadOnly({ commonDir }: RepositoryPlace): Promise<void> {
  for (const part of ['refs/heads', 'objects']) {
    await access(join(commonDir, part), constants.W_OK).catch((error: unknown) => {
      throw new ConfigError(`--repo: ${join(commonDir, part)} cannot be written: no branch could be made.`, {
        cause: error,
      });
    });
  }
}

/** By a copy of the clone's index and settings of ours: no filter, monitor or submodule of its own is asked. */
async function uncommittedIn(
  { stagingDir, path, signal }: BaseWanted,
  { gitDir, top }: RepositoryPlace,
  headSha: string,
): Promise<number | null> {
  if (gitDir === top) return 0;
  const indexFile = `${stagingDir}-index`;
  const index = await stat(join(gitDir, 'index')).catch(() => null);
  if (!index?.isFile()) return null;
  await copyFile(join(gitDir, 'index'), indexFile);
  const machine = machineAt(path);
  const call = { gitDir: stagingDir, workTree: top, indexFile, timeoutMs: GIT_TIMEOUT_MS, signal };
  // Whether a file that was merely touched differs is only known when it is read.
  await tryGit(machine, ['update-index', '-q', '--refresh', '--ignore-submodules'], call);
  const names = new Set<string>();
  for (const what of [['diff-files'], ['diff-index', '--cached', headSha]]) {
    const args = [...what, '--name-only', '-z', '--ignore-submodules=all', '--'];
    const { exitCode, truncated, stdout } = await tryGit(machine, args, call);
    if (exitCode !== 0 || truncated) return null;
    for (const name of stdout.toString('utf8').split('\0').filter(Boolean)) names.add(name);
  }
  return names.size;
}
