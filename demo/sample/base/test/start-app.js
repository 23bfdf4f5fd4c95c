// Starts Larder on a free port with an empty database in memory; `base` is its address; `call` sends JSON and returns status and body.
import { DatabaseSync } from 'node:sqlite';
import { migrateUp } from '../db/migrate.js';
import { createApp } from '../server/app.js';

export async function startApp() {
  const db = new DatabaseSync(':memory:');
  migrateUp(db);
  const server = createApp(db);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  return {
    db,
    base,
    async call(method, path, body) {
      const response = await fetch(base + path, { method, body: body && JSON.stringify(body) });
      const text = await response.text();
      return { status: response.status, body: text && JSON.parse(text) };
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      db.close();
    },
  };
}
