import { describe, expect, it } from 'vitest';
import { linkedIssueNumbers } from '../../src/core/linked-issues.ts';

const repository = { owner: 'acme', name: 'pantry' };

describe('issues that a pull request says it closes', () => {
  it.each([
    ['Fixes #12', [12]],
    ['closes: #3, and RESOLVED #4.', [3, 4]],
    ['fix acme/pantry#5', [5]],
    ['Closes Acme/Pantry#5', [5]],
    ['Resolves https://github.com/acme/pantry/issues/6', [6]],
    ['fixed https://github.acme.example/acme/pantry/issues/6?x=1', [6]],
    ['fixes GH-7', [7]],
    ['fixes #1\nfixes #1\ncloses #2', [1, 2]],
    ['- [x] closes #8', [8]],
  ])('%j names %j', (body, numbers) => {
    expect(linkedIssueNumbers(body, repository)).toEqual(numbers);
  });

  it.each([
    'see #12',
    '#12',
    'prefix #12',
    'fixes acme/other#12',
    'fixes https://github.com/acme/other/issues/12',
    'fixes #12a',
    'fixes #0',
    'fixes 12',
    '`fixes #12`',
    '```\nfixes #12\n```',
    '<!-- fixes #12 -->',
    '<!-- not closed\nfixes #12',
    '',
  ])('%j names none', (body) => {
    expect(linkedIssueNumbers(body, repository)).toEqual([]);
  });

  it('are read up to the fifth', () => {
    const body = Array.from({ length: 9 }, (_, index) => `fixes #${index + 1}`).join('\n');

    expect(linkedIssueNumbers(body, repository)).toEqual([1, 2, 3, 4, 5]);
  });

  it.each(['<!--', 'fixes ', 'fixes a/', '=\n', '`', 'fixes https://'])(
    'are found in no time in a body full of %j',
    (text) => {
      const started = performance.now();

      linkedIssueNumbers(text.repeat(65_536 / text.length), repository);

      expect(performance.now() - started).toBeLessThan(1_000);
    },
  );
});
