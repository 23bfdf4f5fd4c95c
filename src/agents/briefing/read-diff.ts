// A diff as a reviewer reads it: every line with its old and new number, so that a finding can name the line, and an
// account of what of each file was shown.
import type { DiffLine, FileDiff } from '../../core/diff.ts';
import type { FileCoverage } from '../../core/records.ts';
import type { DiffLimits } from './limits.ts';
import { skipReason } from './skip-reason.ts';
import { attribute, count, revealHidden } from './untrusted-text.ts';

export interface ReadableDiff {
  /** `<diff>…</diff>`, each line of code as `old|new|marker content`. */
  readonly text: string;
  /** One entry a file, in the order of the diff. */
  readonly coverage: readonly FileCoverage[];
}

const MARKERS = { context: ' ', added: '+', removed: '-' } as const;

/** Pure. `paths` are globs of the files to show (`!` takes out); none shows all. What is not shown has a reason. */
export function readDiff(
  files: readonly FileDiff[],
  limits: DiffLimits,
  paths: readonly string[],
): ReadableDiff {
  let leftChars = limits.totalChars;
  let leftFiles = limits.files;
  const shown = files.map((file) => {
    const reason = skipReason(file, paths) ?? overLimit(leftFiles, leftChars, limits);
    if (reason !== null) return skipped(file, reason);
    const part = showFile(file, limits, Math.min(limits.fileChars, leftChars));
    leftChars -= part.text.length;
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
}

function overLimit(leftFiles: number, leftChars: number, limits: DiffLimits): string | null {
  if (leftFiles <= 0) return `over the limit of ${count(limits.files)} files`;
  if (leftChars <= 0) return `over the limit of ${count(limits.totalChars)} characters for the whole diff`;
  return null;
}

function skipped(file: FileDiff, reason: string): Shown {
  const coverage = { path: file.path, read: 'skipped', reason } as const;
  return { text: wrap(file, coverage, [`[not shown: ${reason}]`]), coverage };
}

function showFile(file: FileDiff, limits: DiffLimits, maxChars: number): Shown {
  const all = file.hunks.flatMap((hunk) => [hunkHeader(hunk.header), ...hunk.lines.map(numbered)]);
  const short = all.map((line) => cutLine(line, limits.lineChars));
  const fitting = countFitting(short, maxChars);
  const reason = reasonFor(
    all.length,
    fitting,
    short.some((line, at) => line !== all[at]),
    maxChars,
    limits,
  );
  const coverage = { path: file.path, read: reason === null ? 'full' : 'part', reason } as const;
  if (fitting === 0 && all.length > 0) return skipped(file, reason ?? '');
  const rest = fitting < all.length ? [`[cut: ${count(fitting)} of ${count(all.length)} lines shown]`] : [];
  return { text: wrap(file, coverage, [...short.slice(0, fitting), ...rest]), coverage };
}

function reasonFor(
  lines: number,
  fitting: number,
  cutLines: boolean,
  maxChars: number,
  limits: DiffLimits,
): string | null {
  if (fitting < lines) {
    const what = maxChars < limits.fileChars ? 'the whole diff' : 'a file';
    const limit = maxChars < limits.fileChars ? limits.totalChars : limits.fileChars;
    return `over the limit of ${count(limit)} characters for ${what}: ${count(fitting)} of ${count(lines)} lines shown`;
  }
  return cutLines ? `lines longer than ${count(limits.lineChars)} characters are cut` : null;
}

function countFitting(lines: readonly string[], maxChars: number): number {
  let chars = 0;
  const over = lines.findIndex((line) => {
    chars += line.length + 1;
    return chars > maxChars;
  });
  return over < 0 ? lines.length : over;
}

function wrap(file: FileDiff, coverage: FileCoverage, lines: readonly string[]): string {
  const names = `path="${attribute(file.path)}" old_path="${attribute(file.oldPath)}"`;
  return [`<file ${names} status="${file.status}" read="${coverage.read}">`, ...lines, '</file>'].join('\n');
}

/** The numbers alone: what git writes behind them is a line of the file. */
function hunkHeader(header: string): string {
  return /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.exec(header)?.[0] ?? '@@';
}

function numbered({ kind, oldLine, newLine, text }: DiffLine): string {
  return `${oldLine ?? ''}|${newLine ?? ''}|${MARKERS[kind]}${revealHidden(text)}`;
}

function cutLine(line: string, maxChars: number): string {
  if (line.length <= maxChars) return line;
  return `${line.slice(0, maxChars)} [cut: ${count(maxChars)} of ${count(line.length)} characters shown]`;
}
