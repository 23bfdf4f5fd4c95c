/** The orders as the page shows them, newest first. */
export async function listOrders(store) {
  const orders = [...(await store.orders())].sort((a, b) => b.placedAt - a.placedAt);
  const [customers, products] = await Promise.all([
    byId(
      store.customers,
      orders.map(({ customerId }) => customerId),
    ),
    byId(
      store.products,
      orders.flatMap(({ lines }) => lines.map(({ productId }) => productId)),
    ),
  ]);
  return orders.map(({ id, customerId, lines }) => ({
    id,
    customer: customers.get(customerId) ?? null,
    lines: lines.map(({ productId, quantity }) => ({ product: products.get(productId) ?? null, quantity })),
    pieces: lines.reduce((sum, { quantity }) => sum + quantity, 0),
  }));
}

async function byId(ask, ids) {
  const wanted = [...new Set(ids)];
  const records = wanted.length === 0 ? [] : await ask(wanted);
  return new Map(records.map((record) => [record.id, record]));
}
