// Placeholder front until the pages below exist.
import { Hono } from 'hono';
import type { World } from '../world.ts';

export function pages(world: World) {
  const app = new Hono();
  app.get('/', (c) => c.text(world.urls.html));
  return app;
}
