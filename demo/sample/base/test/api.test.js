import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startApp } from './start-app.js';

describe('the items API', () => {
  let app;
  before(async () => {
    app = await startApp();
  });
  after(() => app.close());
  beforeEach(() => app.db.exec('DELETE FROM items'));

  it('stores an item and lists it', async () => {
    const added = await app.call('POST', '/api/items', { name: 'Rice', shelf: 'dry', quantity: 2, price_cents: 199 });
    const listed = await app.call('GET', '/api/items');

    assert.equal(added.status, 201);
    assert.equal(added.body.price_cents, 199);
    assert.deepEqual(listed.body.items, [added.body]);
  });

  it('lists items by name, and one shelf when asked', async () => {
    for (const [name, shelf] of [['Peas', 'freezer'], ['Butter', 'cold'], ['Milk', 'cold']]) {
      await app.call('POST', '/api/items', { name, shelf });
    }

    const all = await app.call('GET', '/api/items');
    const cold = await app.call('GET', '/api/items?shelf=cold');

    assert.deepEqual(all.body.items.map((item) => item.name), ['Butter', 'Milk', 'Peas']);
    assert.deepEqual(cold.body.items.map((item) => item.name), ['Butter', 'Milk']);
  });

  it('refuses an item without a name, on no shelf, or with half a price', async () => {
    const refused = [
      { name: ' ', shelf: 'dry' },
      { name: 'Rice', shelf: 'attic' },
      { name: 'Rice', shelf: 'dry', price_cents: 1.5 },
    ];
    for (const item of refused) {
      assert.equal((await app.call('POST', '/api/items', item)).status, 400);
    }
  });

  it('changes a quantity and deletes an item', async () => {
    const { body } = await app.call('POST', '/api/items', { name: 'Rice', shelf: 'dry' });

    const changed = await app.call('PATCH', `/api/items/${body.id}`, { quantity: 5 });
    const deleted = await app.call('DELETE', `/api/items/${body.id}`);
    const again = await app.call('DELETE', `/api/items/${body.id}`);

    assert.equal(changed.body.quantity, 5);
    assert.equal(deleted.status, 204);
    assert.equal(again.status, 404);
  });
});
