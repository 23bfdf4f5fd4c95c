// Where findings stand: a table of what models really get wrong, and the rule that GitHub enforces as a property.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Anchor, anchorFinding } from '../../src/core/anchor.ts';
import type { FileDiff } from '../../src/core/diff.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';

const FILES = parseDiff(
  [
    'diff --git a/src/old.ts b/src/new.ts',
    'similarity index 90%',
    'rename from src/old.ts',
    'rename to src/new.ts',
    '--- a/src/old.ts',
    '+++ b/src/new.ts',
    '@@ -10,3 +10,4 @@',
    ' ten',
    '-eleven',
    '+ELEVEN',
    '+twelve',
    ' thirteen',
    '@@ -30,2 +31,1 @@',
    ' thirty one',
    '-gone',
    'diff --git a/gone.ts b/gone.ts',
    'deleted file mode 100644',
    '--- a/gone.ts',
    '+++ /dev/null',
    '@@ -1,2 +0,0 @@',
    '-one',
    '-two',
    'diff --git a/logo.png b/logo.png',
    'Binary files a/logo.png and b/logo.png differ',
    'diff --git a/moved.ts b/there.ts',
    'similarity index 100%',
    'rename from moved.ts',
    'rename to there.ts',
    '',
  ].join('\n'),
);

type Asked = Parameters<typeof anchorFinding>[0];
const asked = (fields: Partial<Asked>): Asked => ({
  path: 'src/new.ts',
  side: 'RIGHT',
  start_line: null,
  line: 11,
  ...fields,
});
const inline = (fields: Partial<Extract<Anchor, { kind: 'inline' }>>): Anchor => ({
  kind: 'inline',
  path: 'src/new.ts',
  side: 'RIGHT',
  startLine: null,
  line: 11,
  ...fields,
});

describe('a finding on the diff gets its line', () => {
  const cases: readonly (readonly [string, Partial<Asked>, Anchor])[] = [
    ['an added line', {}, inline({})],
    ['a line of context', { line: 10 }, inline({ line: 10 })],
    ['a removed line on the left', { side: 'LEFT' }, inline({ side: 'LEFT' })],
    ['a range', { start_line: 10, line: 12 }, inline({ startLine: 10, line: 12 })],
    ['a range of one line', { start_line: 11 }, inline({})],
    ['a range given backwards', { start_line: 12, line: 10 }, inline({ startLine: 10, line: 12 })],
    [
      'a range that starts before its hunk is narrowed',
      { start_line: 1, line: 12 },
      inline({ startLine: 10, line: 12 }),
    ],
    ['a range over two hunks keeps the hunk of its end', { start_line: 11, line: 31 }, inline({ line: 31 })],
    [
      'a range that ends off the diff keeps the most it can',
      { start_line: 1, line: 25 },
      inline({ startLine: 10, line: 13 }),
    ],
    [
      'an absurd range',
      { start_line: 1, line: Number.MAX_SAFE_INTEGER },
      inline({ startLine: 10, line: 13 }),
    ],
    ['a line that is 0 beside a start that is not', { start_line: 12, line: 0 }, inline({ line: 12 })],
    ['a start that is no number', { start_line: Number.NaN }, inline({})],
    ['the old path of a rename', { path: 'src/old.ts' }, inline({})],
    ['a path with a prefix of the diff', { path: 'b/src/new.ts' }, inline({})],
    ['an old path with a prefix', { path: 'a/src/old.ts' }, inline({})],
    ['a path that starts with ./', { path: './src/new.ts' }, inline({})],
    ['the wrong side, when only the other fits', { side: 'LEFT', line: 13 }, inline({ line: 13 })],
    [
      'a removed file, asked for on the right',
      { path: 'gone.ts', line: 2 },
      inline({ path: 'gone.ts', side: 'LEFT', line: 2 }),
    ],
  ];

  test.each(cases)('%s', (_title, fields, expected) => {
    expect(anchorFinding(asked(fields), FILES)).toEqual(expected);
  });
});

describe('a finding off the diff goes to the body with its place', () => {
  const cases: readonly (readonly [string, Partial<Asked>, string, string])[] = [
    ['a line far away', { line: 900 }, 'src/new.ts:900', 'the line is not part of the diff'],
    [
      'a range far away',
      { start_line: 800, line: 900 },
      'src/new.ts:800-900',
      'the line is not part of the diff',
    ],
    [
      'a file that is not in the diff',
      { path: 'other.ts' },
      'other.ts:11',
      'the file is not part of the diff',
    ],
    ['no path', { path: ' ' }, '(no file named):11', 'the file is not part of the diff'],
    ['line 0', { line: 0 }, 'src/new.ts', 'no line was named'],
    ['a line that is no number', { line: Number.NaN }, 'src/new.ts', 'no line was named'],
    ['half a line', { line: 1.5 }, 'src/new.ts', 'no line was named'],
    ['a binary file', { path: 'logo.png', line: 1 }, 'logo.png:1', 'the file is binary'],
    ['a rename without changes', { path: 'moved.ts', line: 1 }, 'there.ts:1', 'no line of the file changed'],
  ];

  test.each(cases)('%s', (_title, fields, place, reason) => {
    expect(anchorFinding(asked(fields), FILES)).toEqual({ kind: 'body', place, reason });
  });

  test('a file that changed its type, which git shows as two', () => {
    const twice = FILES.filter((file) => file.path === 'gone.ts');

    const anchor = anchorFinding(asked({ path: 'gone.ts', line: 1 }), [...twice, ...twice]);

    expect(anchor).toEqual({ kind: 'body', place: 'gone.ts:1', reason: 'the file changed its type' });
  });
});

/** GitHub's rule: the line stands on that side of the diff, and a start stands in the same hunk before it. */
function accepted(anchor: Extract<Anchor, { kind: 'inline' }>, files: readonly FileDiff[]): boolean {
  const file = files.find((candidate) => candidate.path === anchor.path);
  return (file?.hunks ?? []).some((hunk) => {
    const lines = new Set(hunk.lines.map((line) => (anchor.side === 'RIGHT' ? line.newLine : line.oldLine)));
    if (!lines.has(anchor.line)) return false;
    return anchor.startLine === null || (anchor.startLine < anchor.line && lines.has(anchor.startLine));
  });
}

const kinds = fc.array(fc.constantFrom(' ', '+', '-'), { minLength: 1, maxLength: 12 });
/** Diffs as git writes them: hunks in order, numbered by what they hold. */
const diffs = fc
  .array(
    fc.tuple(
      fc.constantFrom('a.ts', 'b.ts', 'c d.ts'),
      fc.array(fc.tuple(fc.nat(9), kinds), { maxLength: 4 }),
    ),
    {
      maxLength: 3,
    },
  )
  .map((files) => {
    const unique = [...new Map(files)];
    return parseDiff(unique.map(([path, hunks]) => printed(path, hunks)).join(''));
  });

function printed(path: string, hunks: readonly (readonly [number, readonly string[]])[]): string {
  let [before, after] = [1, 1];
  const text = hunks.map(([gap, lines]) => {
    const olds = lines.filter((kind) => kind !== '+').length;
    const news = lines.filter((kind) => kind !== '-').length;
    const header = `@@ -${before + gap},${olds} +${after + gap},${news} @@\n`;
    [before, after] = [before + gap + olds, after + gap + news];
    return header + lines.map((kind) => `${kind}x\n`).join('');
  });
  return `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${text.join('')}`;
}

const numbers = fc.oneof(
  fc.integer({ min: -2, max: 60 }),
  fc.constantFrom(Number.NaN, Infinity, 2 ** 60, 0.5),
);
const findings = fc.record({
  path: fc.oneof(fc.constantFrom('a.ts', 'b.ts', 'c d.ts', 'a/a.ts', '/b.ts', ''), fc.string()),
  side: fc.constantFrom('RIGHT' as const, 'LEFT' as const),
  start_line: fc.option(numbers),
  line: numbers,
});

test('whatever is asked, an inline anchor is one that GitHub accepts', () => {
  fc.assert(
    fc.property(findings, diffs, (finding, files) => {
      const anchor = anchorFinding(finding, files);

      if (anchor.kind === 'inline') expect(accepted(anchor, files)).toBe(true);
      else expect(anchor.place.length * anchor.reason.length).toBeGreaterThan(0);
    }),
    { numRuns: 2_000 },
  );
});

test('a finding on any line of the diff keeps exactly that line', () => {
  fc.assert(
    fc.property(diffs, fc.nat(), (files, pick) => {
      const lines = files.flatMap((file) =>
        file.hunks.flatMap((hunk) => hunk.lines.map((line) => ({ file, line }))),
      );
      const chosen = lines[pick % Math.max(lines.length, 1)];
      fc.pre(chosen !== undefined);
      const side = chosen.line.newLine === null ? 'LEFT' : 'RIGHT';
      const line = chosen.line.newLine ?? chosen.line.oldLine ?? 0;

      const anchor = anchorFinding({ path: chosen.file.path, side, start_line: null, line }, files);

      expect(anchor).toEqual({ kind: 'inline', path: chosen.file.path, side, startLine: null, line });
    }),
  );
});
