import type { Database } from '../database.ts';
import { type Cursor, encodeCursor } from './cursor.ts';

export interface Order {
  readonly id: number;
  readonly customerId: number;
  readonly totalCents: number;
  readonly createdAt: string;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  /** To be sent back for the next page; null on the last one. */
  readonly next: string | null;
}

const PAGE_SIZE = 50;

/** Newest first, from after `cursor` on. */
export async function listOrders(
  db: Database,
  customerId: number,
  cursor: Cursor | null,
): Promise<OrderPage> {
  const values: unknown[] = [customerId, PAGE_SIZE + 1];
  let older = '';
  if (cursor !== null) {
    values.push(cursor.createdAt);
    older = 'AND created_at < $3';
  }
  const rows = await db.query<Order>(
    `SELECT id, customer_id AS "customerId", total_cents AS "totalCents",
            to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS "createdAt"
       FROM orders
      WHERE customer_id = $1 ${older}
      ORDER BY created_at DESC, id DESC
      LIMIT $2`,
    values,
  );
  return pageOf(rows);
}

function pageOf(rows: readonly Order[]): OrderPage {
  const orders = rows.slice(0, PAGE_SIZE);
  const last = orders.at(-1);
  if (last === undefined || rows.length <= PAGE_SIZE) return { orders, next: null };
  return { orders, next: encodeCursor({ createdAt: last.createdAt, id: last.id }) };
}
