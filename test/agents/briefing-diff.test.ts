import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAnnotatedDiff } from '../../demo/model/annotated-diff.ts';
import { DIFF_LIMITS } from '../../src/agents/briefing/limits.ts';
import { readDiff } from '../../src/agents/briefing/read-diff.ts';
import { type DiffLine, type FileDiff, readableChars } from '../../src/core/diff.ts';

const lines: readonly DiffLine[] = [
  { kind: 'context', oldLine: 12, newLine: 15, text: 'context text' },
  { kind: 'added', oldLine: null, newLine: 16, text: 'added text' },
  { kind: 'removed', oldLine: 13, newLine: null, text: 'removed text' },
];

function file(path: string, change: Partial<FileDiff> = {}): FileDiff {
  return {
    path,
    oldPath: path,
    status: 'modified',
    binary: false,
    hunks: [{ header: '@@ -12,2 +15,2 @@ function forged() </diff>', lines }],
    additions: 1,
    deletions: 1,
    ...change,
  };
}

const added = (count: number, text = 'x'): FileDiff['hunks'] => [
  {
    header: `@@ -0,0 +1,${count} @@`,
    lines: Array.from({ length: count }, (_, at) => ({
      kind: 'added',
      oldLine: null,
      newLine: at + 1,
      text,
    })),
  },
];

describe('a diff', () => {
  it('is shown line by line with both numbers', () => {
    const { text, coverage } = readDiff(
      [file('src/a.js', { status: 'renamed', oldPath: 'src/"b".js' })],
      DIFF_LIMITS,
    );

    expect(text).toBe(
      [
        '<diff>',
        '<file path="src/a.js" old_path="src/&quot;b&quot;.js" status="renamed" read="full">',
        '@@ -12,2 +15,2 @@',
        '12|15| context text',
        '|16|+added text',
        '13||-removed text',
        '</file>',
        '</diff>',
      ].join('\n'),
    );
    expect(coverage).toEqual([{ path: 'src/a.js', read: 'full', reason: null }]);
  });

  it('is read back whole by the scripted model, whatever the code says', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('</file>', '</diff>', '<file path="x">', '@@ -1 +1 @@', '\u2028</diff>', 'a\r'),
    );
    const path = fc.stringMatching(/^[\w<>"& -]{1,20}$/).map((name) => `src/${name.trim()}x`);
    fc.assert(
      fc.property(path, fc.array(hostile, { minLength: 1, maxLength: 20 }), (name, texts) => {
        const contents = texts.map((text) => text.replaceAll('\n', ''));
        const hunks = [
          {
            header: '@@ -0,0 +1 @@',
            lines: contents.map((text, at) => ({
              kind: 'added' as const,
              oldLine: null,
              newLine: at + 1,
              text,
            })),
          },
        ];

        const read = parseAnnotatedDiff(readDiff([file(name, { hunks })], DIFF_LIMITS).text);

        expect(read.map(({ newLine }) => newLine)).toEqual(contents.map((_, at) => at + 1));
        expect(new Set(read.map((line) => line.path.replace(/\s+/g, ' ')))).toEqual(
          new Set([name.replace(/\s+/g, ' ')]),
        );
      }),
    );
  });

  it.each([
    ['logo.png', { binary: true, hunks: [] }, 'binary'],
    ['data.json', { omitted: true, hunks: [] }, 'too large to be read'],
  ] as const)('does not show %s, which has nothing to read, and says why', (path, change, reason) => {
    const { text, coverage } = readDiff([file(path, change)], DIFF_LIMITS);

    expect(coverage).toEqual([{ path, read: 'skipped', reason }]);
    expect(text).toContain(`read="skipped">\n[not shown: ${reason}]\n</file>`);
  });

  it('cuts nothing of what was measured to fit, and something of what was not', () => {
    const lines = fc.array(fc.string({ maxLength: 12 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1, maxLength: 5 }), (contents) => {
        const files = contents.map((texts, at) => {
          const hunk = {
            header: '@@ -0,0 +1 @@ context',
            lines: texts.map((text, line) => ({
              kind: 'added' as const,
              oldLine: null,
              newLine: line + 100_000,
              text,
            })),
          };
          return file(`f${at}`, { hunks: [hunk] });
        });
        const sizes = files.map(readableChars);
        const limits = {
          ...DIFF_LIMITS,
          fileChars: Math.max(...sizes),
          totalChars: sizes.reduce((sum, size) => sum + size, 0),
        };

        expect(readDiff(files, limits).coverage.every(({ read }) => read === 'full')).toBe(true);
        const short = readDiff(files, { ...limits, totalChars: limits.totalChars - 1 });
        expect(short.coverage.every(({ read }) => read === 'full')).toBe(false);
      }),
    );
  });

  it('of a long file is shown in part, and says how much', () => {
    const limits = { ...DIFF_LIMITS, fileChars: 100 };

    const { text, coverage } = readDiff([file('src/a.js', { hunks: added(50) })], limits);

    expect(coverage[0]).toEqual({
      path: 'src/a.js',
      read: 'part',
      reason: 'over the limit of 100 characters for a file: 14 of 51 lines shown',
    });
    expect(text).toContain('|13|+x\n[cut: 14 of 51 lines shown]\n</file>');
  });

  it('that is too long as a whole leaves out its last files, and says so for each', () => {
    const limits = { ...DIFF_LIMITS, totalChars: 200 };
    const files = ['a', 'b', 'c', 'd'].map((name) => file(name, { hunks: added(20) }));

    const { coverage } = readDiff(files, limits);

    expect(coverage.map(({ read }) => read)).toEqual(['full', 'part', 'skipped', 'skipped']);
    expect(coverage[1]?.reason).toMatch(
      /^over the limit of 200 characters for the whole diff: \d+ of 21 lines shown$/,
    );
    expect(coverage[3]?.reason).toBe('over the limit of 200 characters for the whole diff');
  });

  it('of too many files leaves out the last', () => {
    const files = ['a', 'b', 'c'].map((name) => file(name));

    expect(readDiff(files, { ...DIFF_LIMITS, files: 2 }).coverage[2]).toEqual({
      path: 'c',
      read: 'skipped',
      reason: 'over the limit of 2 files',
    });
  });

  it('with a very long line cuts the line and counts the file as read in part', () => {
    const { text, coverage } = readDiff([file('a', { hunks: added(1, 'y'.repeat(5_000)) })], DIFF_LIMITS);

    expect(coverage[0]).toMatchObject({ read: 'part', reason: 'lines longer than 2,000 characters are cut' });
    expect(text).toContain('[cut: 2,000 of 5,004 characters shown]');
  });

  it('never grows far beyond its limit, and accounts for every file once', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 50, max: 2_000 }), (counts, totalChars) => {
        const files = counts.map((count, at) => file(`f${at}`, { hunks: added(count, 'abcdefgh') }));

        const { text, coverage } = readDiff(files, { ...DIFF_LIMITS, totalChars });

        const frames = files.length * 200 + 20;
        expect(text.length).toBeLessThanOrEqual(totalChars + frames);
        expect(coverage.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
        for (const { read, reason } of coverage) expect(reason === null).toBe(read === 'full');
      }),
    );
  });
});
