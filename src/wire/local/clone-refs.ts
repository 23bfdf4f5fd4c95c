/**
 * The branches of a clone on this machine, read and added to without a word from its settings and hooks: git runs in a directory
 * of our own whose `refs` are the clone's. A hook of any kind, one named in its settings too, is then none of git's business.
 */
import { lstat, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { git, tryGit } from '../../agents/workspace/git.ts';
import { ConfigError } from '../../core/errors.ts';
import { borrowObjects, machineAt } from './clone-staging.ts';
import type { RepositoryPlace } from './locate-repository.ts';

export interface CloneRefs {
  /** Full names of branches that begin with the first part of `branch`. */
  near(branch: string): Promise<readonly string[]>;
  /** Makes a branch. False, and no change, when it cannot be made beside what is there. */
  create(branch: string, sha: string): Promise<boolean>;
}

const GIT_TIMEOUT_MS = 60_000;
const SUFFIX_MAX = 100;
const NOWHERE = 'ref: refs/heads/crew-of-nobody\n';
const SETTINGS = '[core]\n\trepositoryformatversion = 0\n\tbare = true\n';

/** `dir` is made. Throws ConfigError where the clone keeps its branches in another way, or elsewhere. */
export async function openCloneRefs(
  place: RepositoryPlace,
  dir: string,
  { path, signal }: { readonly path: string; readonly signal: AbortSignal },
): Promise<CloneRefs> {
  const { commonDir } = place;
  await refuseElsewhere(commonDir, ['refs', 'heads']);
  await mkdir(join(dir, 'objects', 'info'), { recursive: true });
  await writeFile(join(dir, 'HEAD'), NOWHERE);
  await writeFile(join(dir, 'config'), SETTINGS);
  await borrowObjects(dir, place);
  await symlink(join(commonDir, 'refs'), join(dir, 'refs'));
  await symlink(join(commonDir, 'packed-refs'), join(dir, 'packed-refs'));
  const machine = machineAt(path);
  const call = { gitDir: dir, timeoutMs: GIT_TIMEOUT_MS, signal };
  return {
    async near(branch) {
      const [first = ''] = branch.split('/');
      const args = ['for-each-ref', '--format=%(refname:lstrip=2)', `refs/heads/${first}`];
      return (await git(machine, args, call)).toString('utf8').split('\n').filter(Boolean);
    },
    async create(branch, sha) {
      await refuseElsewhere(commonDir, ['refs', 'heads', ...branch.split('/').slice(0, -1)]);
      const stdin = `create refs/heads/${branch} ${sha}\n`;
      return (await tryGit(machine, ['update-ref', '--stdin'], { ...call, stdin })).exitCode === 0;
    },
  };
}

/** A name, and what to call the branch where it is taken: with numbers, from 2. */
export function namesLike(branch: string): readonly string[] {
  return Array.from({ length: SUFFIX_MAX }, (_, index) => (index === 0 ? branch : `${branch}-${index + 1}`));
}

/** Whether a branch of this name can stand beside the others: git keeps them as files and folders. */
export function isFree(branch: string, near: readonly string[]): boolean {
  return near.every(
    (other) => other !== branch && !branch.startsWith(`${other}/`) && !other.startsWith(`${branch}/`),
  );
}

/** A link would have us write wherever it points. Folders that are not there yet are made by git. */
async function refuseElsewhere(commonDir: string, parts: readonly string[]): Promise<void> {
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const path = join(commonDir, ...parts.slice(0, depth));
    const found = await lstat(path).catch(() => null);
    if (found === null && depth > 2) return;
    if (found?.isDirectory() === true) continue;
    throw new ConfigError(
      `--repo: no branch can be made in this clone: ${path} is not a folder. (Reftables are not supported.)`,
    );
  }
}
