/** Reads the annotated diff that the crew sends (`old|new|marker content` per line) and finds lines in it by content. */

import { ScriptFailure } from './script-failure.ts';

export type Side = 'RIGHT' | 'LEFT';

export interface DiffLine {
  readonly path: string;
  readonly hunk: number;
  readonly marker: '+' | '-' | ' ';
  readonly oldLine: number | null;
  readonly newLine: number | null;
  readonly text: string;
}

export interface DiffQuery {
  readonly find: RegExp;
  /** Last line of a range: the first line at or after `find`, in the same hunk, that matches. */
  readonly to?: RegExp | undefined;
  readonly file?: RegExp | undefined;
  readonly side: Side;
}

export interface DiffPlace {
  readonly path: string;
  readonly side: Side;
  readonly start_line: number | null;
  readonly line: number;
  readonly text: string;
}

const FILE = /^<file path="([^"]*)"/;
/** What else may stand in a diff: tags, hunk headers and remarks such as `[cut: …]`. */
const MARKUP = /^(<diff\b|<\/?file\b|@@|\[|\s*$)/;
const LINE = /^(\d*)\|(\d*)\|([+\- ])(.*)$/;

export function parseAnnotatedDiff(prompt: string): DiffLine[] {
  const start = prompt.search(/^<diff[ >]/m);
  if (start < 0) return [];
  const lines: DiffLine[] = [];
  let path: string | undefined;
  let hunk = 0;
  for (const row of prompt.slice(start).split('\n')) {
    if (row.startsWith('</diff>')) break;
    const file = FILE.exec(row);
    if (file) path = unescapeAttribute(file[1] ?? '');
    if (row.startsWith('@@')) hunk += 1;
    const parts = LINE.exec(row);
    if (!parts && !MARKUP.test(row))
      throw new ScriptFailure(`no row of an annotated diff: ${row.slice(0, 120)}`);
    if (path === undefined || !parts) continue;
    const [, oldLine = '', newLine = '', marker, text = ''] = parts;
    lines.push({
      path,
      hunk,
      marker: marker as DiffLine['marker'],
      oldLine: oldLine === '' ? null : Number(oldLine),
      newLine: newLine === '' ? null : Number(newLine),
      text,
    });
  }
  return lines;
}

/** Every place that the query names: added lines on the RIGHT, removed lines on the LEFT. */
export function findInDiff(lines: readonly DiffLine[], query: DiffQuery): DiffPlace[] {
  const marker = query.side === 'RIGHT' ? '+' : '-';
  const starts = lines.filter(
    (line) => line.marker === marker && query.find.test(line.text) && (query.file?.test(line.path) ?? true),
  );
  return starts.flatMap((start) => {
    const end = query.to ? endOfRange(lines, start, query.to, query.side) : start;
    const from = lineOn(start, query.side);
    const to = end && lineOn(end, query.side);
    if (from === null || to === null || to === undefined) return [];
    const start_line = from === to ? null : from;
    return [{ path: start.path, side: query.side, start_line, line: to, text: start.text.trim() }];
  });
}

export function unescapeAttribute(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}

function endOfRange(
  lines: readonly DiffLine[],
  start: DiffLine,
  to: RegExp,
  side: Side,
): DiffLine | undefined {
  const from = lines.indexOf(start);
  return lines.find(
    (line, at) =>
      at >= from &&
      line.hunk === start.hunk &&
      line.path === start.path &&
      lineOn(line, side) !== null &&
      to.test(line.text),
  );
}

function lineOn(line: DiffLine, side: Side): number | null {
  return side === 'RIGHT' ? line.newLine : line.oldLine;
}
