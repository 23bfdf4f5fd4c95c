import { describe, expect, it } from 'vitest';
import { code, codeBlock, inlineText, modelText, usd } from '../../src/core/messages/format.ts';

describe('text by a model or a stranger inside our Markdown', () => {
  it('hides nothing, closes nothing and orders nothing', () => {
    const text = 'Read this. <!-- hi --></details><img src=x>\n/crew run';

    const shown = modelText(text, 1_000);

    expect(shown).not.toMatch(/<[!/a-z]/i);
    expect(shown).not.toMatch(/^\s*\/crew/m);
    expect(shown).toContain('Read this.');
  });

  it('keeps code as it is, and closes a block that was left open', () => {
    expect(modelText('```html\n<b>@you</b>\n```', 1_000)).toBe('```html\n<b>@you</b>\n```');
    expect(modelText('see:\n```js\nfoo()', 1_000)).toBe('see:\n```js\nfoo()\n```');
  });

  it('is cut with the cut stated', () => {
    expect(modelText('x'.repeat(50), 10)).toContain('(cut: 10 of 50 characters shown)');
  });

  it('stays on one line and within a table cell', () => {
    expect(inlineText('a | b\n# c\u0000 [x](y)', 100)).toBe('a \\| b \\# c \\[x\\](y)');
    expect(inlineText('abcdef', 4)).toBe('abc…');
  });

  it('is fenced by more backticks than it holds', () => {
    expect(code('a`b')).toBe('``a`b``');
    expect(codeBlock('```\nx\n```')).toBe('````\n```\nx\n```\n````');
  });
});

describe('amounts', () => {
  it('are said in dollars and cents, and never as nothing when they are something', () => {
    expect([usd(0), usd(0.004), usd(1.239)]).toEqual(['$0.00', 'under $0.01', '$1.24']);
  });
});
