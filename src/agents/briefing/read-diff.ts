// A diff as a reviewer reads it: every line with its old and new number, so that a finding can name the line, and an
// account of what of each file was shown.
import type { DiffLine, FileDiff, Hunk } from '../../core/diff.ts';
import type { FileCoverage } from '../../core/result-records.ts';
import type { DiffLimits } from './limits.ts';
import { attribute, count, revealHidden } from './untrusted-text.ts';

export interface ReadableDiff {
  /** `<diff>…</diff>`, each line of code as `old|new|marker content`. */
  readonly text: string;
  /** One entry a file, in the order of the diff. */
  readonly coverage: readonly FileCoverage[];
}

const MARKERS = { context: ' ', added: '+', removed: '-' } as const;

/** Pure. Which files are shown is decided before; what of them cannot be shown has a reason. */
export function readDiff(files: readonly FileDiff[], limits: DiffLimits): ReadableDiff {
  let leftChars = limits.totalChars;
  let leftFiles = limits.files;
  const shown = files.map((file) => {
    const reason = nothingToShow(file) ?? overLimit(leftFiles, leftChars, limits);
    if (reason !== null) return skipped(file, reason);
    const part = showFile(file, limits, Math.min(limits.fileChars, leftChars));
    leftChars -= part.chars;
    leftFiles -= 1;
    return part;
  });
  return {
    text: ['<diff>', ...shown.map(({ text }) => text), '</diff>'].join('\n'),
    coverage: shown.map(({ coverage }) => coverage),
  };
}

interface Shown {
  readonly text: string;
  readonly coverage: FileCoverage;
  /** As `readableChars` counts. */
  readonly chars: number;
}

function nothingToShow(file: FileDiff): string | null {
  if (file.binary) return 'binary';
  return file.omitted === true && file.hunks.length === 0 ? 'too large to be read' : null;
}

function overLimit(leftFiles: number, leftChars: number, limits: DiffLimits): string | null {
  if (leftFiles <= 0) return `over the limit of ${count(limits.files)} files`;
  if (leftChars <= 0) return `over the limit of ${count(limits.totalChars)} characters for the whole diff`;
  return null;
}

function skipped(file: FileDiff, reason: string): Shown {
  const coverage = { path: file.path, read: 'skipped', reason } as const;
  return { text: wrap(file, coverage, [`[not shown: ${reason}]`]), coverage, chars: 0 };
}

/** A line as it is shown, and its length as `readableChars` counts it, by which reviews are planned. */
interface Row {
  readonly text: string;
  readonly chars: number;
}

function showFile(file: FileDiff, limits: DiffLimits, maxChars: number): Shown {
  const all = file.hunks.flatMap(rowsOf);
  const { rows, chars } = fitting(all, maxChars);
  const short = rows.map(({ text }) => cutLine(text, limits.lineChars));
  const cutLines = short.some((line, at) => line !== rows[at]?.text);
  const reason = reasonFor({ lines: all.length, fitting: rows.length, cutLines, maxChars, limits });
  if (rows.length === 0 && all.length > 0) return skipped(file, reason ?? '');
  const coverage = { path: file.path, read: reason === null ? 'full' : 'part', reason } as const;
  const rest =
    rows.length < all.length ? [`[cut: ${count(rows.length)} of ${count(all.length)} lines shown]`] : [];
  return { text: wrap(file, coverage, [...short, ...rest]), coverage, chars };
}

function rowsOf({ header, lines }: Hunk): readonly Row[] {
  const head = { text: hunkHeader(header), chars: header.length + 1 };
  return [
    head,
    ...lines.map((line) => ({
      text: numbered(line, revealHidden(line.text)),
      chars: numbered(line, line.text).length + 1,
    })),
  ];
}

function fitting(
  all: readonly Row[],
  maxChars: number,
): { readonly rows: readonly Row[]; readonly chars: number } {
  let chars = 0;
  const over = all.findIndex((row) => {
    if (chars + row.chars > maxChars) return true;
    chars += row.chars;
    return false;
  });
  return { rows: over < 0 ? all : all.slice(0, over), chars };
}

function reasonFor(shown: {
  readonly lines: number;
  readonly fitting: number;
  readonly cutLines: boolean;
  readonly maxChars: number;
  readonly limits: DiffLimits;
}): string | null {
  const { lines, fitting, cutLines, maxChars, limits } = shown;
  if (fitting < lines) {
    const what = maxChars < limits.fileChars ? 'the whole diff' : 'a file';
    const limit = maxChars < limits.fileChars ? limits.totalChars : limits.fileChars;
    const over = `over the limit of ${count(limit)} characters for ${what}`;
    return fitting === 0 ? over : `${over}: ${count(fitting)} of ${count(lines)} lines shown`;
  }
  return cutLines ? `lines longer than ${count(limits.lineChars)} characters are cut` : null;
}

function wrap(file: FileDiff, coverage: FileCoverage, lines: readonly string[]): string {
  const names = `path="${attribute(file.path)}" old_path="${attribute(file.oldPath)}"`;
  return [`<file ${names} status="${file.status}" read="${coverage.read}">`, ...lines, '</file>'].join('\n');
}

/** The numbers alone: what git writes behind them is a line of the file. */
function hunkHeader(header: string): string {
  return /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.exec(header)?.[0] ?? '@@';
}

function numbered({ kind, oldLine, newLine }: DiffLine, text: string): string {
  return `${oldLine ?? ''}|${newLine ?? ''}|${MARKERS[kind]}${text}`;
}

function cutLine(line: string, maxChars: number): string {
  if (line.length <= maxChars) return line;
  return `${line.slice(0, maxChars)} [cut: ${count(maxChars)} of ${count(line.length)} characters shown]`;
}
