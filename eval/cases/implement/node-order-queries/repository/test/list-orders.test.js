import assert from 'node:assert/strict';
import { it } from 'node:test';
import { listOrders } from '../src/list-orders.js';
import { createStore } from '../src/store.js';

it('shows the newest order first, with its customer and products', async () => {
  const store = createStore({
    customers: [{ id: 1, name: 'Ada' }],
    products: [{ id: 5, name: 'Tea' }],
    orders: [
      { id: 10, placedAt: 100, customerId: 1, lines: [{ productId: 5, quantity: 2 }] },
      { id: 11, placedAt: 200, customerId: 9, lines: [] },
    ],
  });

  assert.deepEqual(await listOrders(store), [
    { id: 11, customer: null, lines: [], pieces: 0 },
    { id: 10, customer: { id: 1, name: 'Ada' }, lines: [{ product: { id: 5, name: 'Tea' }, quantity: 2 }], pieces: 2 },
  ]);
});
