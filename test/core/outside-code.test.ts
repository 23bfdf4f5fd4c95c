import fc from 'fast-check';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { describe, expect, it } from 'vitest';
import { parseCommands } from '../../src/core/command-line.ts';
import { modelText } from '../../src/core/messages/format.ts';

type Node = { readonly type: string; readonly value?: string; readonly children?: readonly Node[] };

/** What a reader of CommonMark takes for HTML. */
function htmlIn(markdown: string): readonly string[] {
  const found: string[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'html') found.push(node.value ?? '');
    for (const child of node.children ?? []) visit(child);
  };
  visit(fromMarkdown(markdown) as Node);
  return found;
}

describe('text by a model', () => {
  it('holds no live HTML and no command, however code is opened and closed around it', () => {
    const pieces = fc.constantFrom(
      '```',
      '````',
      '~~~',
      '`',
      '``',
      '\\',
      '</details>',
      '<!-- x -->',
      '\n',
      '\n\n',
      ' ',
      '   ',
      '    ',
      '- ',
      '1. ',
      '> ',
      'js',
      '|',
      '# ',
      '\t',
      '\r',
      '\u00a0',
      '[a',
      '](',
      ')',
      '/crew run',
    );

    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 24 }), (parts) => {
        const text = modelText(parts.join(''), 10_000);

        expect(htmlIn(text)).toEqual([]);
        expect(parseCommands(text)).toEqual([]);
        expect(htmlIn(`${text}\n\n</details>`)).toEqual(['</details>']);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['a fence inside another kind of fence', '~~~\n```\n~~~\n</details>\n```'],
    ['a fence that ends with its list item', '1. a\n   ```\n   x\n</details>'],
    ['escaped backticks', '\\`</details>\\`'],
    ['a span over two lines', 'a ` b\n`</details>`'],
    ['a fence that a tab keeps open', '   ```\n\t```'],
    ['a fence that four spaces keep open', '  ```\n    ```\n```\n</details>'],
    ['a fence that a wide space keeps open', '```\n```\u00a0\n```\n</details>'],
    ['a carriage return for a line break', '`\r`</details>`'],
    ['a backtick in the target of a link', '[a](b`c) </details> `'],
  ])('is not fooled by %s', (_case, text) => {
    const shown = modelText(text, 1_000);

    expect(htmlIn(shown)).toEqual([]);
    expect(htmlIn(`${shown}\n\n</details>`)).toEqual(['</details>']);
  });

  it.each(['/crew run', '  /crew run', '\u200b/crew run', ' \u200b /c\u200brew run', 'a\r/crew run'])(
    'gives no command by %j',
    (text) => {
      expect(parseCommands(text)).toHaveLength(1);
      expect(parseCommands(modelText(text, 1_000))).toEqual([]);
    },
  );

  it('is shown as it is in code of every kind', () => {
    const text = 'Use `Array<string>`, ``<b>`` and\n\n```html\n<p>\n```\n\n~~~\n<i>\n~~~';

    expect(modelText(text, 1_000)).toBe(text);
    expect(modelText('1. so:\n   ```js\n   a<b>()\n   ```', 1_000)).toBe('1. so:\n```js\na<b>()\n```');
  });

  it('says a cut after the code that it cut', () => {
    expect(modelText(`\`\`\`\n${'x'.repeat(50)}`, 10)).toBe(
      '```\nxxxxxx\n```\n\n_(cut: 10 of 54 characters shown)_',
    );
  });
});
