/** How findings are followed from push to push: found again in the new diff, and recognised when they are reported again. Pure. */

import type { Found } from './concurrence.ts';
import type { FileDiff, Hunk } from './diff.ts';
import { linesApart, NEAR_LINES, pathOf, placeOf, placeOfAnchor } from './finding-place.ts';
import { isAkin, isAlike, sameCategory, sameKind, sameTitle, tells } from './finding-words.ts';
import type { Anchor } from './records.ts';
import { QUOTE_MAX_CHARS } from './records.ts';
import type { EarlierFinding } from './review-records.ts';

type InlineAnchor = Extract<Anchor, { kind: 'inline' }>;

/** Begins the list of further places in the comment and in the tracked text of a finding. */
export const SAME_AT = 'The same at:';

/**
 * Where the quoted lines stand in `files` now: as they were, or with other white space; nearest to where they were. Follows the
 * file at `path` through a rename. Null when they are not in the diff any more.
 */
export function relocate(anchor: Anchor, path: string, files: readonly FileDiff[]): InlineAnchor | null {
  if (anchor.kind === 'body') return null;
  const file =
    files.find((candidate) => candidate.path === path) ??
    files.find((candidate) => candidate.oldPath === path);
  if (file === undefined) return null;
  for (const [exactly, as] of [
    [true, (text: string) => text],
    [false, withoutSpace],
  ] as const) {
    const found = nearestRun(anchor, file.hunks, as);
    if (found === null) continue;
    const { start, end } = found;
    const suggestion = exactly ? anchor.suggestion : null;
    return { ...anchor, path: file.path, startLine: start < end ? start : null, line: end, suggestion };
  }
  return null;
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '');
}

function nearestRun(anchor: InlineAnchor, hunks: readonly Hunk[], as: (text: string) => string) {
  const wanted = anchor.quote.split('\n').map(as);
  const cut = anchor.quote.length >= QUOTE_MAX_CHARS;
  const from = anchor.startLine ?? anchor.line;
  let best: { readonly start: number; readonly end: number } | null = null;
  for (const hunk of hunks) {
    const lines = linesOf(hunk, anchor.side);
    for (const [index, { number: start }] of lines.entries()) {
      if (best !== null && Math.abs(start - from) >= Math.abs(best.start - from)) continue;
      if (
        !beginsHere(
          lines.slice(index, index + wanted.length).map(({ text }) => as(text)),
          wanted,
          cut,
        )
      )
        continue;
      const last = lines[Math.min(index + Math.max(wanted.length - 1, anchor.line - from), lines.length - 1)];
      best = { start, end: last?.number ?? start };
    }
  }
  return best;
}

/** A quote that was cut ends within a line. */
function beginsHere(lines: readonly string[], wanted: readonly string[], cut: boolean): boolean {
  if (lines.length !== wanted.length) return false;
  return wanted.every((text, index) => {
    const line = lines[index] ?? '';
    return cut && index === wanted.length - 1 ? line.startsWith(text) : line === text;
  });
}

function linesOf(hunk: Hunk, side: InlineAnchor['side']): readonly { number: number; text: string }[] {
  return hunk.lines.flatMap(({ oldLine, newLine, text }) => {
    const number = side === 'RIGHT' ? newLine : oldLine;
    return number === null ? [] : [{ number, text }];
  });
}

/**
 * The earlier finding that this one says again, or null when it is news. What was fixed may come back. Settled ones are
 * recognised wherever they stand in the file: nobody wants to refuse the same thing twice.
 */
export function saidEarlier(found: Found, earlier: readonly EarlierFinding[]): EarlierFinding | null {
  return earlier.find((one) => one.finding.state !== 'fixed' && saysAgain(found, one)) ?? null;
}

function saysAgain(found: Found, { finding: said, now }: EarlierFinding): boolean {
  const path = pathOf(found.finding, found.anchor);
  if (said.body.includes(SAME_AT) && said.body.includes(path) && sameTitle(found.finding, said)) return true;
  if (path !== (now?.path ?? said.path) && path !== said.path) return false;
  const settled = said.state !== 'open';
  const elsewhere = now === null || settled;
  if (elsewhere && (sameQuote(found, said) || sameTitle(found.finding, said))) return true;
  if (now === null) return isAlike(found.finding, said);
  const apart = linesApart(placeOf(found.finding, found.anchor), placeOfAnchor(now));
  if (apart > NEAR_LINES) return false;
  if (sameQuote(found, said) || isAlike(found.finding, said) || tells(said.body, found.finding.title))
    return true;
  return apart === 0 ? sameKind(found.finding, said) || isAkinAndOf(found, said) : false;
}

function isAkinAndOf(found: Found, said: EarlierFinding['finding']): boolean {
  return isAkin(found.finding, said) && said.roles.includes(found.role);
}

/** Of the same category, on the same text. */
function sameQuote(found: Found, said: EarlierFinding['finding']): boolean {
  if (found.anchor.kind === 'body' || said.anchor.kind === 'body') return false;
  const quote = withoutSpace(found.anchor.quote);
  return quote !== '' && quote === withoutSpace(said.anchor.quote) && sameCategory(found.finding, said);
}
