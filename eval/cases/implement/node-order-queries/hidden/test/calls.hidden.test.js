import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listOrders } from '../src/list-orders.js';

/** Counts calls; answers lists in the opposite order, and refuses an id that is asked for twice. */
function countingStore({ orders = [], customers = [], products = [] }) {
  const calls = {};
  const count = (name, answer) => async (argument) => {
    calls[name] = (calls[name] ?? 0) + 1;
    return answer(argument);
  };
  const by = (records) => (ids) => {
    assert.ok(Array.isArray(ids) && ids.length > 0, 'a list of ids');
    assert.equal(new Set(ids).size, ids.length, 'an id is asked for twice');
    return records.filter(({ id }) => ids.includes(id)).reverse();
  };
  const one = (records) => (id) => records.find((record) => record.id === id) ?? null;
  return {
    calls,
    orders: count('orders', () => orders),
    customers: count('customers', by(customers)),
    products: count('products', by(products)),
    customer: count('customer', one(customers)),
    product: count('product', one(products)),
  };
}

describe('the list of orders', () => {
  it('needs one call of each kind, however many orders there are', async () => {
    const customers = Array.from({ length: 20 }, (_, id) => ({ id, name: `c${id}` }));
    const products = Array.from({ length: 30 }, (_, id) => ({ id, name: `p${id}` }));
    const orders = Array.from({ length: 200 }, (_, id) => ({
      id,
      placedAt: id % 7,
      customerId: id % 23,
      lines: [{ productId: id % 30, quantity: 1 }, { productId: (id * 7) % 33, quantity: 2 }],
    }));
    const store = countingStore({ orders, customers, products });

    const shown = await listOrders(store);

    assert.deepEqual(store.calls, { orders: 1, customers: 1, products: 1 });
    const expected = [...orders].sort((a, b) => b.placedAt - a.placedAt).map((order) => ({
      id: order.id,
      customer: customers[order.customerId] ?? null,
      lines: order.lines.map(({ productId, quantity }) => ({ product: products[productId] ?? null, quantity })),
      pieces: 3,
    }));
    assert.deepEqual(shown, expected);
  });

  it('asks for nothing where there is nothing to ask for', async () => {
    const none = countingStore({});
    const noLines = countingStore({ customers: [{ id: 0 }], orders: [{ id: 1, placedAt: 1, customerId: 0, lines: [] }] });

    assert.deepEqual(await listOrders(none), []);
    assert.deepEqual(await listOrders(noLines), [{ id: 1, customer: { id: 0 }, lines: [], pieces: 0 }]);

    assert.deepEqual(none.calls, { orders: 1 });
    assert.deepEqual(noLines.calls, { orders: 1, customers: 1 });
  });
});
