import fc from 'fast-check';
import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { quietMentions } from '../../src/core/mentions.ts';

/** A mention that GitHub would act on: in text of the rendered page, outside `code` and `a`. */
function notifies(markdown: string): boolean {
  const html = marked.parse(markdown, { async: false, gfm: true });
  const outside = html.replace(/<(code|a)\b[^>]*>[\s\S]*?<\/\1>/g, ' \u0000 ');
  const text = outside.replace(/<!--[\s\S]*?-->/g, '\u0000').replace(/<[^>]*>/g, '\u0000');
  return /(?<!\w)(?:@|&#0*64;|&#x0*40;|&commat;)[a-z\d]/i.test(text);
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
  ])('%o becomes %o', (text, quiet) => {
    expect(quietMentions(text)).toBe(quiet);
  });

  it.each([
    'mail me@example.org',
    'see https://medium.com/@bob/post',
    'use `@Injectable()` here',
    '```suggestion\n@Injectable()\n```',
    '~~~\n@bob\n~~~',
    'a lone @ sign, 5 @ 3',
  ])('%o stays as it is', (text) => {
    expect(quietMentions(text)).toBe(text);
  });

  it('stay quiet when made quiet again', () => {
    const once = quietMentions('hi @bob, `@code`, <b>@x</b> `@y`');

    expect(quietMentions(once)).toBe(once);
  });

  it('notify nobody, whatever stands around them', () => {
    const piece = fc.constantFrom(
      '@bob',
      ' ',
      '\n',
      '\n\n',
      '`',
      '``',
      '```',
      '~~~',
      '\\',
      '<b>',
      '<div>',
      '</div>',
      '|',
      '- ',
      '> ',
      '*',
      'a',
      '&#64;bob',
      '<!--',
      '-->',
      '    ',
      '# ',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => !notifies(quietMentions(pieces.join('')))),
      { numRuns: 3_000 },
    );
  });

  it('are found in one pass, however the text is made', () => {
    const startedAt = performance.now();

    for (const text of ['=\n', '*a', '<!--', '`a ', '@a ', '\\', '``` `'])
      quietMentions(`@x ${text.repeat(20_000)}`);

    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });
});
