/** Customers, products and orders in memory; in production the same calls go to the database. */
export function createStore({ orders = [], customers = [], products = [] }) {
  const by = (records, ids, kind) => {
    if (new Set(ids).size !== ids.length) throw new Error(`${kind}: an id is asked for twice`);
    return records.filter(({ id }) => ids.includes(id));
  };
  return {
    orders: async () => orders,
    /** Those that are there, in no order that counts. */
    customers: async (ids) => by(customers, ids, 'customers'),
    products: async (ids) => by(products, ids, 'products'),
    customer: async (id) => customers.find((customer) => customer.id === id) ?? null,
    product: async (id) => products.find((product) => product.id === id) ?? null,
  };
}
