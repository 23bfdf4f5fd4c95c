import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startApp } from './start-app.js';

describe('search and notes', () => {
  let app;
  before(async () => {
    app = await startApp();
    for (const name of ['Brown rice', 'Rice', 'Milk']) await app.call('POST', '/api/items', { name, shelf: 'dry' });
  });
  after(() => app.close());

  it('finds items by a part of their name', async () => {
    const { body } = await app.call('GET', '/api/search?term=rice');

    assert.deepEqual(body.items.map((item) => item.name), ['Brown rice', 'Rice']);
  });

  it('counts its pages', async () => {
    const { body } = await app.call('GET', '/api/search?term=rice&size=1');

    assert.equal(body.items.length, 1);
  });

  it('stores a note', async () => {
    const noted = await app.call('PUT', '/api/items/1/note', { note: 'the good one' });

    assert.ok(noted.status >= 200);
  });
});
