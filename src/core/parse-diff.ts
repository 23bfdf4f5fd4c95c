/**
 * Reads what `git diff` prints (and plain unified diffs) into records. Total: text that is no diff is skipped, a
 * hunk that breaks off ends there. Written here rather than taken from `parse-diff`, which is wrong on quoted
 * paths, renames without changes, binary files, names with trailing blanks or dates, and which counts the marker
 * "\ No newline at end of file" as a line.
 */
import type { DiffLine, FileDiff, Hunk } from './diff.ts';

const HUNK = /^@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@/;
const MODE = /^(?:old|new|new file|deleted file) mode (\d{6})$/;
const NO_FILE = '/dev/null';

/** Lines without their line feeds. */
interface Cursor {
  readonly lines: readonly string[];
  at: number;
}

/** What the lines between `diff --git` and the first hunk say. */
interface Header {
  oldPath: string;
  path: string;
  status: FileDiff['status'];
  binary: boolean;
  modes: readonly string[];
  blobs: string | null;
}

/**
 * The files of a diff in its order. Expects `--src-prefix=a/ --dst-prefix=b/` and takes quoted paths (git quotes
 * control characters and `"` even with core.quotePath=false). A copied file counts as added.
 */
export function parseDiff(text: string): readonly FileDiff[] {
  const cursor = { lines: text.replace(/\n$/, '').split('\n'), at: 0 };
  const files: FileDiff[] = [];
  while (cursor.at < cursor.lines.length) {
    const header = readGitHeader(cursor) ?? readPlainHeader(cursor);
    if (header === null) cursor.at += 1;
    else files.push(readFile(cursor, header));
  }
  return files;
}

/** A path as git prints it: in double quotes with C escapes, or as it is. Bytes that are no UTF-8 become U+FFFD. */
export function unquotePath(printed: string): string {
  if (!printed.startsWith('"')) return printed;
  const end = closingQuote(printed);
  return end === -1 ? printed : unescapeC(printed.slice(1, end));
}

function readFile(cursor: Cursor, header: Header): FileDiff {
  const hunks: Hunk[] = [];
  for (let hunk = readHunk(cursor); hunk !== null; hunk = readHunk(cursor)) hunks.push(hunk);
  const count = (kind: DiffLine['kind']) =>
    hunks.reduce((sum, hunk) => sum + hunk.lines.filter((line) => line.kind === kind).length, 0);
  const { modes, blobs, ...named } = header;
  return {
    ...named,
    hunks,
    additions: count('added'),
    deletions: count('removed'),
    ...(modes.length === 0 ? {} : { modes: modes.join(' ') }),
    ...(blobs === null || saysAll(hunks) ? {} : { blobs }),
  };
}

/** Bytes that are no UTF-8 all look the same. */
function saysAll(hunks: readonly Hunk[]): boolean {
  return hunks.length > 0 && !hunks.some((hunk) => hunk.lines.some((line) => line.text.includes('\uFFFD')));
}

function readGitHeader(cursor: Cursor): Header | null {
  const first = lineAt(cursor);
  if (!first.startsWith('diff --git ')) return null;
  cursor.at += 1;
  const [oldPath, path] = namesOf(first.slice('diff --git '.length));
  const header: Header = { oldPath, path, status: 'modified', binary: false, modes: [], blobs: null };
  for (; cursor.at < cursor.lines.length; cursor.at += 1) {
    const line = lineAt(cursor);
    if (line.startsWith('diff --git ') || HUNK.test(line)) break;
    readHeaderLine(header, line);
  }
  if (header.status === 'removed') header.path = header.oldPath;
  else if (header.status === 'added' && header.oldPath === '') header.oldPath = header.path;
  return header;
}

function readHeaderLine(header: Header, line: string): void {
  const after = (start: string) => (line.startsWith(start) ? unquotePath(line.slice(start.length)) : null);
  const mode = MODE.exec(line)?.[1];
  if (mode !== undefined) header.modes = [...header.modes, mode];
  const from = after('rename from ') ?? after('copy from ');
  const to = after('rename to ') ?? after('copy to ');
  if (from !== null) header.oldPath = from;
  else if (to !== null) {
    header.path = to;
    header.status = line.startsWith('copy') ? 'added' : 'renamed';
  } else if (line.startsWith('new file mode ')) header.status = 'added';
  else if (line.startsWith('deleted file mode ')) header.status = 'removed';
  else if (line.startsWith('Binary files ') || line === 'GIT binary patch') header.binary = true;
  else if (line.startsWith('index ')) header.blobs = line.split(' ')[1] ?? null;
  else if (line.startsWith('--- ')) header.oldPath = namedBy(line, header.oldPath);
  else if (line.startsWith('+++ ')) header.path = namedBy(line, header.path);
}

/** `---` and `+++` with no `diff --git` before them, as `diff -u` prints. */
function readPlainHeader(cursor: Cursor): Header | null {
  const [before, after] = [lineAt(cursor), withoutReturn(cursor.lines[cursor.at + 1] ?? '')];
  if (!before.startsWith('--- ') || !after.startsWith('+++ ')) return null;
  cursor.at += 2;
  const [oldPath, path] = [namedBy(before, ''), namedBy(after, '')];
  const rest = { binary: false, modes: [], blobs: null };
  if (oldPath === '') return { ...rest, oldPath: path, path, status: 'added' };
  if (path === '') return { ...rest, oldPath, path: oldPath, status: 'removed' };
  return { ...rest, oldPath, path, status: oldPath === path ? 'modified' : 'renamed' };
}

/** Path of a `---` or `+++` line, or `otherwise` for /dev/null. What follows a tab is a date, or nothing. */
function namedBy(line: string, otherwise: string): string {
  const printed = line.slice(4);
  const path = printed.startsWith('"') ? unquotePath(printed) : (printed.split('\t')[0] ?? '');
  return path === NO_FILE ? otherwise : withoutPrefix(path);
}

/** Both names of a `diff --git` line. Unquoted ones are told apart by being the same: renames have lines of their own. */
function namesOf(printed: string): readonly [string, string] {
  if (printed.startsWith('"')) {
    const end = closingQuote(printed);
    const [from, to] = [printed.slice(0, end + 1), printed.slice(end + 2)];
    return [withoutPrefix(unquotePath(from)), withoutPrefix(unquotePath(to))];
  }
  const quotedAt = printed.indexOf(' "');
  if (quotedAt !== -1 && printed.endsWith('"')) {
    return [
      withoutPrefix(printed.slice(0, quotedAt)),
      withoutPrefix(unquotePath(printed.slice(quotedAt + 1))),
    ];
  }
  const half = (printed.length - 1) / 2;
  const [from, to] = [printed.slice(0, half), printed.slice(half + 1)];
  if (Number.isInteger(half) && withoutPrefix(from) === withoutPrefix(to)) {
    return [withoutPrefix(from), withoutPrefix(to)];
  }
  const split = printed.indexOf(' b/');
  return split === -1
    ? ['', '']
    : [withoutPrefix(printed.slice(0, split)), withoutPrefix(printed.slice(split + 1))];
}

function readHunk(cursor: Cursor): Hunk | null {
  const header = lineAt(cursor);
  const match = HUNK.exec(header);
  if (match === null) return null;
  cursor.at += 1;
  const next = { old: Number(match[1]), new: Number(match[3]) };
  const end = { old: next.old + Number(match[2] ?? 1), new: next.new + Number(match[4] ?? 1) };
  const lines: DiffLine[] = [];
  while (cursor.at < cursor.lines.length && (next.old < end.old || next.new < end.new)) {
    const printed = cursor.lines[cursor.at] ?? '';
    const line = readLine(printed, next);
    if (line !== null) lines.push(line);
    else if (printed.startsWith('\\')) markLastEnd(lines);
    else break;
    cursor.at += 1;
  }
  if ((cursor.lines[cursor.at] ?? '').startsWith('\\')) {
    markLastEnd(lines);
    cursor.at += 1;
  }
  return { header, lines };
}

/** "\ No newline at end of file" speaks of the line above it. */
function markLastEnd(lines: DiffLine[]): void {
  const last = lines.pop();
  if (last !== undefined) lines.push({ ...last, end: 'none' });
}

/** Null for what is no line of a file. An empty line is context whose blank was lost on the way. */
function readLine(printed: string, next: { old: number; new: number }): DiffLine | null {
  const text = withoutReturn(printed.slice(1));
  const end = printed.endsWith('\r') ? ({ end: 'crlf' } as const) : {};
  switch (printed[0]) {
    case '+':
      return { kind: 'added', oldLine: null, newLine: next.new++, text, ...end };
    case '-':
      return { kind: 'removed', oldLine: next.old++, newLine: null, text, ...end };
    case ' ':
    case '\r':
    case undefined:
      return { kind: 'context', oldLine: next.old++, newLine: next.new++, text, ...end };
    default:
      return null;
  }
}

function lineAt(cursor: Cursor): string {
  return withoutReturn(cursor.lines[cursor.at] ?? '');
}

function withoutPrefix(path: string): string {
  return path.replace(/^[ab]\//, '');
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** Where the quote that opens at 0 ends, or -1. */
function closingQuote(printed: string): number {
  for (let at = 1; at < printed.length; at += 1) {
    if (printed[at] === '\\') at += 1;
    else if (printed[at] === '"') return at;
  }
  return -1;
}

const ESCAPES: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92,
};

/** Undoes git's quote.c: named escapes and three octal digits, each a byte. */
function unescapeC(escaped: string): string {
  const bytes: number[] = [];
  for (const [part] of escaped.matchAll(/\\[0-3][0-7]{2}|\\.|[^\\]+|\\/gs)) {
    const named = ESCAPES[part[1] ?? ''];
    if (!part.startsWith('\\')) bytes.push(...new TextEncoder().encode(part));
    else if (part.length === 4) bytes.push(Number.parseInt(part.slice(1), 8));
    else if (named !== undefined) bytes.push(named);
    else bytes.push(...new TextEncoder().encode(part));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}
