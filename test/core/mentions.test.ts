import fc from 'fast-check';
import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { quietMentions } from '../../src/core/mentions.ts';
import { quietText } from '../../src/core/outgoing-text.ts';

/** A mention that GitHub would act on: in text of the rendered page, outside `code` and `a`. */
function notifies(markdown: string): boolean {
  const html = marked.parse(markdown, { async: false, gfm: true });
  const outside = html.replace(/<(code|a)\b[^>]*>[\s\S]*?<\/\1>/g, ' \u0000 ');
  const text = outside.replace(/<!--[\s\S]*?-->/g, '\u0000').replace(/<[^>]*>/g, '\u0000');
  return /(?<![a-z\d])(?:@|&#0*64;|&#x0*40;|&commat;)(?:[a-z\d]|&#98;)/i.test(text);
}

describe('mentions', () => {
  it.each([
    ['hi @everyone', 'hi @<code>everyone</code>'],
    ['(@org/team)', '(@<code>org/team</code>)'],
    ['\\@bob', '\\@<code>bob</code>'],
    ['&#64;bob &commat;bob', '&#64;<code>bob</code> &commat;<code>bob</code>'],
    ['@bob@eve', '@<code>bob</code>@<code>eve</code>'],
    ['> **@bob**', '> **@<code>bob</code>**'],
    ['<p>@bob</p>', '<p>@<code>bob</code></p>'],
    ['`open @bob', '`open @<code>bob</code>'],
    ['| `a | @bob` |', '| `a | @<code>bob</code>` |'],
    ['a `\n`@bob`', 'a `\n`@<code>bob</code>`'],
    ['<div>\n```\n@bob', '<div>\n```\n@<code>bob</code>'],
    ['_@bob_', '_@<code>bob</code>_'],
    ['@&#98;ob', '@<code>&#98;ob</code>'],
    ['<p>&#64bob &amp@bob</p>', '<p>&#64<code>bob</code> &amp@<code>bob</code></p>'],
    ['@<x>bob</x>', '<code>@</code><x>bob</x>'],
    ['me@example.org@bob', 'me@example.org@<code>bob</code>'],
    ['see https://medium.com/@bob/post', 'see https://medium.com/%40bob/post'],
  ])('%o becomes %o', (text, quiet) => {
    expect(quietMentions(text)).toBe(quiet);
  });

  it.each([
    'mail me@example.org',
    'use `@Injectable()` here',
    '```suggestion\n@Injectable()\n```',
    '~~~\n@bob\n~~~',
    'a lone @ sign, 5 @ 3',
  ])('%o stays as it is', (text) => {
    expect(quietMentions(text)).toBe(text);
  });

  it.each([
    ['raw HTML in a list', '- </div>```@bob```'],
    ['raw HTML that a footnote begins', '[^1]: <p>`@bob`'],
    ['raw HTML over blank lines', '<pre>\n\n`@bob`'],
    ['a fence that raw HTML hides', '<!--\n```\n-->\n```\n`@bob`\n```'],
    ['the target of a link', '[a](b`c) @bob `'],
    ['the label of a footnote', '[^a`b]: @bob `'],
    ['an address', 'http://x.y/` @bob `'],
    ['an autolink', '<`x@y.z> @bob `'],
    ['a formula', '$`@bob`$'],
    ['a fence that a tab keeps open', '```\n\t```\n```\n@bob'],
    ['a fence that only looks closed', '```\n```\u00a0\n```\n@bob'],
    ['a line that ends in a carriage return', '`\r`@bob`'],
  ])('are not taken for code because of %s', (_case, text) => {
    const last = quietMentions(text).lastIndexOf('@');

    expect(quietMentions(text).slice(last)).toMatch(/^@<code>bob/);
  });

  it('in code stay as they are beside what is certain', () => {
    const text =
      '<details>\n<summary>x</summary>\n\n- [a](b) `@x` <!-- -->\n\n~~~\n```\n@y\n~~~\n\n</details>\n\nHi, `@z`';

    expect(quietMentions(text)).toBe(text);
    expect(quietMentions('@bob:\n```ts\n@Injectable()\n```')).toBe(
      '@<code>bob</code>:\n```ts\n@Injectable()\n```',
    );
  });

  it('stay quiet when made quiet again', () => {
    const once = quietMentions('hi @bob, `@code`, <b>@x</b> `@y`');

    expect(quietMentions(once)).toBe(once);
  });

  it('notify nobody, whatever stands around them', () => {
    // No `]: `: marked reads a definition where CommonMark, and GitHub, begin a fence.
    const pieces = [
      ...['@bob', '&#64;bob', '_@bob_', '@&#98;ob', 'a@b.cc', 'http://x.y/', 'a', '*', '\\', '$', '"', '<x'],
      ...['\n', '\n\n', '\r', ' ', '   ', '    ', '\t', '\u00a0', '|', '|-|-|\n'],
      ...['`', '``', '```', '````', '~~~'],
      ...['<b>', '<div>', '</div>', '<!--', '-->', '<pre>', '</pre>', '<?', '?>', '<![CDATA[', ']]>', '>'],
      ...['- ', '1. ', '> ', '# ', '---', '[a', ']', '](', ')', '][', '[^1]'],
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...pieces), { maxLength: 14 }),
        (parts) => !notifies(quietMentions(parts.join(''))),
      ),
      { numRuns: 10_000 },
    );
  });

  it('stay quiet wherever a cut takes the end of their code away', () => {
    const text = `${'@a '.repeat(10)}${'`@bob` '.repeat(40)}`;

    for (let max = 1; max <= 2 * text.length; max += 1) {
      const shown = quietText(text, max);

      expect(shown.length).toBeLessThanOrEqual(max);
      expect(notifies(shown)).toBe(false);
    }
  });

  it('are found in one pass, however the text is made', () => {
    const startedAt = performance.now();

    for (const text of [
      '=\n',
      '*a',
      '<!--',
      '`a ',
      '@a ',
      '\\',
      '``` `',
      '](a',
      '@a/',
      '&#0',
      '[^1',
      '$`a`',
      '<pre>\n\n',
    ])
      quietMentions(`@x ${text.repeat(65_536 / text.length)}`);

    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
