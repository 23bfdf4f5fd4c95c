import type { Database } from '../database.ts';

export interface Order {
  readonly id: number;
  readonly customerId: number;
  readonly totalCents: number;
  readonly createdAt: string;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  readonly page: number;
  readonly hasMore: boolean;
}

const PAGE_SIZE = 50;

/** Newest first. */
export async function listOrders(db: Database, customerId: number, page: number): Promise<OrderPage> {
  const rows = await db.query<Order>(
    `SELECT id, customer_id AS "customerId", total_cents AS "totalCents", created_at AS "createdAt"
       FROM orders
      WHERE customer_id = $1
      ORDER BY created_at DESC, id DESC
      LIMIT $2 OFFSET $3`,
    [customerId, PAGE_SIZE + 1, page * PAGE_SIZE],
  );
  return { orders: rows.slice(0, PAGE_SIZE), page, hasMore: rows.length > PAGE_SIZE };
}
