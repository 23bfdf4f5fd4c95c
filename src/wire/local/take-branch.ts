/**
 * Brings the crew's branch from a repository of our own into the clone on this machine: its objects as one pack, then the ref. Its
 * work tree, its index and the branch that is checked out stay as they are.
 */
import { constants, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { git } from '../../agents/workspace/git.ts';
import { ConfigError, errorMessage } from '../../core/errors.ts';
import { isFree, namesLike, openCloneRefs } from './clone-refs.ts';
import { machineAt } from './clone-staging.ts';
import type { RepositoryPlace } from './locate-repository.ts';

export interface Taking {
  readonly place: RepositoryPlace;
  /** Bare, ours; it holds `branch`. */
  readonly stagingDir: string;
  readonly branch: string;
  readonly baseSha: string;
  readonly headSha: string;
  readonly path: string;
  readonly signal: AbortSignal;
}

const PACK_TIMEOUT_MS = 120_000;
/** Git finds a pack by its index, so that comes last. */
const PACK_FILES = ['.pack', '.rev', '.idx'];

/** Answers the branch's name, with a suffix where somebody took the name meanwhile. Throws ConfigError when the clone cannot be written. */
export async function takeBranch(taking: Taking): Promise<string> {
  const work = await mkdtemp(`${taking.stagingDir}-taking-`);
  try {
    await copyObjects(taking, work);
    const refs = await openCloneRefs(taking.place, join(work, 'refs.git'), taking);
    for (const name of namesLike(taking.branch)) {
      if (!isFree(name, await refs.near(name))) continue;
      if (await refs.create(name, taking.headSha)) return name;
    }
    throw new Error(`no branch ${taking.branch} can be made`);
  } catch (error) {
    taking.signal.throwIfAborted();
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(`--repo: the branch could not be written: ${errorMessage(error)}`, {
      cause: error,
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function copyObjects(
  { place, stagingDir, baseSha, headSha, path, signal }: Taking,
  work: string,
): Promise<void> {
  const machine = machineAt(path);
  const call = { gitDir: stagingDir, timeoutMs: PACK_TIMEOUT_MS, signal };
  const stdin = `${headSha}\n^${baseSha}\n`;
  await git(machine, ['pack-objects', '--revs', '--quiet', join(work, 'pack')], { ...call, stdin });
  const made = (await readdir(work)).filter((name) => name.startsWith('pack-'));
  const packs = join(place.commonDir, 'objects', 'pack');
  await mkdir(packs, { recursive: true });
  for (const end of PACK_FILES) {
    for (const name of made.filter((file) => file.endsWith(end))) {
      // A pack that is half there must not be seen: what begins with tmp_ is none to git, which removes it in time.
      const half = join(packs, `tmp_${name}`);
      await copyFile(join(work, name), half, constants.COPYFILE_EXCL);
      await rename(half, join(packs, name));
    }
  }
}
