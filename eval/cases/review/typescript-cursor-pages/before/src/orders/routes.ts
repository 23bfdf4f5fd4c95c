import { Hono } from 'hono';
import type { Database } from '../database.ts';
import { listOrders } from './list-orders.ts';

export function orderRoutes(db: Database): Hono<{ Variables: { customerId: number } }> {
  const routes = new Hono<{ Variables: { customerId: number } }>();

  routes.get('/orders', async (c) => {
    const page = Number(c.req.query('page') ?? '0');
    if (!Number.isInteger(page) || page < 0) return c.json({ error: 'page must be 0 or more' }, 400);
    return c.json(await listOrders(db, c.get('customerId'), page));
  });

  return routes;
}
