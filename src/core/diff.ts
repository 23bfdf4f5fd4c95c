/** A diff as data: what git reports as changed, file by file. Line numbers count from 1. */

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
}
