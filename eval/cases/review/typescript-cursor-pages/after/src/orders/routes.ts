import { Hono } from 'hono';
import type { Database } from '../database.ts';
import { decodeCursor } from './cursor.ts';
import { listOrders } from './list-orders.ts';

export function orderRoutes(db: Database): Hono<{ Variables: { customerId: number } }> {
  const routes = new Hono<{ Variables: { customerId: number } }>();

  routes.get('/orders', async (c) => {
    const text = c.req.query('cursor');
    const cursor = text === undefined ? null : decodeCursor(text);
    if (text !== undefined && cursor === null) {
      return c.json({ error: 'cursor must be one that an earlier page gave' }, 400);
    }
    return c.json(await listOrders(db, c.get('customerId'), cursor));
  });

  return routes;
}
