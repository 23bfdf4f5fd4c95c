/** The orders as the page shows them, newest first. */
export async function listOrders(store) {
  const orders = await store.orders();
  const shown = [];
  for (const order of [...orders].sort((a, b) => b.placedAt - a.placedAt)) {
    const customer = await store.customer(order.customerId);
    const lines = [];
    for (const { productId, quantity } of order.lines) {
      lines.push({ product: await store.product(productId), quantity });
    }
    shown.push({ id: order.id, customer, lines, pieces: lines.reduce((sum, line) => sum + line.quantity, 0) });
  }
  return shown;
}
