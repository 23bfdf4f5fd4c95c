/**
 * What an agent changed in its work tree, path by path, and what of it must stay out of a pull request. Only plumbing
 * that starts no program: `git add` and `git status` run git inside nested repositories, whose settings the agent wrote.
 */

import { isUtf8 } from 'node:buffer';
import { lstat, readlink } from 'node:fs/promises';
import { posix } from 'node:path';
import { RunEndedError } from '../../core/errors.ts';
import type { LeftOut } from '../../core/result-records.ts';
import { type GitMachine, git } from './git.ts';
import type { WorkspaceLimits } from './limits.ts';

const LIST_MAX_BYTES = 20_000_000;

export interface ChangedPaths {
  /** For `git update-index --stdin`. */
  readonly included: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

export interface TreeToRead {
  readonly machine: GitMachine;
  readonly gitDir: string;
  readonly tree: string;
  readonly indexFile: string;
  readonly limits: WorkspaceLimits;
}

/** Throws RunEndedError (`limit_reached`) when there is more than the limits allow. */
export async function changedPaths(read: TreeToRead): Promise<ChangedPaths> {
  const paths = await listChanged(read);
  if (paths.length > read.limits.changedMaxFiles) {
    throw new RunEndedError(
      'limit_reached',
      `The work changed ${paths.length} files; the limit is ${read.limits.changedMaxFiles}. Ask for less at once.`,
    );
  }
  const [included, leftOut]: [string[], LeftOut[]] = [[], []];
  let bytes = 0;
  for (const path of paths) {
    const look = await lookAt(read.tree, path);
    if (look === 'not here') continue;
    if (look.reason === null) included.push(path.toString());
    else leftOut.push({ path: path.toString(), reason: look.reason });
    bytes += look.reason === null ? look.bytes : 0;
  }
  if (bytes > read.limits.changedMaxBytes) {
    throw new RunEndedError(
      'limit_reached',
      `The changed files have ${bytes} bytes; the limit is ${read.limits.changedMaxBytes}. Ask for less at once.`,
    );
  }
  return { included, leftOut };
}

/** Modified, deleted and untracked paths, each once, as bytes. */
async function listChanged(read: TreeToRead): Promise<readonly Buffer[]> {
  const args = ['ls-files', '-z', '--modified', '--deleted', '--others', '--exclude-standard'];
  const listed = await git(read.machine, args, {
    gitDir: read.gitDir,
    workTree: read.tree,
    indexFile: read.indexFile,
    timeoutMs: read.limits.gitTimeoutMs,
    outputLimitBytes: LIST_MAX_BYTES,
  });
  // latin1 keeps each byte apart, also of names that are no UTF-8.
  const unique = new Set(
    listed
      .toString('latin1')
      .split('\0')
      .filter((path) => path !== ''),
  );
  return [...unique].map((path) => Buffer.from(path, 'latin1'));
}

type Look = { readonly reason: string | null; readonly bytes: number } | 'not here';

async function lookAt(tree: string, path: Buffer): Promise<Look> {
  const out = (reason: string): Look => ({ reason, bytes: 0 });
  if (!isUtf8(path)) return out('its name is not UTF-8');
  const byName = reasonByName(path.toString());
  if (byName !== null) return out(byName);
  if (await isBeyondSymlink(tree, path.toString())) return 'not here';
  const found = await lstat(Buffer.concat([Buffer.from(`${tree}/`), path])).catch(() => null);
  if (found === null) return { reason: null, bytes: 0 }; // Deleted.
  if (found.isDirectory()) return out('it is a submodule');
  if (found.isSymbolicLink()) {
    const target = await readlink(`${tree}/${path}`);
    return {
      reason: leadsOutside(path.toString(), target) ? 'it is a link out of the repository' : null,
      bytes: 0,
    };
  }
  return found.isFile() ? { reason: null, bytes: found.size } : out('it is no ordinary file');
}

function reasonByName(path: string): string | null {
  if (path.endsWith('/')) return 'it is a git repository of its own';
  const names = path.split('/');
  if (names.some(isGitName)) return 'its path has a .git in it';
  if (names.includes('node_modules')) return 'it is in node_modules';
  // A push with them is refused: the App does not ask for the permission `workflows`.
  if (/^\.github\/workflows\//i.test(path)) return 'the App may not change workflows';
  return null;
}

/** Names that some file system takes for `.git`; see verify_path in git's read-cache.c. */
function isGitName(name: string): boolean {
  const plain = name.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '').toLowerCase();
  return /^(?:\.git|git~1)(?:[\s.]*$|:)/.test(plain);
}

/** A folder that became a link: what lies behind it is no part of the tree. */
async function isBeyondSymlink(tree: string, path: string): Promise<boolean> {
  const names = path.split('/').slice(0, -1);
  for (let depth = 1; depth <= names.length; depth += 1) {
    const found = await lstat(`${tree}/${names.slice(0, depth).join('/')}`).catch(() => null);
    if (found === null) return false;
    if (found.isSymbolicLink()) return true;
  }
  return false;
}

function leadsOutside(path: string, target: string): boolean {
  if (target.startsWith('/')) return true;
  const resolved = posix.normalize(posix.join(posix.dirname(path), target));
  return resolved === '..' || resolved.startsWith('../') || resolved.split('/').some(isGitName);
}
