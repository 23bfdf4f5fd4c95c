// Where findings stand: a table of what models really get wrong. anchor-properties.test.ts has GitHub's rule.
import { describe, expect, test } from 'vitest';
import { parseDiff } from '../../src/core/parse-diff.ts';
import { type Anchor, QUOTE_MAX_CHARS } from '../../src/core/result-records.ts';
import { anchorFinding } from '../../src/core/review/anchor.ts';

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
  replacement: null,
  ...fields,
});
const inline = (fields: Partial<Extract<Anchor, { kind: 'inline' }>>): Anchor => ({
  kind: 'inline',
  path: 'src/new.ts',
  side: 'RIGHT',
  startLine: null,
  line: 11,
  quote: 'ELEVEN',
  suggestion: null,
  ...fields,
});

describe('a finding on the diff gets its line', () => {
  const cases: readonly (readonly [string, Partial<Asked>, Anchor])[] = [
    ['an added line', {}, inline({})],
    ['a line of context', { line: 10 }, inline({ line: 10, quote: 'ten' })],
    ['a removed line on the left', { side: 'LEFT' }, inline({ side: 'LEFT', quote: 'eleven' })],
    [
      'a range',
      { start_line: 10, line: 12 },
      inline({ startLine: 10, line: 12, quote: 'ten\nELEVEN\ntwelve' }),
    ],
    ['a range of one line', { start_line: 11 }, inline({})],
    [
      'a range given backwards',
      { start_line: 12, line: 10 },
      inline({ startLine: 10, line: 12, quote: 'ten\nELEVEN\ntwelve' }),
    ],
    [
      'a range that starts before its hunk is narrowed',
      { start_line: 1, line: 12 },
      inline({ startLine: 10, line: 12, quote: 'ten\nELEVEN\ntwelve' }),
    ],
    [
      'a range over two hunks keeps the hunk of its end',
      { start_line: 11, line: 31 },
      inline({ line: 31, quote: 'thirty one' }),
    ],
    [
      'a range that ends off the diff keeps the most it can',
      { start_line: 1, line: 25 },
      inline({ startLine: 10, line: 13, quote: 'ten\nELEVEN\ntwelve\nthirteen' }),
    ],
    [
      'an absurd range',
      { start_line: 1, line: Number.MAX_SAFE_INTEGER },
      inline({ startLine: 10, line: 13, quote: 'ten\nELEVEN\ntwelve\nthirteen' }),
    ],
    [
      'a line that is 0 beside a start that is not',
      { start_line: 12, line: 0 },
      inline({ line: 12, quote: 'twelve' }),
    ],
    ['a start that is no number', { start_line: Number.NaN }, inline({})],
    ['the old path of a rename', { path: 'src/old.ts' }, inline({})],
    ['a path with a prefix of the diff', { path: 'b/src/new.ts' }, inline({})],
    ['an old path with a prefix', { path: 'a/src/old.ts' }, inline({})],
    ['a path that starts with ./', { path: './src/new.ts' }, inline({})],
    [
      'the wrong side, when only the other fits',
      { side: 'LEFT', line: 13 },
      inline({ line: 13, quote: 'thirteen' }),
    ],
    [
      'a removed file, asked for on the right',
      { path: 'gone.ts', line: 2 },
      inline({ path: 'gone.ts', side: 'LEFT', line: 2, quote: 'two' }),
    ],
  ];

  test.each(cases)('%s', (_title, fields, expected) => {
    expect(anchorFinding(asked(fields), FILES)).toEqual(expected);
  });
});

test('a quote is cut where it is too long, and half a character becomes U+FFFD', () => {
  const text = `${'x'.repeat(QUOTE_MAX_CHARS - 1)}😀`;
  const [file, ...others] = FILES.map((each) => ({
    ...each,
    hunks: each.hunks.map((hunk) => ({ ...hunk, lines: hunk.lines.map((line) => ({ ...line, text })) })),
  }));

  const anchor = anchorFinding(asked({}), file === undefined ? [] : [file, ...others]);

  expect(anchor).toMatchObject({ quote: `${'x'.repeat(QUOTE_MAX_CHARS - 1)}\ufffd` });
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

  test.each([
    [
      'a file whose diff is too large',
      { omitted: true as const, hunks: [] },
      'the diff of the file is too large',
    ],
    [
      'a file whose name GitHub has otherwise',
      { path: 'src/caf\ufffd.ts' },
      'the name of the file is not UTF-8',
    ],
  ])('%s', (_title, fields, reason) => {
    const [file] = FILES.map((each) => ({ ...each, ...fields }));

    const anchor = anchorFinding(asked({ path: file?.path ?? '' }), file === undefined ? [] : [file]);

    expect(anchor).toEqual({ kind: 'body', place: `${file?.path}:11`, reason });
  });

  test('a file that changed its type, which git shows as two', () => {
    const twice = FILES.filter((file) => file.path === 'gone.ts');

    const anchor = anchorFinding(asked({ path: 'gone.ts', line: 1 }), [...twice, ...twice]);

    expect(anchor).toEqual({ kind: 'body', place: 'gone.ts:1', reason: 'the file changed its type' });
  });
});
