// The anchoring rule, over diffs that real git makes of generated files and over cases picked by hand.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anchor, anchorErrors, carryLine, reanchor } from '../../demo/github/anchoring.ts';
import { type DiffFile, parseDiff } from '../../demo/github/diff.ts';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'anchoring-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

type Tree = Readonly<Record<string, string>>;

function diffOf(before: Tree, after: Tree): DiffFile[] {
  const root = mkdtempSync(join(dir, 'case-'));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'core.autocrlf=false', ...args], { cwd: root, encoding: 'utf8' });
  git('init', '--quiet');
  const treeOf = (tree: Tree): string => {
    git('read-tree', '--empty');
    for (const [path, content] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
      git('add', '-f', '--', path);
    }
    return git('write-tree').trim();
  };
  const [old, fresh] = [treeOf(before), treeOf(after)];
  const text = git('diff', '--full-index', '-M', '--src-prefix=a/', '--dst-prefix=b/', old, fresh);
  rmSync(root, { recursive: true, force: true });
  return parseDiff(text);
}

/** The same for one file, in one process of git. */
function contentDiff(before: string, after: string): DiffFile | undefined {
  writeFileSync(join(dir, 'old'), before);
  writeFileSync(join(dir, 'new'), after);
  const args = ['diff', '--no-index', '--full-index', '--src-prefix=a/', '--dst-prefix=b/', 'old', 'new'];
  return parseDiff(spawnSync('git', args, { cwd: dir, encoding: 'utf8' }).stdout)[0];
}

const lines = (...texts: string[]): string => texts.map((text) => `${text}\n`).join('');
const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `line ${index + 1}`);
const lineOf = fc.constantFrom('a', 'b', '', '--- a/x', '+++ b/x', '@@ -1 +1 @@', '\\ No newline', 'x\r');
const content = fc
  .tuple(fc.array(lineOf, { maxLength: 25 }), fc.boolean())
  .map(([texts, newline]) => texts.join('\n') + (newline && texts.length > 0 ? '\n' : ''));

/** What the numbers say, read from the files themselves and not from the diff. */
const split = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));

describe('the anchoring rule over generated files', () => {
  it('takes a line exactly when the diff shows that line, with the text the file has there', () => {
    fc.assert(
      fc.property(content, content, (before, after) => {
        const file = contentDiff(before, after);
        if (!file) return;
        for (const [side, text] of [
          ['LEFT', before],
          ['RIGHT', after],
        ] as const) {
          const shown = new Map(
            file.hunks
              .flatMap((hunk) => hunk.lines)
              .flatMap((line) => {
                const number = side === 'LEFT' ? line.old : line.new;
                return number === null ? [] : [[number, line.text] as const];
              }),
          );
          split(text).forEach((actual, index) => {
            const result = anchor([file], { path: file.path, line: index + 1, side });
            expect('place' in result).toBe(shown.has(index + 1));
            if (shown.has(index + 1)) expect(shown.get(index + 1)).toBe(actual);
          });
          const beyond = anchor([file], { path: file.path, line: split(text).length + 1, side });
          expect(beyond).toEqual({ errors: [anchorErrors.line] });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('carries a line to where the same line stands after the change, or says it is gone', () => {
    fc.assert(
      fc.property(content, content, (before, after) => {
        const file = contentDiff(before, after);
        const [old, fresh] = [split(before), split(after)];
        const carried = old.map((_, index) => carryLine(file, index + 1));
        const kept = carried.filter((number) => number !== null);
        expect(kept).toEqual([...kept].sort((a, b) => a - b));
        carried.forEach((number, index) => {
          if (number !== null) expect(fresh[number - 1]).toBe(old[index]);
        });
        expect(old.length - kept.length).toBe(file?.deletions ?? 0);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the anchoring rule by hand', () => {
  const before = lines(...numbered(30));
  const after = lines(...numbered(30).map((text, index) => ([4, 24].includes(index) ? `${text}!` : text)));

  const cases: readonly [string, Parameters<typeof anchor>[1], readonly string[] | null][] = [
    ['an addition on the right', { path: 'f', line: 5, side: 'RIGHT' }, null],
    ['a deletion on the left', { path: 'f', line: 5, side: 'LEFT' }, null],
    ['context on either side', { path: 'f', line: 3, side: 'LEFT' }, null],
    ['no side, which means right', { path: 'f', line: 8 }, null],
    ['a line between hunks', { path: 'f', line: 15 }, [anchorErrors.line]],
    ['a file outside the diff', { path: 'g', line: 5 }, [anchorErrors.path, anchorErrors.blankHunk]],
    ['a range in one hunk', { path: 'f', line: 6, startLine: 3 }, null],
    ['a range over two hunks', { path: 'f', line: 25, startLine: 5 }, [anchorErrors.startLine]],
    ['a range that starts off the diff', { path: 'f', line: 25, startLine: 15 }, [anchorErrors.startLine]],
    ['a range that starts where it ends', { path: 'f', line: 5, startLine: 5 }, [anchorErrors.order]],
    ['a range turned round', { path: 'f', line: 4, startLine: 6 }, [anchorErrors.order]],
    [
      'from a deletion to its replacement',
      { path: 'f', line: 5, startLine: 5, startSide: 'LEFT', side: 'RIGHT' },
      null,
    ],
    [
      'from an addition back to a deletion',
      { path: 'f', line: 5, startLine: 5, startSide: 'RIGHT', side: 'LEFT' },
      [anchorErrors.order],
    ],
    ['the whole file', { path: 'f', subjectType: 'file' }, null],
    ['neither line nor position', { path: 'f' }, [anchorErrors.line]],
    ['a position', { path: 'f', position: 5 }, null],
    ['the position of a hunk header', { path: 'f', position: 9 }, [anchorErrors.position]],
  ];
  it.each(cases)('%s', (_, wanted, errors) => {
    const result = anchor(diffOf({ f: before }, { f: after }), wanted);
    expect('errors' in result ? result.errors : null).toEqual(errors);
  });

  it('shows the hunk up to the line', () => {
    const result = anchor(diffOf({ f: before }, { f: after }), { path: 'f', line: 5 });
    expect(result).toMatchObject({
      place: {
        position: 5,
        diffHunk: '@@ -2,7 +2,7 @@ line 1\n line 2\n line 3\n line 4\n-line 5\n+line 5!',
      },
    });
  });

  it.each([
    ['a new file', {}, { n: lines('a', 'b') }, 'n', 2, true],
    ['a new file without a newline at its end', {}, { n: 'a\nb' }, 'n', 2, true],
    ['a deleted file, on the right', { n: lines('a') }, {}, 'n', 1, false],
    ['an empty new file', {}, { n: '' }, 'n', 1, false],
    ['a renamed file under its new name', { old: before }, { fresh: after }, 'fresh', 5, true],
    ['a renamed file under its old name', { old: before }, { fresh: after }, 'old', 5, false],
    ['a pure rename', { old: before }, { fresh: before }, 'fresh', 1, false],
    ['CRLF', { f: 'a\r\nb\r\n' }, { f: 'a\r\nc\r\n' }, 'f', 2, true],
    ['a path with a space', { 'a b': 'x\n' }, { 'a b': 'y\n' }, 'a b', 1, true],
    ['a path with quotes and a tab', { 'q"\t': 'x\n' }, { 'q"\t': 'y\n' }, 'q"\t', 1, true],
    ['a non-ASCII path', { 'dé/日本.txt': 'x\n' }, { 'dé/日本.txt': 'y\n' }, 'dé/日本.txt', 1, true],
    ['an empty file with a non-ASCII path', {}, { '日本 b/x': '' }, '日本 b/x', 1, false],
  ] as const)('%s', (_, old: Tree, fresh: Tree, path, line, taken) => {
    const files = diffOf(old, fresh);
    expect('place' in anchor(files, { path, line })).toBe(taken);
    if (_ !== 'a renamed file under its old name') expect(files.map((file) => file.path)).toContain(path);
  });

  it('leaves a comment where its line went, and outdates it when the line was rewritten', () => {
    const pushed = lines('new first', ...after.split('\n').slice(0, -1));
    const rewritten = after.replace('line 5!', 'line five');
    const standing = { path: 'f', side: 'RIGHT', line: 5, startSide: null, startLine: null } as const;
    const carry = (head: string) =>
      reanchor(
        diffOf({ f: before }, { f: head }),
        { LEFT: [], RIGHT: diffOf({ f: after }, { f: head }) },
        standing,
      );

    expect(carry(pushed)?.line).toBe(6);
    expect(carry(rewritten)).toBeNull();
  });
});
