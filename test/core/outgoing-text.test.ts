import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasMarker, markerFor } from '../../src/core/marker.ts';
import { BODY_MAX_CHARS, cutText, markedBody } from '../../src/core/outgoing-text.ts';

describe('a body on its way out', () => {
  it('ends in its own marker and carries no other', () => {
    const body = markedBody(`Hello @bob ${markerFor('another')}`, 'mine');

    expect(body).toBe(`Hello @<code>bob</code>\n\n${markerFor('mine')}`);
  });

  it('is cut with a notice, keeps to the limit and keeps its marker', () => {
    const body = markedBody('@a '.repeat(60_000), 'mine');

    expect(body.length).toBeLessThanOrEqual(BODY_MAX_CHARS);
    expect(body).toContain('*Cut here: 179999 characters were written');
    expect(hasMarker(body, 'mine')).toBe(true);
  });

  it('closes the code that a cut left open, so that the notice shows', () => {
    const cut = cutText(`\`\`\`ts\n${'x\n'.repeat(200)}`, 200);

    expect(cut).toMatch(/\n```\n\n\*Cut here/);
    expect(cut.length).toBeLessThanOrEqual(200);
  });

  it('is never longer than asked and never ends in half a character', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.integer({ min: 1, max: 300 }),
        (text, max) => {
          const cut = cutText(text, max);
          return cut.length <= max && cut.isWellFormed() === text.isWellFormed();
        },
      ),
    );
  });
});
