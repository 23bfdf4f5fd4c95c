// The diff parser, against git itself and against broken input. diff-positions.test.ts has another project's expectations.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { FileDiff } from '../../src/core/diff.ts';
import { parseDiff, unquotePath } from '../../src/core/parse-diff.ts';

const dir = mkdtempSync(join(tmpdir(), 'parse-diff-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const GIT_DIFF = ['diff', '--no-index', '--no-color', '--no-ext-diff', '--full-index', '-M'];

/** `git diff` of two texts in files of the given names. */
function gitDiff(before: string, after: string): string {
  writeFileSync(join(dir, 'before'), before);
  writeFileSync(join(dir, 'after'), after);
  try {
    return execFileSync('git', ['-c', 'core.quotePath=false', ...GIT_DIFF, 'before', 'after'], {
      cwd: dir,
    }).toString();
  } catch (error) {
    if (error instanceof Error && 'stdout' in error) return String(error.stdout);
    throw error;
  }
}

/** What one side reads like according to the diff, laid over the file as it was. */
function applied(before: readonly string[], file: FileDiff | undefined): readonly string[] {
  const out: string[] = [];
  let at = 0;
  for (const line of file?.hunks.flatMap((hunk) => hunk.lines) ?? []) {
    if (line.oldLine !== null) {
      out.push(...before.slice(at, line.oldLine - 1));
      at = Math.max(at, line.oldLine);
    }
    if (line.newLine !== null) {
      while (out.length < line.newLine - 1) out.push(before[at++] ?? '<missing>');
      out.push(line.text);
    }
  }
  return [...out, ...before.slice(at)];
}

const fileWith = (fields: Partial<FileDiff>): FileDiff => ({
  path: 'a.txt',
  oldPath: 'a.txt',
  status: 'modified',
  binary: false,
  hunks: [],
  additions: 0,
  deletions: 0,
  ...fields,
});

describe('headers', () => {
  const cases: readonly (readonly [string, string, Partial<FileDiff>])[] = [
    [
      'a quoted path is unquoted, byte by byte',
      'diff --git "a/\\346\\227\\245 \\"q\\"\\n\\t\\\\.txt" "b/\\346\\227\\245 \\"q\\"\\n\\t\\\\.txt"\nold mode 100644\nnew mode 100755\n',
      { path: '日 "q"\n\t\\.txt', oldPath: '日 "q"\n\t\\.txt', modes: '100644 100755' },
    ],
    [
      'a change of mode alone is a modified file, even with " b/" in its name',
      'diff --git a/x b/y z b/x b/y z\nold mode 100644\nnew mode 100755\n',
      { path: 'x b/y z', oldPath: 'x b/y z', modes: '100644 100755' },
    ],
    [
      'a rename without changes has both names',
      'diff --git a/old name.txt b/new\u00e9.txt\nsimilarity index 100%\nrename from old name.txt\nrename to new\u00e9.txt\n',
      { path: 'new\u00e9.txt', oldPath: 'old name.txt', status: 'renamed' },
    ],
    [
      'a rename to a quoted name is unquoted',
      'diff --git a/x.txt "b/y\\tz.txt"\nsimilarity index 100%\nrename from x.txt\nrename to "y\\tz.txt"\n',
      { path: 'y\tz.txt', oldPath: 'x.txt', status: 'renamed' },
    ],
    [
      'an empty new file is added',
      'diff --git a/a.txt b/a.txt\nnew file mode 100644\nindex 0000000..e69de29\n',
      { status: 'added', modes: '100644', blobs: '0000000..e69de29' },
    ],
    [
      'an empty removed file is removed',
      'diff --git a/a.txt b/a.txt\ndeleted file mode 100644\nindex e69de29..0000000\n',
      { status: 'removed', modes: '100644', blobs: 'e69de29..0000000' },
    ],
    [
      'a binary file is marked',
      'diff --git a/a.txt b/a.txt\nindex 1..2 100644\nBinary files a/a.txt and b/a.txt differ\n',
      { binary: true, blobs: '1..2' },
    ],
    [
      'a binary patch is marked and its data skipped',
      'diff --git a/a.txt b/a.txt\nindex 1..2 100644\nGIT binary patch\nliteral 4\nLc${NkU|;|M00aO5\n\nliteral 0\nHcmV?d00001\n\n',
      { binary: true, blobs: '1..2' },
    ],
    [
      'a date after a name is no part of it, one within a name is',
      '--- a/2020-01-01 00:00:00 +0000.txt\t2020-01-01 00:00:00 +0000\n+++ b/2020-01-01 00:00:00 +0000.txt\t\n',
      { path: '2020-01-01 00:00:00 +0000.txt', oldPath: '2020-01-01 00:00:00 +0000.txt' },
    ],
    [
      'a blank at the end of a name is kept',
      'diff --git a/end  b/end \nindex 1..2 100644\n--- a/end \t\n+++ b/end \t\n',
      { path: 'end ', oldPath: 'end ', blobs: '1..2' },
    ],
  ];

  test.each(cases)('%s', (_title, text, expected) => {
    expect(parseDiff(text)).toEqual([fileWith(expected)]);
  });
});

describe('hunks', () => {
  test('lines that look like headers are content while the hunk lasts', () => {
    const text =
      'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@ f()\n--- a/b\n-diff --git a/x b/x\n+++ b/b\n+@@ -1 +1 @@\n';

    expect(parseDiff(text)).toEqual([
      fileWith({
        additions: 2,
        deletions: 2,
        hunks: [
          {
            header: '@@ -1,2 +1,2 @@ f()',
            lines: [
              { kind: 'removed', oldLine: 1, newLine: null, text: '-- a/b' },
              { kind: 'removed', oldLine: 2, newLine: null, text: 'diff --git a/x b/x' },
              { kind: 'added', oldLine: null, newLine: 1, text: '++ b/b' },
              { kind: 'added', oldLine: null, newLine: 2, text: '@@ -1 +1 @@' },
            ],
          },
        ],
      }),
    ]);
  });

  test('the marker of a missing last newline is no line, in the middle of a hunk and at its end', () => {
    const [file] = parseDiff(gitDiff('one\ntwo', 'one\ntwo\nthree'));

    expect(file?.hunks.map((hunk) => hunk.lines)).toEqual([
      [
        { kind: 'context', oldLine: 1, newLine: 1, text: 'one' },
        { kind: 'removed', oldLine: 2, newLine: null, text: 'two', end: 'none' },
        { kind: 'added', oldLine: null, newLine: 2, text: 'two' },
        { kind: 'added', oldLine: null, newLine: 3, text: 'three', end: 'none' },
      ],
    ]);
  });

  test('a change of line ends shows as removed and added lines without them', () => {
    const [file] = parseDiff(gitDiff('same\r\nodd\rline\n', 'same\nodd\rline\n'));

    expect(file?.hunks.flatMap((hunk) => hunk.lines).map((line) => [line.kind, line.text, line.end])).toEqual(
      [
        ['removed', 'same', 'crlf'],
        ['added', 'same', undefined],
        ['context', 'odd\rline', undefined],
      ],
    );
  });

  test("laying git's diff of two texts over the first gives the second", () => {
    const lines = fc.array(
      fc.constantFrom('a', 'b', '', '-- x', '++ y', '@@ -1 +1 @@', 'diff --git a/x b/x'),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(lines, lines, fc.boolean(), (before, after, newline) => {
        const end = newline ? '\n' : '';
        const files = parseDiff(gitDiff(before.join('\n') + end, after.join('\n') + end));

        if (files.length === 0) expect(before.join('\n')).toBe(after.join('\n'));
        else {
          const split = (text: string) => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
          expect(applied(split(before.join('\n') + end), files[0])).toEqual(split(after.join('\n') + end));
        }
      }),
      { numRuns: 60 },
    );
  });
});

test('any text at all is parsed without an error', () => {
  const pieces = fc.constantFrom(
    'diff --git ',
    '"a/',
    '\\',
    '"',
    '--- ',
    '+++ ',
    '@@ -1,9999999999 +1 @@',
    '\n',
    '+',
    '-',
    ' ',
    'rename from ',
    'Binary files ',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string()), { maxLength: 30 }), (parts) => {
      expect(Array.isArray(parseDiff(parts.join('')))).toBe(true);
    }),
  );
});

test('a path in quotes that never end is left as it is', () => {
  expect(unquotePath('"a/b')).toBe('"a/b');
});
