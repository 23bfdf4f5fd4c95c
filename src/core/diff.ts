/** A diff as data: what git reports as changed, file by file. Line numbers count from 1. Pure. */
import { createHash } from 'node:crypto';

export interface FileDiff {
  /** New path; for a removed file the old one. Unquoted, as bytes decoded from UTF-8. */
  readonly path: string;
  /** Differs from `path` for renames and copies only. */
  readonly oldPath: string;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
  readonly binary: boolean;
  readonly hunks: readonly Hunk[];
  readonly additions: number;
  readonly deletions: number;
  /** The diff was too large to be held: there is more than `hunks` says. */
  readonly omitted?: true;
  /** Where the mode changed, or the file came or went: the old and the new one as git prints them. */
  readonly modes?: string;
  /** Names of the old and the new blob, where the hunks do not say all: there are none, or what they hold is no UTF-8. */
  readonly blobs?: string;
}

export interface Hunk {
  readonly header: string;
  readonly lines: readonly DiffLine[];
}

export interface DiffLine {
  readonly kind: 'context' | 'added' | 'removed';
  /** Null for added lines. */
  readonly oldLine: number | null;
  /** Null for removed lines. */
  readonly newLine: number | null;
  /** Without the leading marker and without the line end. */
  readonly text: string;
  /** How the line ends where it is not with a mere line feed: `none` is the end of a file that lacks one. */
  readonly end?: 'crlf' | 'none';
}

/** Two bars, a marker and the line end. */
const AROUND_LINE_CHARS = 4;

/** Size of a file's diff as reviewers read it: each hunk's header, and each line with its numbers, its marker and its end. */
export function readableChars(file: FileDiff): number {
  let chars = 0;
  for (const hunk of file.hunks) {
    chars += hunk.header.length + 1;
    for (const { oldLine, newLine, text } of hunk.lines) {
      chars += String(oldLine ?? '').length + String(newLine ?? '').length + text.length + AROUND_LINE_CHARS;
    }
  }
  return chars;
}

/**
 * SHA-256 of what a file's change is, hex. Of its paths, its status, its modes where they change, and its lines in order,
 * removed, added and context, with their ends; of the names of its blobs where the lines do not say all (binary, too large,
 * no UTF-8). Not of line numbers and not of where hunks begin and what git prints behind `@@`: a rebase that left the file's
 * change and the lines around it alone gives the same. Context counts, for a change reads differently where what
 * surrounds it did change.
 */
export function digestOf(file: FileDiff): string {
  const hash = createHash('sha256');
  const add = (...fields: readonly unknown[]) => hash.update(`${JSON.stringify(fields)}\n`);
  add(file.path, file.oldPath, file.status, file.binary, file.modes ?? null);
  if (file.blobs !== undefined) add(file.blobs);
  for (const hunk of file.hunks) {
    add('hunk');
    for (const line of hunk.lines) add(line.kind, line.text, line.end ?? null);
  }
  return hash.digest('hex');
}
