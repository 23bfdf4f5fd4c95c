/**
 * The list of what differs between two commits, without any text: every file, whatever its size. Paths are bytes here,
 * for git's need not be UTF-8.
 */
import { UserError } from '../../core/errors.ts';
import { type GitCall, GitError, type GitMachine, tryGit } from './git.ts';
import type { WorkspaceLimits } from './limits.ts';
import { DIFF_OPTIONS } from './tree-diff.ts';

export interface CommitsToRead {
  readonly machine: GitMachine;
  readonly call: Pick<GitCall, 'gitDir' | 'timeoutMs' | 'signal'>;
  /** The merge base. */
  readonly base: string;
  readonly head: string;
  readonly limits: WorkspaceLimits;
}

export interface ChangedEntry {
  /** Each character a byte; `decodePath` makes it readable. */
  readonly path: string;
  readonly oldPath: string;
  /** Copies are not looked for: a copied file is an added one. */
  readonly status: 'added' | 'modified' | 'removed' | 'renamed' | 'type changed';
  readonly binary: boolean;
  readonly additions: number;
  readonly deletions: number;
  /** As `FileDiff` has them; null for a mode that stayed. */
  readonly modes: string | null;
  readonly blobs: string;
  /** Whether the head has a commit of another repository there. */
  readonly submodule: boolean;
}

const STATUSES: Readonly<Record<string, ChangedEntry['status']>> = {
  A: 'added',
  M: 'modified',
  D: 'removed',
  R: 'renamed',
  T: 'type changed',
};
const NO_MODE = '000000';
const SUBMODULE_MODE = '160000';

/** In git's order. Throws UserError when the list itself is too long. */
export async function changedEntries(read: CommitsToRead): Promise<readonly ChangedEntry[]> {
  const outputLimitBytes = read.limits.changesMaxBytes;
  const args = [
    'diff',
    ...DIFF_OPTIONS,
    '--raw',
    '--no-abbrev',
    '--numstat',
    '-z',
    read.base,
    read.head,
    '--',
  ];
  const result = await tryGit(read.machine, args, { ...read.call, outputLimitBytes });
  if (result.truncated) {
    throw new UserError(
      `The list of changed files is longer than ${outputLimitBytes} bytes: too much for a review.`,
    );
  }
  if (result.exitCode !== 0) throw new GitError('diff', result);
  return parseEntries(result.stdout.toString('latin1').split('\0').slice(0, -1));
}

/** For people and records. Bytes that are no UTF-8 become U+FFFD, and such a file gets no comments of its own. */
export function decodePath(path: string): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

type Raw = Omit<ChangedEntry, 'binary' | 'additions' | 'deletions'>;

/** First all `:modes blobs status`, then all `added removed`, each followed by its one or two paths. */
function parseEntries(fields: readonly string[]): readonly ChangedEntry[] {
  const raw: Raw[] = [];
  const counts: (readonly [string, string])[] = [];
  let at = 0;
  const next = () => fields[at++] ?? '';
  while (at < fields.length) {
    const field = next();
    if (field.startsWith(':')) {
      const change = parseRaw(field);
      const first = next();
      raw.push({ ...change, oldPath: first, path: change.status === 'renamed' ? next() : first });
      continue;
    }
    const [added = '', removed = '', path] = field.split('\t');
    if (path === '') at += 2;
    counts.push([added, removed]);
  }
  if (counts.length !== raw.length) throw new Error('git listed other files than it counted');
  return raw.map((entry, index) => withCounts(entry, counts[index] ?? ['', '']));
}

function parseRaw(field: string): Omit<Raw, 'path' | 'oldPath'> {
  const [oldMode = '', newMode = '', oldBlob, newBlob, letter = ''] = field.slice(1).split(' ');
  const status = STATUSES[letter[0] ?? ''];
  if (status === undefined) throw new Error(`git printed a change that is unknown: ${letter.slice(0, 20)}`);
  const modes = [oldMode, newMode].filter((mode) => mode !== NO_MODE);
  return {
    status,
    modes: oldMode === newMode ? null : modes.join(' '),
    blobs: `${oldBlob}..${newBlob}`,
    submodule: newMode === SUBMODULE_MODE,
  };
}

function withCounts(entry: Raw, [added, removed]: readonly [string, string]): ChangedEntry {
  const binary = added === '-';
  return { ...entry, binary, additions: binary ? 0 : Number(added), deletions: binary ? 0 : Number(removed) };
}
