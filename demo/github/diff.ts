// Parses git's unified diff (`diff --git`, prefixes a/ and b/) into files, hunks and lines. Pure; written against git's
// format description and not shared with the product, so that each can find the other wrong.

type LineKind = 'add' | 'del' | 'context';

export interface DiffLine {
  readonly kind: LineKind;
  readonly old: number | null;
  readonly new: number | null;
  readonly text: string;
  /** Lines below the file's first hunk header, as GitHub counts `position`. */
  readonly position: number;
}

export interface DiffHunk {
  readonly header: string;
  readonly oldStart: number;
  readonly lines: readonly DiffLine[];
}

export interface DiffFile {
  readonly path: string;
  readonly previousPath: string | null;
  readonly status: 'added' | 'removed' | 'modified' | 'renamed' | 'copied' | 'changed';
  readonly binary: boolean;
  readonly oldSha: string | null;
  readonly newSha: string | null;
  readonly additions: number;
  readonly deletions: number;
  readonly hunks: readonly DiffHunk[];
  /** From the first hunk header to the last line, without a final newline; '' when there are no hunks. */
  readonly patch: string;
}

export function parseDiff(text: string): DiffFile[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const files: DiffFile[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (!line.startsWith('diff --git ')) {
      at += 1;
      continue;
    }
    const { file, next } = parseFile(lines, at);
    files.push(file);
    at = next;
  }
  return files;
}

interface Header {
  oldPath: string | null;
  newPath: string | null;
  added: boolean;
  removed: boolean;
  renamed: boolean;
  copied: boolean;
  binary: boolean;
  modeChanged: boolean;
  shas: readonly [string, string] | null;
}

function parseFile(lines: readonly string[], start: number): { file: DiffFile; next: number } {
  const { header, next } = parseHeader(lines, start);
  const body = parseHunks(lines, next);
  const changed = body.hunks.flatMap((hunk) => hunk.lines);
  const path = (header.removed ? header.oldPath : header.newPath) ?? header.oldPath ?? '';
  return {
    next: body.next,
    file: {
      path,
      previousPath: header.renamed || header.copied ? header.oldPath : null,
      status: statusOf(header, body.hunks.length > 0),
      binary: header.binary,
      oldSha: header.shas?.[0] ?? null,
      newSha: header.shas?.[1] ?? null,
      additions: changed.filter((line) => line.kind === 'add').length,
      deletions: changed.filter((line) => line.kind === 'del').length,
      hunks: body.hunks,
      patch: lines.slice(next, body.next).join('\n'),
    },
  };
}

function statusOf(header: Header, hasHunks: boolean): DiffFile['status'] {
  if (header.added) return 'added';
  if (header.removed) return 'removed';
  if (header.renamed) return 'renamed';
  if (header.copied) return 'copied';
  return header.modeChanged && !hasHunks ? 'changed' : 'modified';
}

function parseHeader(lines: readonly string[], start: number): { header: Header; next: number } {
  const names = namesOf((lines[start] ?? '').slice('diff --git '.length));
  const header: Header = {
    oldPath: names[0],
    newPath: names[1],
    added: false,
    removed: false,
    renamed: false,
    copied: false,
    binary: false,
    modeChanged: false,
    shas: null,
  };
  let at = start + 1;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('diff --git ') || line.startsWith('@@ ')) break;
    readHeaderLine(header, line);
  }
  return { header, next: at };
}

function readHeaderLine(header: Header, line: string): void {
  if (line.startsWith('new file mode ')) header.added = true;
  else if (line.startsWith('deleted file mode ')) header.removed = true;
  else if (line.startsWith('old mode ')) header.modeChanged = true;
  else if (line.startsWith('rename from ')) {
    header.renamed = true;
    header.oldPath = unquote(line.slice('rename from '.length));
  } else if (line.startsWith('rename to ')) header.newPath = unquote(line.slice('rename to '.length));
  else if (line.startsWith('copy from ')) {
    header.copied = true;
    header.oldPath = unquote(line.slice('copy from '.length));
  } else if (line.startsWith('copy to ')) header.newPath = unquote(line.slice('copy to '.length));
  else if (line.startsWith('Binary files ') || line === 'GIT binary patch') header.binary = true;
  else if (line.startsWith('--- ')) header.oldPath = sidePath(line.slice(4), 'a/') ?? header.oldPath;
  else if (line.startsWith('+++ ')) header.newPath = sidePath(line.slice(4), 'b/') ?? header.newPath;
  else if (line.startsWith('index ')) {
    const match = /^index ([0-9a-f]+)\.\.([0-9a-f]+)/.exec(line);
    if (match?.[1] && match[2]) header.shas = [match[1], match[2]];
  }
}

/** Without `---`/`+++` lines (empty, binary and mode-only files) both names are the same, so half of the line is one. */
function namesOf(rest: string): [string | null, string | null] {
  if (rest.startsWith('"')) {
    const end = closingQuote(rest);
    return [sidePath(rest.slice(0, end + 1), 'a/'), sidePath(rest.slice(end + 2), 'b/')];
  }
  const half = (rest.length - 1) / 2;
  const name = rest.slice(2, half);
  if (Number.isInteger(half) && rest === `a/${name} b/${name}`) return [name, name];
  const quoted = rest.indexOf(' "b/');
  if (quoted > 0) return [rest.slice(2, quoted), sidePath(rest.slice(quoted + 1), 'b/')];
  return [null, null];
}

function sidePath(text: string, prefix: string): string | null {
  // git ends an unquoted name that contains a space with a tab, so that patch(1) finds its end.
  const name = unquote(text.startsWith('"') ? text : text.replace(/\t$/, ''));
  return name.startsWith(prefix) ? name.slice(prefix.length) : null;
}

function closingQuote(text: string): number {
  for (let at = 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at;
  }
  return text.length - 1;
}

const escapes: Readonly<Record<string, number>> = {
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

/** Undoes git's C-style quoting; octal escapes are bytes of UTF-8. */
function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  const bytes: number[] = [];
  const inner = text.slice(1, closingQuote(text));
  for (let at = 0; at < inner.length; at += 1) {
    const char = inner[at] ?? '';
    if (char !== '\\') {
      const point = String.fromCodePoint(inner.codePointAt(at) ?? 0);
      bytes.push(...Buffer.from(point));
      at += point.length - 1;
      continue;
    }
    const octal = /^[0-3][0-7]{2}/.exec(inner.slice(at + 1));
    bytes.push(octal ? Number.parseInt(octal[0], 8) : (escapes[inner[at + 1] ?? ''] ?? 0));
    at += octal ? 3 : 1;
  }
  return Buffer.from(bytes).toString('utf8');
}

function parseHunks(lines: readonly string[], start: number): { hunks: DiffHunk[]; next: number } {
  const hunks: DiffHunk[] = [];
  let at = start;
  while (at < lines.length) {
    const match = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(lines[at] ?? '');
    if (!match) break;
    const hunk: { header: string; oldStart: number; lines: DiffLine[] } = {
      header: lines[at] ?? '',
      oldStart: Number(match[1]),
      lines: [],
    };
    let old = Number(match[1]);
    let fresh = Number(match[3]);
    const oldEnd = old + Number(match[2] ?? 1);
    const newEnd = fresh + Number(match[4] ?? 1);
    at += 1;
    // The counts in the header, not the first characters, say where the hunk ends: a removed line may read `--- a/x`.
    for (; at < lines.length && (old < oldEnd || fresh < newEnd || lines[at]?.startsWith('\\')); at += 1) {
      const line = lines[at] ?? '';
      const mark = line[0];
      if (mark === '\\') continue;
      const kind: LineKind = mark === '+' ? 'add' : mark === '-' ? 'del' : 'context';
      hunk.lines.push({
        kind,
        old: kind === 'add' ? null : old,
        new: kind === 'del' ? null : fresh,
        text: line.slice(1),
        position: at - start,
      });
      if (kind !== 'add') old += 1;
      if (kind !== 'del') fresh += 1;
    }
    hunks.push(hunk);
  }
  return { hunks, next: at };
}
