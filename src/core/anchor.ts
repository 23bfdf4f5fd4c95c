/**
 * Decides where a finding stands: on a line of the diff that GitHub accepts, or in the review's body. GitHub refuses
 * a whole review for one bad anchor and does not say which (422), so nothing is sent that this has not placed.
 */
import type { Finding } from './answers.ts';
import type { FileDiff, Hunk } from './diff.ts';
import type { ReviewComment } from './records.ts';

export type Anchor =
  | ({ readonly kind: 'inline' } & Omit<ReviewComment, 'body'>)
  /** `place` names file and line for people; `reason` is why it has no line of its own. */
  | { readonly kind: 'body'; readonly place: string; readonly reason: string };

type Side = ReviewComment['side'];
type Range = { readonly start: number; readonly end: number };

/**
 * Total, whatever the finding says. RIGHT takes additions and context, LEFT removals and context; a range ends in
 * the hunk where it was asked to end, or else is cut to the hunk that holds most of it; the other side is tried when
 * nothing fits on the one that was asked for.
 * https://docs.github.com/rest/pulls/comments#create-a-review-comment-for-a-pull-request
 */
export function anchorFinding(
  finding: Pick<Finding, 'path' | 'side' | 'start_line' | 'line'>,
  files: readonly FileDiff[],
): Anchor {
  const range = rangeOf(finding);
  const [file, ...more] = filesNamed(finding.path, files);
  const body = (reason: string): Anchor => ({
    kind: 'body',
    place: placeOf(file?.path ?? finding.path, range),
    reason,
  });
  if (file === undefined) return body('the file is not part of the diff');
  if (more.length > 0) return body('the file changed its type');
  if (file.binary) return body('the file is binary');
  if (file.hunks.length === 0) return body('no line of the file changed');
  if (range === null) return body('no line was named');
  const sides: readonly Side[] = finding.side === 'LEFT' ? ['LEFT', 'RIGHT'] : ['RIGHT', 'LEFT'];
  for (const side of sides) {
    const fitting = partInside(range, side, file.hunks);
    if (fitting === null) continue;
    const startLine = fitting.start < fitting.end ? fitting.start : null;
    return { kind: 'inline', path: file.path, side, startLine, line: fitting.end };
  }
  return body('the line is not part of the diff');
}

/** Null when no usable line was named. A range given backwards is turned round. */
function rangeOf(finding: Pick<Finding, 'start_line' | 'line'>): Range | null {
  const named = [finding.start_line, finding.line].filter(isLineNumber);
  return named.length === 0 ? null : { start: Math.min(...named), end: Math.max(...named) };
}

function isLineNumber(line: number | null): line is number {
  return Number.isSafeInteger(line) && Number(line) >= 1;
}

/** By path as given, then by the old path of a rename, then without what people put in front of paths. */
function filesNamed(path: string, files: readonly FileDiff[]): readonly FileDiff[] {
  const exact = (name: string) => {
    const byPath = files.filter((file) => file.path === name);
    return byPath.length > 0 ? byPath : files.filter((file) => file.oldPath === name);
  };
  for (const name of [path, path.replace(/^(?:\.\/|\/)+/, ''), path.replace(/^\/?[ab]\//, '')]) {
    const found = exact(name);
    if (found.length > 0) return found;
  }
  return [];
}

/** The part of the range inside one hunk: the hunk of its end, or else the one with most of it. */
function partInside(range: Range, side: Side, hunks: readonly Hunk[]): Range | null {
  let best: Range | null = null;
  for (const hunk of hunks) {
    const lines = spanOf(hunk, side);
    if (lines === null) continue;
    const part = { start: Math.max(range.start, lines.start), end: Math.min(range.end, lines.end) };
    if (part.start > part.end) continue;
    if (part.end === range.end) return part;
    if (best === null || part.end - part.start > best.end - best.start) best = part;
  }
  return best;
}

/** First and last line of the hunk on a side; those between are consecutive. */
function spanOf(hunk: Hunk, side: Side): Range | null {
  const numbers = hunk.lines
    .map((line) => (side === 'RIGHT' ? line.newLine : line.oldLine))
    .filter((line) => line !== null);
  const [start, end] = [numbers[0], numbers.at(-1)];
  return start === undefined || end === undefined ? null : { start, end };
}

function placeOf(path: string, range: Range | null): string {
  const file = path.trim() === '' ? '(no file named)' : path;
  if (range === null) return file;
  return range.start === range.end ? `${file}:${range.end}` : `${file}:${range.start}-${range.end}`;
}
