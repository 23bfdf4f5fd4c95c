/** Where findings stand, and how near to one another. Pure. */
import type { Finding } from '../answers.ts';
import type { Anchor } from '../result-records.ts';
import type { EarlierFinding } from './review-records.ts';

/** Lines apart at which two findings may still be about the same fault. */
export const NEAR_LINES = 3;

export interface Place {
  readonly path: string;
  readonly side: 'LEFT' | 'RIGHT';
  readonly start: number;
  readonly end: number;
}

/** Of a finding that has no line on the diff, the place that it names itself; null when it names none. */
export function placeOf(finding: Pick<Finding, 'path' | 'side' | 'line'>, anchor: Anchor): Place | null {
  if (anchor.kind === 'inline') return placeOfAnchor(anchor);
  const { path, side, line } = finding;
  return isLine(line) ? { path, side, start: line, end: line } : null;
}

export function placeOfAnchor(anchor: Extract<Anchor, { kind: 'inline' }>): Place {
  const { path, side, line, startLine } = anchor;
  return { path, side, start: startLine ?? line, end: line };
}

/** 0 when they share a line; infinite in other files or on other sides of the diff. */
export function linesApart(a: Place | null, b: Place | null): number {
  if (a === null || b === null || a.path !== b.path || a.side !== b.side) return Number.POSITIVE_INFINITY;
  return Math.max(0, a.start - b.end, b.start - a.end);
}

/** Sharing lines, and about as many: a range over a whole function is not the same place as a line in it. */
export function sameLines(a: Place, b: Place): boolean {
  const near = (one: number, other: number) => Math.abs(one - other) <= NEAR_LINES;
  return linesApart(a, b) === 0 && near(a.start, b.start) && near(a.end, b.end);
}

export function isLine(line: number | null): line is number {
  return Number.isSafeInteger(line) && Number(line) >= 1;
}

/** The file of an earlier finding, by the name that it has now. */
export function pathNow({ finding, now, path }: EarlierFinding): string {
  return now?.path ?? path ?? finding.path;
}

/** The file that a finding is about. */
export function pathOf(finding: Pick<Finding, 'path'>, anchor: Anchor): string {
  return anchor.kind === 'inline' ? anchor.path : finding.path;
}
