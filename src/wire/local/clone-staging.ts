/**
 * A bare repository of our own that borrows the objects of a clone on this machine. The clone's settings, hooks and texts are
 * anybody's: in the clone itself only names are resolved, everything else is done here.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { GitMachine } from '../../agents/workspace/git.ts';
import { inMirror, type MirrorCall, tryInMirror } from '../../agents/workspace/mirror-git.ts';
import { ConfigError } from '../../core/errors.ts';
import { CONFIG_PATH } from '../../core/repo-config.ts';
import { locateRepository, type RepositoryPlace } from './locate-repository.ts';

export interface CloneWanted {
  readonly dir: string;
  /** Folder to make our own repository in. */
  readonly stagingDir: string;
  /** To find git on. */
  readonly path: string;
  readonly signal: AbortSignal;
}

/** `.github/crew.yml` at the base; null when there is none, its size when it is too long to be read. */
export type LocalConfig = string | null | { readonly bytes: number };

export const LOCAL_DEFAULT_BRANCH = 'main';
export const CONFIG_MAX_BYTES = 256 * 1024;

const GIT_TIMEOUT_MS = 60_000;

/** Throws ConfigError for what the crew cannot work on. */
export async function openClone(
  wanted: CloneWanted,
): Promise<{ readonly place: RepositoryPlace; readonly clone: MirrorCall }> {
  const place = await locateRepository(wanted.dir);
  const clone = gitIn(wanted, place.gitDir);
  await refuseShallow(clone);
  await refuseSha256(clone);
  return { place, clone };
}

export function nameOf({ top }: RepositoryPlace): string {
  return shownText(basename(top)).replace(/\.git$/, '') || 'repository';
}

export function gitIn({ path, signal }: Pick<CloneWanted, 'path' | 'signal'>, gitDir: string): MirrorCall {
  return { machine: machineAt(path), gitDir, timeoutMs: GIT_TIMEOUT_MS, signal };
}

/** Whatever is not in the clone is not fetched: no remote of its settings is asked. */
export function machineAt(path: string): GitMachine {
  return { path, env: { GIT_NO_LAZY_FETCH: '1' } };
}

/** Its settings are ours alone. The objects are borrowed: nothing is copied. */
export async function makeStaging(
  { stagingDir, path, signal }: CloneWanted,
  place: RepositoryPlace,
): Promise<void> {
  await mkdir(stagingDir, { recursive: true });
  const call = { machine: { path, env: {} }, gitDir: stagingDir, timeoutMs: GIT_TIMEOUT_MS, signal };
  await inMirror(call, (git) => git.init(true, [`--initial-branch=${LOCAL_DEFAULT_BRANCH}`]));
  await rm(join(stagingDir, 'hooks'), { recursive: true, force: true });
  await borrowObjects(stagingDir, place);
}

/** For git in `gitDir`, which has a folder for it. */
export async function borrowObjects(gitDir: string, { commonDir }: RepositoryPlace): Promise<void> {
  const objects = join(commonDir, 'objects');
  // A path in this file ends at the line; in quotes it may hold anything. https://git-scm.com/docs/gitrepository-layout
  await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${JSON.stringify(objects)}\n`);
}

export async function configAt(staging: MirrorCall, baseSha: string): Promise<LocalConfig> {
  const blob = `${baseSha}:${CONFIG_PATH}`;
  const size = await tryInMirror(staging, (git) => git.raw(['cat-file', '-s', blob]));
  if (size === null) return null;
  if (Number(size) > CONFIG_MAX_BYTES) return { bytes: Number(size) };
  return tryInMirror(staging, (git) => git.raw(['cat-file', 'blob', blob]));
}

export function shownText(revision: string): string {
  return revision
    .replace(/\p{Cc}/gu, '�')
    .slice(0, 100)
    .toWellFormed();
}

async function refuseShallow(clone: MirrorCall): Promise<void> {
  const answer = await tryInMirror(clone, (git) => git.raw(['rev-parse', '--is-shallow-repository']));
  if (answer === null)
    throw new ConfigError('--repo: git cannot read this repository. Try `git fsck` in it.');
  if (answer === 'true') {
    throw new ConfigError(
      '--repo: this clone is shallow, so that commits which are needed are missing in it. Run `git fetch --unshallow` first (in GitHub Actions: `fetch-depth: 0`).',
    );
  }
}

/** The mirrors that agents read are of SHA-1, as all of GitHub is. */
async function refuseSha256(clone: MirrorCall): Promise<void> {
  const format = await tryInMirror(clone, (git) => git.raw(['rev-parse', '--show-object-format']));
  if (format === 'sha256') throw new ConfigError('--repo: SHA-256 repositories are not supported.');
}
