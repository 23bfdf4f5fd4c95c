// Suggestions, applied as GitHub applies them: the block's lines take the place of the commented ones in the file at head.
import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDiff } from '../../src/core/parse-diff.ts';
import type { Anchor } from '../../src/core/result-records.ts';
import { anchorFinding } from '../../src/core/review/anchor.ts';
import {
  SUGGESTION_MAX_CHARS,
  SUGGESTION_MAX_LINES,
  suggestionBlock,
} from '../../src/core/review/suggestion.ts';
import { TreeRepository } from './generated-trees.ts';

let repository: TreeRepository;
beforeAll(() => {
  repository = new TreeRepository();
});
afterAll(() => repository.remove());

interface Wish {
  readonly start_line?: number | null;
  readonly line?: number;
  readonly side?: 'LEFT' | 'RIGHT';
  readonly path?: string;
}

function anchored(head: string, replacement: string | null, wish: Wish = {}, before = 'other\n'): Anchor {
  const tree = (path: string, text: string) =>
    new Map([[path, { mode: '100644' as const, content: Buffer.from(text) }]]);
  const [from = '', to = ''] = repository.commit([tree('old.ts', before), tree('a.ts', head)]);
  const finding = { path: 'a.ts', side: 'RIGHT' as const, start_line: null, line: 2, replacement, ...wish };
  return anchorFinding(finding, parseDiff(repository.diff(from, to)));
}

/** The file after a click on the suggestion in a comment at that place; null where the comment has none. */
function clicked(head: string, anchor: Anchor): string | null {
  if (anchor.kind !== 'inline' || anchor.suggestion === null) return null;
  const comment = `**A title**\n\nA body.\n\n${suggestionBlock(anchor.suggestion)}\n\n<sub>by whom</sub>\n`;
  const blocks = fromMarkdown(comment).children.filter((node) => node.type === 'code');
  expect(blocks.map((block) => block.lang)).toEqual(['suggestion']);
  const value = blocks[0]?.value ?? '';
  const lines = head.split('\n');
  const start = anchor.startLine ?? anchor.line;
  lines.splice(start - 1, anchor.line - start + 1, ...(value === '' ? [] : value.split('\n')));
  return lines.join('\n');
}

const HEAD = 'one\ntwo\nthree\n';

describe('a suggestion that is clicked makes of the file', () => {
  test.each<[string, string, string, Wish, string]>([
    ['what was meant', HEAD, 'TWO', {}, 'one\nTWO\nthree\n'],
    ['no empty line for a line end at its end', HEAD, 'TWO\n', {}, 'one\nTWO\nthree\n'],
    ['an empty line for two', HEAD, 'TWO\n\n', {}, 'one\nTWO\n\nthree\n'],
    ['two empty lines for two line ends', HEAD, '\n\n', {}, 'one\n\n\nthree\n'],
    ['more lines of one', HEAD, 'a\nb', {}, 'one\na\nb\nthree\n'],
    ['fewer lines of a range', HEAD, 'a', { start_line: 1, line: 3 }, 'a\n'],
    ['the same of a range given as one line', HEAD, 'a', { start_line: 2 }, 'one\na\nthree\n'],
    ['less, when nothing is to stand there', HEAD, '', {}, 'one\nthree\n'],
    ['lines with their tabs and blanks', HEAD, '\t\tx  ', {}, 'one\n\t\tx  \nthree\n'],
    ['lines with fences', HEAD, '```js\n````\n```', {}, 'one\n```js\n````\n```\nthree\n'],
    ['lines with tildes', HEAD, '~~~\nx\n~~~', {}, 'one\n~~~\nx\n~~~\nthree\n'],
    ['lines with HTML', HEAD, '</details><!--', {}, 'one\n</details><!--\nthree\n'],
    ['line feeds of a replacement with CRLF', HEAD, 'a\r\nb\r\n', {}, 'one\na\nb\nthree\n'],
    ['a last line that still has no end', 'one\ntwo', 'TWO\n', {}, 'one\nTWO'],
    ['nothing of an only line', 'only\n', '', { line: 1 }, ''],
  ])('%s', (_title, head, replacement, wish, expected) => {
    expect(clicked(head, anchored(head, replacement, wish))).toBe(expected);
  });
});

describe('there is no suggestion', () => {
  test.each<[string, string, string | null, Wish]>([
    ['where none was made', HEAD, null, {}],
    ['that changes nothing', HEAD, 'two', {}],
    ['that changes nothing but its own end', HEAD, 'two\n', {}],
    ['that is a single empty line, which would remove the line', HEAD, '\n', {}],
    ['where the range was cut', HEAD, 'x', { start_line: 2, line: 9 }],
    ['where the range was turned round', HEAD, 'x', { start_line: 3, line: 1 }],
    ['where half of the range was no line', HEAD, 'x', { start_line: 0, line: 2 }],
    ['where another side was meant', HEAD, 'x', { side: 'LEFT' }],
    ['on lines that end in CRLF', 'one\r\ntwo\r\nthree\r\n', 'TWO', {}],
    ['on lines of which one ends in CRLF', 'one\ntwo\r\nthree\n', 'x', { start_line: 1, line: 3 }],
    ['on a line that holds a CR', 'one\ntw\ro\n', 'two', {}],
    ['that removes a last line without an end', 'one\ntwo', '', {}],
    ['with characters that would be lost', HEAD, 'a\u0000b', {}],
    ['with a lone CR', HEAD, 'a\rb', {}],
    ['with half a character', HEAD, 'a\ud800', {}],
    ['with U+FFFD, which is a byte that was not understood', HEAD, 'caf\ufffd', {}],
    ['with too many lines', HEAD, 'x\n'.repeat(SUGGESTION_MAX_LINES + 1), {}],
    ['with too many characters', HEAD, 'x'.repeat(SUGGESTION_MAX_CHARS + 1), {}],
    ['for too many lines', 'x\n'.repeat(40), 'y', { start_line: 1, line: SUGGESTION_MAX_LINES + 1 }],
  ])('%s', (_title, head, replacement, wish) => {
    const anchor = anchored(head, replacement, wish);

    expect(anchor).toMatchObject({ kind: 'inline', suggestion: null });
  });

  test('where the old path of a rename was named', () => {
    const long = Array.from({ length: 20 }, (_, at) => `line ${at}\n`).join('');
    const head = long.replace('line 1\n', 'two\n');

    expect(anchored(head, 'x', { path: 'old.ts' }, long)).toMatchObject({ path: 'a.ts', suggestion: null });
    expect(anchored(head, 'x', { path: './a.ts' }, long)).toMatchObject({ suggestion: 'x' });
  });
});

test('as many lines and characters as there may be are taken', () => {
  const most = Array(SUGGESTION_MAX_LINES).fill('x').join('\n');

  expect(clicked(HEAD, anchored(HEAD, most))).toBe(`one\n${most}\nthree\n`);
  expect(clicked(HEAD, anchored(HEAD, 'x'.repeat(SUGGESTION_MAX_CHARS)))).toContain('xxx');
});

const lineText = fc.oneof(
  fc.constantFrom('', '```', '````suggestion', '    x', '\ty', '> q', '- l', '&amp;', '\\', '<!--', '~~~~'),
  fc.string({ maxLength: 8 }),
);
const texts = fc
  .record({ lines: fc.array(lineText, { minLength: 1, maxLength: 8 }), newline: fc.boolean() })
  .map(({ lines, newline }) => lines.join('\n') + (newline ? '\n' : ''));

test('whatever is replaced, a click does just that', { timeout: 60_000 }, () => {
  let offered = 0;
  fc.assert(
    fc.property(texts, texts, fc.nat(7), fc.nat(7), (head, replacement, from, length) => {
      fc.pre(head !== '' && !head.includes('\0'));
      const lines = head.split(/(?<=\n)/);
      const start = 1 + (from % lines.length);
      const line = Math.min(start + length, lines.length);

      const anchor = anchored(head, replacement, { start_line: start, line });

      const result = clicked(head, anchor);
      if (result === null) return;
      offered += 1;
      const isLast = line === lines.length && !head.endsWith('\n');
      const ended = replacement === '' || replacement.endsWith('\n') ? replacement : `${replacement}\n`;
      const made = isLast ? ended.replace(/\n$/, '') : ended;
      expect(result).toBe([...lines.slice(0, start - 1), made, ...lines.slice(line)].join(''));
    }),
    { numRuns: 150, interruptAfterTimeLimit: 30_000, markInterruptAsFailure: true },
  );
  expect(offered).toBeGreaterThan(50);
});
