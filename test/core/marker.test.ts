import { describe, expect, it } from 'vitest';
import { hasMarker, isOurs, markerFor, stripMarkers } from '../../src/core/marker.ts';

const bot = { login: 'crew[bot]', id: 99, appId: 42, slug: 'crew' };

describe('a marker', () => {
  it('is found at the end of a body only, and only by its own key', () => {
    const marked = `Hello\n\n${markerFor('a')}\n`;

    expect(hasMarker(marked, 'a')).toBe(true);
    expect(hasMarker(marked, 'b')).toBe(false);
    expect(hasMarker(`${marked}\nmore`, 'a')).toBe(false);
  });

  it('tells nothing of its key and is invisible Markdown', () => {
    expect(markerFor('comment:1:12:secret')).toMatch(/^<!-- crew:[0-9a-f]{32} -->$/);
  });

  it.each([
    [`text ${markerFor('a')}`, 'text'],
    [`${markerFor('a')}${markerFor('b')} text`, ' text'],
    ['<!-- crew:<!-- crew:aa -->bb -->', '<!-- crew bb -->'],
    ['<!-- a comment --> stays', '<!-- a comment --> stays'],
  ])('is stripped from %o', (body, stripped) => {
    expect(stripMarkers(body)).toBe(stripped);
  });
});

describe('what is ours', () => {
  it.each([
    ['by our App', { login: 'crew[bot]', type: 'Bot', appId: 42 }, true],
    ['by our bot, where the App is not told', { login: 'crew[bot]', type: 'Bot', appId: null }, true],
    ['by a person of that name', { login: 'crew[bot]', type: 'User', appId: null }, false],
    ['by another App', { login: 'other[bot]', type: 'Bot', appId: 43 }, false],
    ['by a deleted account', { login: null, type: null, appId: null }, false],
  ])('%s', (_title, author, ours) => {
    expect(isOurs(author, bot)).toBe(ours);
  });
});
