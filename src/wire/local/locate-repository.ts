/**
 * Finds the git directory of a folder by hand: to let git look for it would be to let git read the settings of whatever it
 * finds, and to refuse a clone that another user owns, as clones in containers often are.
 */
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../../core/errors.ts';

export interface RepositoryPlace {
  /** Where its HEAD is. */
  readonly gitDir: string;
  /** Where its objects and refs are: another folder for a worktree. */
  readonly commonDir: string;
  /** Folder that people know it by. */
  readonly top: string;
}

/** Path of a `.git` or `commondir` file; more is no such file. */
const POINTER_MAX_BYTES = 10_000;

/** `dir` or the first folder above it that is a repository, bare or not. Throws ConfigError when there is none. */
export async function locateRepository(dir: string): Promise<RepositoryPlace> {
  const start = await realpath(resolve(dir)).catch(() => {
    throw new ConfigError(`--repo: ${dir} is not there.`);
  });
  for (let top = start; ; top = dirname(top)) {
    const gitDir = await gitDirAt(top);
    if (gitDir !== null) return { gitDir, commonDir: await commonDirOf(gitDir), top };
    if (top === dirname(top)) break;
  }
  throw new ConfigError(`--repo: ${dir} is not in a git repository. Name the folder of a clone.`);
}

async function gitDirAt(top: string): Promise<string | null> {
  const dotGit = join(top, '.git');
  const found = await stat(dotGit).catch(() => null);
  if (found?.isDirectory()) return (await isGitDir(dotGit)) ? dotGit : null;
  if (found?.isFile()) {
    const target = /^gitdir: (.+)$/s.exec(await pointer(dotGit))?.[1];
    const gitDir = target === undefined ? null : resolve(top, target.trim());
    return gitDir !== null && (await isGitDir(gitDir)) ? gitDir : null;
  }
  return (await isGitDir(top)) ? top : null;
}

async function isGitDir(dir: string): Promise<boolean> {
  const [head, refs] = await Promise.all([
    stat(join(dir, 'HEAD')).catch(() => null),
    commonDirOf(dir).then((common) => stat(join(common, 'objects')).catch(() => null)),
  ]);
  return head?.isFile() === true && refs?.isDirectory() === true;
}

/** https://git-scm.com/docs/gitrepository-layout#Documentation/gitrepository-layout.txt-commondir */
async function commonDirOf(gitDir: string): Promise<string> {
  const text = await pointer(join(gitDir, 'commondir')).catch(() => '');
  return text.trim() === '' ? gitDir : resolve(gitDir, text.trim());
}

async function pointer(path: string): Promise<string> {
  const found = await stat(path);
  if (!found.isFile() || found.size > POINTER_MAX_BYTES) throw new Error(`${path} is no pointer of git's`);
  return readFile(path, 'utf8');
}
