import { describe, expect, it } from 'vitest';
import { attribute, escapeTags, quoteText, revealHidden } from '../../src/agents/briefing/untrusted-text.ts';
import { slowTexts } from '../support/growth.ts';

describe('quoted text', () => {
  it.each(
    Object.entries({
      quoteText: (text: string) => quoteText(text, 2_500),
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
