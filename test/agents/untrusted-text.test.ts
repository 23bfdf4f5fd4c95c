import { describe, expect, it } from 'vitest';
import {
  attribute,
  escapeTags,
  quoteMarkdown,
  quoteText,
  revealCarriers,
  revealHidden,
} from '../../src/agents/briefing/untrusted-text.ts';
import { slowTexts } from '../support/growth.ts';

describe('quoted text', () => {
  it.each(
    Object.entries({
      quoteText: (text: string) => quoteText(text, 2_500),
      quoteMarkdown: (text: string) => quoteMarkdown(text, 2_500),
      revealCarriers,
      attribute,
      escapeTags,
      revealHidden,
    }),
  )(
    'takes %s no more than in proportion to a hostile text',
    (_name, read) => {
      expect(slowTexts(read)).toEqual([]);
    },
    60_000,
  );

  it.each([
    ['a <!-- b --> c <!-- d\n --> e', 'a  c  e'],
    ['a\n<!-- b\n\nc', 'a'],
    ['a <!-- b\n\nc', 'a <!-- b\n\nc'],
    ['a <!-- b --> c <!-- d', 'a  c <!-- d'],
    ['a <!-- b <!-- c --> d --> e', 'a  d --> e'],
  ])('shows of %j what a reader on GitHub sees', (text, shown) => {
    expect(quoteText(text, 1_000)).toBe(shown);
  });
});

describe('quoted Markdown', () => {
  it.each([
    [
      'the attributes of a tag',
      'a <img src="x" alt="hidden"> b <p data-x="hidden"\n title=hidden>c</p>',
      'a <img> b <p>c</p>',
    ],
    [
      'the title of a link',
      'see [this](https://a.example/b "hidden") and [that](<c>\n\'hidden\')',
      'see [this](https://a.example/b) and [that](<c>)',
    ],
    ['the text that stands for an image', 'a ![hidden](b.png) c ![hidden][d]', 'a ![](b.png) c ![][d]'],
    ['definitions', 'a\n[hidden]: https://b.example "hidden"\n[//]: # (hidden)\nc', 'a\n\n\nc'],
    ['a definition over two lines', 'a\n\n[x]:\n  https://b.example\n  "hidden"\n\nc', 'a\n\n\n\nc'],
    [
      'footnotes that nobody refers to',
      'a[^1]\n\n[^1]: shown\n[^2]: hidden\n    hidden',
      'a[^1]\n\n[^1]: shown',
    ],
    [
      'instructions to a processor',
      'a <?hidden\n?> b <!DOCTYPE hidden> c <![CDATA[hidden]]> d',
      'a  b  c  d',
    ],
    ['an instruction that is never ended', 'a\n<?hidden\n\nhidden', 'a'],
    ['such a section, up to where browsers have it end', 'a\n  <![CDATA[hidden\n\nhidden> b', 'a\n b'],
    ['such a declaration', 'a\n<!HIDDEN\n\nhidden', 'a'],
  ])('loses %s', (_, text, shown) => {
    expect(quoteMarkdown(text, 1_000)).toBe(shown);
  });

  it.each([
    'Use `<input type="text">` here, and Map<string, number> there.',
    '```html\n<img alt="shown">\n[a]: b "shown"\n```',
    '<details>\n<summary>More</summary>\nshown\n</details>',
    'A [link](https://a.example/b), a <https://c.example/?d=e>, a [ ] box, an array[0]: it stays.',
    '[not a definition]: as its line goes on like this',
    'What begins within a line is text: a <?b, a <!B, a <![CDATA[b',
  ])('keeps what is seen: %s', (text) => {
    expect(quoteMarkdown(text, 1_000)).toBe(text);
  });
});

describe('text that tools tell', () => {
  it.each([
    ['tag characters', 'a\u{E0041}\u{E0042}b', 'a⟨U+E0041⟩⟨U+E0042⟩b'],
    ['a run of variation selectors', '😀\uFE0F\uFE01\u{E0101}', '😀⟨U+FE0F⟩⟨U+FE01⟩⟨U+E0101⟩'],
    ['bidi controls, zero widths, soft hyphens', 'a\u202Eb\u200Bc\u00ADd', 'a⟨U+202E⟩b⟨U+200B⟩c⟨U+00AD⟩d'],
  ])('shows %s', (_, text, shown) => {
    expect(revealCarriers(text)).toBe(shown);
  });

  it.each(['❤️ and 👩‍💻 and 1️⃣', '\uFEFFconst a = 1;', '\u001b[31mred\u001b[0m'])(
    'leaves %j as it is',
    (text) => {
      expect(revealCarriers(text)).toBe(text);
    },
  );
});
