/**
 * The text of changed files in bounded memory: some files a call of git, half of them again when that was too much, and
 * a single file that is too much without its text. Renames are found among the listed pairs alone, so that they come
 * out as the list has them, however few files are read at once.
 */
import { isUtf8 } from 'node:buffer';
import type { FileDiff } from '../../core/diff.ts';
import { parseDiff } from '../../core/parse-diff.ts';
import { type ChangedEntry, type CommitsToRead, decodePath } from './changed-entries.ts';
import { GitError, tryGit } from './git.ts';
import { DIFF_OPTIONS } from './tree-diff.ts';

export interface EntryDiff {
  readonly entry: ChangedEntry;
  /** One; two for a file that changed its type, which is removed and added. */
  readonly files: readonly FileDiff[];
}

const BATCH_MAX_FILES = 200;
/** Of paths in git's arguments; Linux takes about 2 MB and 128 KB in one. */
const BATCH_MAX_PATH_BYTES = 200_000;

/** Every entry once, not in their order. What was yielded is not kept here. */
export async function* entryDiffs(
  read: CommitsToRead,
  entries: readonly ChangedEntry[],
): AsyncGenerator<EntryDiff> {
  for (const batch of batchesOf(entries.filter((entry) => !isRename(entry)))) yield* readBatch(read, batch);
  for (const batch of batchesOf(entries.filter(isRename))) yield* readBatch(read, batch);
}

/** What is known of a file without its text. */
export function withoutText(entry: ChangedEntry): FileDiff {
  const { status, modes, binary, additions, deletions, blobs } = entry;
  return {
    path: decodePath(entry.path),
    oldPath: decodePath(entry.oldPath),
    status: status === 'type changed' ? 'modified' : status,
    binary,
    hunks: [],
    additions,
    deletions,
    omitted: true,
    ...(modes === null ? {} : { modes }),
    blobs,
  };
}

function isRename({ status }: ChangedEntry): boolean {
  return status === 'renamed';
}

function batchesOf(entries: readonly ChangedEntry[]): readonly (readonly ChangedEntry[])[] {
  const batches: ChangedEntry[][] = [];
  let bytes = Infinity;
  for (const entry of entries) {
    const entryBytes = entry.path.length + entry.oldPath.length;
    const isFull = bytes + entryBytes > BATCH_MAX_PATH_BYTES || batches.at(-1)?.length === BATCH_MAX_FILES;
    if (isFull) batches.push([]);
    bytes = isFull ? entryBytes : bytes + entryBytes;
    batches.at(-1)?.push(entry);
  }
  return batches;
}

async function* readBatch(read: CommitsToRead, entries: readonly ChangedEntry[]): AsyncGenerator<EntryDiff> {
  const text = await diffText(read, entries);
  const [only, ...more] = entries;
  if (text !== null) {
    const found = byEntry(entries, parseDiff(text));
    yield* found.filter(isAsListed);
    const again = found.filter((diff) => !isAsListed(diff)).map(({ entry }) => entry);
    if (more.length > 0) for (const entry of again) yield* readBatch(read, [entry]);
    else for (const entry of again) yield { entry, files: [withoutText(entry)] };
  } else if (only !== undefined && more.length === 0) {
    yield { entry: only, files: [withoutText(only)] };
  } else {
    const half = Math.ceil(entries.length / 2);
    yield* readBatch(read, entries.slice(0, half));
    yield* readBatch(read, entries.slice(half));
  }
}

/** Null when it is larger than the limit, or takes longer. */
async function diffText(read: CommitsToRead, entries: readonly ChangedEntry[]): Promise<string | null> {
  const renames = entries.every(isRename) ? '-M' : '--no-renames';
  const paths = new Set(entries.flatMap(({ path, oldPath }) => [oldPath, path]));
  const args = ['diff', ...DIFF_OPTIONS, renames, read.base, read.head, '--', ...[...paths].map(pathspec)];
  const result = await tryGit(read.machine, args, {
    ...read.call,
    outputLimitBytes: read.limits.diffBatchMaxBytes,
  });
  if (result.truncated || result.timedOut) return null;
  if (result.exitCode !== 0) throw new GitError('diff', result);
  if (countLines(result.stdout) > read.limits.compareMaxLines) return null;
  return result.stdout.toString('utf8');
}

function countLines(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(10); at !== -1; at = text.indexOf(10, at + 1)) count += 1;
  return count;
}

/** An argument is text: a byte that is no UTF-8 is asked for as "any byte", and what else that finds is left aside. */
function pathspec(path: string): string {
  if (isUtf8(Buffer.from(path, 'latin1'))) return `:(literal)${decodePath(path)}`;
  const anyByte = path.replace(/[\\*?[\]]/g, '\\$&').replace(/[\u0080-\u00ff]/g, '?');
  return `:(glob)${anyByte}`;
}

function byEntry(entries: readonly ChangedEntry[], files: readonly FileDiff[]): readonly EntryDiff[] {
  const byPath = Map.groupBy(files, (file) => file.path);
  return entries.map((entry) => ({ entry, files: byPath.get(decodePath(entry.path)) ?? [] }));
}

/** A rename may come out otherwise among fewer files; it is then read alone. */
function isAsListed({ entry, files }: EntryDiff): boolean {
  const { oldPath, status } = withoutText(entry);
  if (entry.status === 'type changed') return files.length === 2;
  return files.length === 1 && files[0]?.oldPath === oldPath && files[0].status === status;
}
