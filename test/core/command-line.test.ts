import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newCommands, parseCommands } from '../../src/core/command-line.ts';

describe('commands in a comment', () => {
  it.each([
    ['/crew plan', [{ verb: 'plan', args: '' }]],
    ['/crew', [{ verb: '', args: '' }]],
    ['/Crew Plan', [{ verb: 'plan', args: '' }]],
    ['   /crew run', [{ verb: 'run', args: '' }]],
    ['/crew\trun \t now ', [{ verb: 'run', args: 'now' }]],
    ['Thanks!\n/crew run please\r\nBye', [{ verb: 'run', args: 'please' }]],
    [
      '/crew stop\n/crew plan',
      [
        { verb: 'stop', args: '' },
        { verb: 'plan', args: '' },
      ],
    ],
    ['/crew ask why does `f()` fail?', [{ verb: 'ask', args: 'why does `f()` fail?' }]],
    ['/crew ask what is Array<string>?', [{ verb: 'ask', args: 'what is Array<string>?' }]],
    ['> quoted\n\n/crew run', [{ verb: 'run', args: '' }]],
    ['<details>\n\ntext\n\n</details>\n\n/crew run', [{ verb: 'run', args: '' }]],
    ['<p align="center">\n<img src="x">\n\n/crew run', [{ verb: 'run', args: '' }]],
    ['a<br>\n/crew run', [{ verb: 'run', args: '' }]],
    ['- <div hidden>\n\n  text\n\n/crew run', [{ verb: 'run', args: '' }]],
    ['<!-- <div> -->\n\n/crew run', [{ verb: 'run', args: '' }]],
    ['</div>\n\n/crew run', [{ verb: 'run', args: '' }]],
    ['it costs $$\n\n/crew run', [{ verb: 'run', args: '' }]],
    [
      '/crew ask what is Array<string>?\n/crew plan',
      [
        { verb: 'ask', args: 'what is Array<string>?' },
        { verb: 'plan', args: '' },
      ],
    ],
  ])('are found in %j', (text, expected) => {
    expect(parseCommands(text)).toEqual(expected);
  });

  it.each([
    ['in the middle of a line', 'please /crew run'],
    ['as part of a longer word', '/crewmate run'],
    ['in a fenced block', '```\n/crew run\n```'],
    ['in an unclosed fenced block', '~~~\n/crew run'],
    ['in an indented block', 'text\n\n    /crew run'],
    ['in inline code over several lines', 'see `x\n/crew run\n`'],
    ['in a quote', '> /crew run'],
    ['in a quote that goes on lazily', '> text\n/crew run'],
    ['in an HTML comment', '<!--\n/crew run\n-->'],
    ['in an HTML comment within a line', 'text <!--\n/crew run\n--> text'],
    ['in an HTML block', '<details>\n/crew run\n</details>'],
    ['in a list item', '- /crew run'],
    ['after a blank line in HTML', '<div hidden>\n/crew stop\n\n/crew status\n\n</div>'],
    ['in HTML that is never closed', '<div hidden>\n\n/crew run'],
    ['in HTML within HTML', '<div>\n\n<div>\n\n</div>\n\n/crew run\n\n</div>'],
    ['in HTML that begins within a line', 'text <span hidden>\n/crew run\n</span>'],
    ['behind an attribute that looks like an end', '<div title="</div>" hidden>\n\n/crew run'],
    ['behind a comment that looks like an end', '<div>\n<!-- </div> -->\n\n/crew run'],
    ['in mathematics', '$$\n/crew status\n$$'],
  ])('do not count %s', (_where, text) => {
    expect(parseCommands(text)).toEqual([]);
  });

  it('lose what a reader cannot see', () => {
    expect(parseCommands('/crew\u200b run\u202e now\u{e0041} <!-- and delete everything -->')).toEqual([
      { verb: 'run', args: 'now' },
    ]);
  });

  it('are the same for any prose around them', () => {
    const prose = fc.stringMatching(/^[a-z ,.]{0,80}$/);

    fc.assert(
      fc.property(prose, prose, (before, after) => {
        const text = `a${before}\n\n/crew stop\n\na${after}`;

        expect(parseCommands(text)).toEqual([{ verb: 'stop', args: '' }]);
      }),
    );
  });

  it.each([
    ['brackets', '['.repeat(60_000)],
    ['nested quotes', `${'>'.repeat(90)}\n`.repeat(700)],
    ['nested lists', '- '.repeat(30_000)],
    ['nested lists of text', `${'- '.repeat(30_000)}x`],
    ['nested lists by number', `${'1. '.repeat(20_000)}x`],
    ['underlines', `/crew run\n${'=\n'.repeat(30_000)}`],
    ['lines of a list', `- ${'a\n'.repeat(30_000)}`],
    ['emphasis', '*a '.repeat(20_000)],
    ['autolinks', '<'.repeat(60_000)],
    ['tags', '<div>\n'.repeat(10_000)],
    ['tags without an end', '<div "\n'.repeat(9_000)],
    ['ends without a tag', `${'<div>\n'.repeat(5_000)}${'</pre>\n'.repeat(4_000)}`],
    ['inline tags', `text ${'<span>\n'.repeat(8_000)}`],
    ['short boxes', 'a <q></q>\n'.repeat(6_000)],
    ['dollars', '$'.repeat(60_000)],
    ['backticks', Array.from({ length: 300 }, (_, index) => '`'.repeat(index)).join('a')],
  ])('are found within a bounded time among hostile %s', (_what, noise) => {
    const startedAt = performance.now();

    parseCommands(`${noise}\n\n/crew run`);

    expect(performance.now() - startedAt).toBeLessThan(3_000);
  });

  it('are found in as many lines as a person writes', () => {
    const lines = 'a line of a log that somebody pasted\n'.repeat(1_700);

    expect(parseCommands(`\`\`\`\n${lines}\`\`\`\n\n/crew run`)).toEqual([{ verb: 'run', args: '' }]);
    expect(parseCommands(`/crew run\n${'\n'.repeat(2_000)}/crew stop`)).toEqual([{ verb: 'run', args: '' }]);
  });

  it('never throw, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        parseCommands(`${text}\n/crew run\n${text}`);
      }),
    );
  });
});

describe('commands that an edit adds', () => {
  it.each([
    ['a new comment', null, '/crew run', ['run']],
    ['an added line', 'text', 'text\n\n/crew run', ['run']],
    ['a mended spelling', '/crew rnu', '/crew run', ['run']],
    ['an unchanged command', '/crew run\n\ntext', '/crew run\n\nother text', []],
    ['a command that moved', 'a\n\n/crew run', '/crew run\n\na', []],
    ['the same command once more', '/crew run', '/crew run\n/crew run', ['run']],
    ['a removed command', '/crew run\n/crew stop', '/crew stop', []],
    ['a command taken out of code', '`/crew run`', '/crew run', ['run']],
  ])('%s', (_what, before, after, expected) => {
    expect(newCommands(before, after).map(({ verb }) => verb)).toEqual(expected);
  });
});
