// GitHub's rule for where a review comment may stand, and where it stands after a push. Pure: diffs in, answers out.
// Source: https://docs.github.com/en/rest/pulls/comments#create-a-review-comment-for-a-pull-request and the 422 bodies
// GitHub answers with (an array of strings that names no culprit).
import type { DiffFile, DiffHunk, DiffLine } from './diff.ts';
import type { Side } from './records.ts';

export interface Anchor {
  readonly path: string;
  readonly subjectType?: 'line' | 'file' | undefined;
  readonly line?: number | undefined;
  readonly side?: Side | undefined;
  readonly startLine?: number | undefined;
  readonly startSide?: Side | undefined;
  /** The older way to anchor: lines below the first hunk header. */
  readonly position?: number | undefined;
}

export interface Place {
  readonly path: string;
  readonly subjectType: 'line' | 'file';
  readonly side: Side;
  readonly line: number | null;
  readonly startSide: Side | null;
  readonly startLine: number | null;
  readonly position: number | null;
  readonly diffHunk: string;
}

type Anchored = { readonly place: Place } | { readonly errors: readonly string[] };

export const anchorErrors = {
  path: 'Pull request review thread path is invalid',
  blankHunk: "Pull request review thread diff hunk can't be blank",
  line: 'Pull request review thread line must be part of the diff',
  startLine: 'Pull request review thread start line must be part of the same hunk as the line.',
  order: 'Pull request review thread start line must precede the end line.',
  position: 'Pull request review thread position is invalid',
} as const;

/** Where a comment on this diff would stand, or why GitHub refuses it. */
export function anchor(files: readonly DiffFile[], wanted: Anchor): Anchored {
  const file = files.find((candidate) => candidate.path === wanted.path);
  if (!file) return { errors: [anchorErrors.path, anchorErrors.blankHunk] };
  if (wanted.subjectType === 'file') return { place: filePlace(wanted.path) };
  if (wanted.line === undefined) return anchorByPosition(file, wanted.position);

  const side = wanted.side ?? 'RIGHT';
  const end = findLine(file, side, wanted.line);
  if (!end) return { errors: [anchorErrors.line] };
  if (wanted.startLine === undefined) return { place: linePlace(file, side, end, null) };

  const startSide = wanted.startSide ?? side;
  if (startSide === side && wanted.startLine >= wanted.line) return { errors: [anchorErrors.order] };
  const start = findLine(file, startSide, wanted.startLine);
  if (start?.hunk !== end.hunk) return { errors: [anchorErrors.startLine] };
  if (start.line.position >= end.line.position) return { errors: [anchorErrors.order] };
  return { place: linePlace(file, side, end, { side: startSide, line: wanted.startLine }) };
}

interface Found {
  readonly hunk: DiffHunk;
  readonly line: DiffLine;
}

function findLine(file: DiffFile, side: Side, number: number): Found | undefined {
  for (const hunk of file.hunks) {
    for (const line of hunk.lines) {
      if ((side === 'RIGHT' ? line.new : line.old) === number) return { hunk, line };
    }
  }
  return undefined;
}

function anchorByPosition(file: DiffFile, position: number | undefined): Anchored {
  for (const hunk of file.hunks) {
    for (const line of hunk.lines) {
      if (line.position !== position) continue;
      return { place: linePlace(file, line.new === null ? 'LEFT' : 'RIGHT', { hunk, line }, null) };
    }
  }
  return { errors: [position === undefined ? anchorErrors.line : anchorErrors.position] };
}

function filePlace(path: string): Place {
  return {
    path,
    subjectType: 'file',
    side: 'RIGHT',
    line: null,
    startSide: null,
    startLine: null,
    position: null,
    diffHunk: '',
  };
}

function linePlace(
  file: DiffFile,
  side: Side,
  end: Found,
  start: { readonly side: Side; readonly line: number } | null,
): Place {
  return {
    path: file.path,
    subjectType: 'line',
    side,
    line: side === 'RIGHT' ? end.line.new : end.line.old,
    startSide: start?.side ?? null,
    startLine: start?.line ?? null,
    position: end.line.position,
    diffHunk: hunkUpTo(end.hunk, end.line),
  };
}

const marks = { add: '+', del: '-', context: ' ' } as const;

function hunkUpTo(hunk: DiffHunk, last: DiffLine): string {
  const lines = hunk.lines.filter((line) => line.position <= last.position);
  return [hunk.header, ...lines.map((line) => marks[line.kind] + line.text)].join('\n');
}

/** The line's number after `change` (a diff of one file from old to new), or null when the line itself was touched. */
export function carryLine(change: DiffFile | undefined, line: number): number | null {
  if (!change) return line;
  if (change.status === 'removed' || change.binary) return null;
  let shift = 0;
  for (const hunk of change.hunks) {
    const same = hunk.lines.find((changed) => changed.old === line);
    if (same) return same.new;
    if (hunk.oldStart >= line) break;
    for (const changed of hunk.lines) {
      if (changed.kind === 'add') shift += 1;
      if (changed.kind === 'del') shift -= 1;
    }
  }
  return line + shift;
}

export interface Standing {
  readonly path: string;
  readonly side: Side;
  readonly line: number;
  readonly startSide: Side | null;
  readonly startLine: number | null;
}

/**
 * Where a comment stands in the pull request's diff after a push: `change` leads from the commit it stood on to the new
 * one (the head for RIGHT, the merge base for LEFT). Null when it has become outdated.
 */
export function reanchor(
  files: readonly DiffFile[],
  changes: { readonly LEFT: readonly DiffFile[]; readonly RIGHT: readonly DiffFile[] },
  comment: Standing,
): Place | null {
  const moved = (side: Side, line: number): number | null =>
    carryLine(
      changes[side].find((file) => (file.previousPath ?? file.path) === comment.path),
      line,
    );
  const line = moved(comment.side, comment.line);
  if (line === null) return null;
  const startLine =
    comment.startLine === null ? null : moved(comment.startSide ?? comment.side, comment.startLine);
  if (comment.startLine !== null && startLine === null) return null;
  const result = anchor(files, {
    path: comment.path,
    line,
    side: comment.side,
    startLine: startLine ?? undefined,
    startSide: comment.startSide ?? undefined,
  });
  return 'place' in result ? result.place : null;
}
