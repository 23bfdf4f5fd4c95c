import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCursor, encodeCursor } from '../src/orders/cursor.ts';

test('a cursor comes back as it was given', () => {
  const cursor = { createdAt: '2026-03-01T12:00:00.000Z', id: 17 };

  assert.deepEqual(decodeCursor(encodeCursor(cursor)), cursor);
});

test('what is no cursor is refused', () => {
  for (const text of ['', 'x', Buffer.from('{}').toString('base64url')]) {
    assert.equal(decodeCursor(text), null);
  }
});
