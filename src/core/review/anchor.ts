/**
 * Decides where a finding stands: on a line of the diff that GitHub accepts, or in the review's body. GitHub refuses
 * a whole review for one bad anchor and does not say which (422), so nothing is sent that this has not placed.
 */
import type { Finding } from '../answers.ts';
import type { DiffLine, FileDiff, Hunk } from '../diff.ts';
import type { ReviewComment } from '../effect-records.ts';
import { type Anchor, QUOTE_MAX_CHARS } from '../result-records.ts';
import { isLine } from './finding-place.ts';
import { suggestionFor } from './suggestion.ts';

type Asked = Pick<Finding, 'path' | 'side' | 'start_line' | 'line' | 'replacement'>;
type Side = ReviewComment['side'];
type Range = { readonly start: number; readonly end: number };

/**
 * Total, whatever the finding says. RIGHT takes additions and context, LEFT removals and context; a range ends in
 * the hunk where it was asked to end, or else is cut to the hunk that holds most of it; the other side is tried when
 * nothing fits on the one that was asked for.
 * https://docs.github.com/rest/pulls/comments#create-a-review-comment-for-a-pull-request
 */
export function anchorFinding(finding: Asked, files: readonly FileDiff[]): Anchor {
  const range = rangeOf(finding);
  const [file, ...more] = filesNamed(finding.path, files);
  const body = (reason: string): Anchor => ({
    kind: 'body',
    place: placeOf(realPath(finding.path, files), range),
    reason,
  });
  if (file === undefined) return body('the file is not part of the diff');
  if (more.length > 0) return body('the file changed its type');
  if (file.path.includes('\uFFFD')) return body('the name of the file is not UTF-8');
  if (file.binary) return body('the file is binary');
  if (file.omitted) return body('the diff of the file is too large');
  if (file.hunks.length === 0) return body('no line of the file changed');
  if (range === null) return body('no line was named');
  const sides: readonly Side[] = finding.side === 'LEFT' ? ['LEFT', 'RIGHT'] : ['RIGHT', 'LEFT'];
  for (const side of sides) {
    const fitting = partInside(range, side, file.hunks);
    if (fitting !== null) return inlineAnchor(finding, file, side, fitting);
  }
  return body('the line is not part of the diff');
}

function inlineAnchor(finding: Asked, file: FileDiff, side: Side, range: Range): Anchor {
  const startLine = range.start < range.end ? range.start : null;
  const lines = linesIn(range, side, file.hunks);
  const placed = { path: file.path, side, startLine, line: range.end };
  const quote = lines.map((line) => line.text).join('\n');
  // Who names the old path of a rename may mean its lines as well.
  const byNewPath = spellingsOf(finding.path).includes(file.path);
  const suggestion = byNewPath ? suggestionFor(finding, placed, lines) : null;
  // Of its full length when it was cut: half a character becomes U+FFFD.
  return { kind: 'inline', ...placed, quote: quote.slice(0, QUOTE_MAX_CHARS).toWellFormed(), suggestion };
}

function linesIn(range: Range, side: Side, hunks: readonly Hunk[]): readonly DiffLine[] {
  return hunks.flatMap((hunk) =>
    hunk.lines.filter((line) => {
      const number = numberOn(side, line);
      return number !== null && number >= range.start && number <= range.end;
    }),
  );
}

/** Null when no usable line was named. A range given backwards is turned round. */
function rangeOf(finding: Pick<Finding, 'start_line' | 'line'>): Range | null {
  const named = [finding.start_line, finding.line].filter(isLine);
  return named.length === 0 ? null : { start: Math.min(...named), end: Math.max(...named) };
}

/** What the file is called now that `path` names in some spelling; one that is not among `files` loses what stands in front of it. */
export function realPath(path: string, files: readonly Pick<FileDiff, 'path' | 'oldPath'>[]): string {
  return filesNamed(path, files)[0]?.path ?? withoutRoot(path);
}

/** By path as given, then by the old path of a rename, then without what people put in front of paths. */
function filesNamed<File extends Pick<FileDiff, 'path' | 'oldPath'>>(
  path: string,
  files: readonly File[],
): readonly File[] {
  for (const name of spellingsOf(path)) {
    for (const key of ['path', 'oldPath'] as const) {
      const found = files.filter((file) => file[key] === name);
      if (found.length > 0) return found;
    }
  }
  return [];
}

/** As given, and without what people put in front of paths. */
export function spellingsOf(path: string): readonly string[] {
  return [path, withoutRoot(path), path.replace(/^\/?[ab]\//, '')];
}

function withoutRoot(path: string): string {
  return path.replace(/^(?:\.\/|\/)+/, '');
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
  const numbers = hunk.lines.map((line) => numberOn(side, line)).filter((line) => line !== null);
  const [start, end] = [numbers[0], numbers.at(-1)];
  return start === undefined || end === undefined ? null : { start, end };
}

function numberOn(side: Side, line: DiffLine): number | null {
  return side === 'RIGHT' ? line.newLine : line.oldLine;
}

function placeOf(path: string, range: Range | null): string {
  const file = path.trim() === '' ? '(no file named)' : path;
  if (range === null) return file;
  return range.start === range.end ? `${file}:${range.end}` : `${file}:${range.start}-${range.end}`;
}
