// Applies and rolls back the migrations beside it, in the order of their numbers, each in a transaction.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const folder = join(import.meta.dirname, 'migrations');

export function migrateUp(db) {
  db.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)');
  const done = new Set(applied(db));
  for (const name of known().filter((one) => !done.has(one))) {
    inTransaction(db, () => {
      db.exec(script(name, 'up'));
      db.prepare('INSERT INTO migrations (name) VALUES (?)').run(name);
    });
  }
}

/** Rolls back the newest `steps` migrations. */
export function migrateDown(db, steps = 1) {
  for (const name of applied(db).reverse().slice(0, steps)) {
    inTransaction(db, () => {
      db.exec(script(name, 'down'));
      db.prepare('DELETE FROM migrations WHERE name = ?').run(name);
    });
  }
}

export function known() {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.up.sql'))
    .map((file) => file.replace('.up.sql', ''))
    .sort();
}

function applied(db) {
  return db
    .prepare('SELECT name FROM migrations ORDER BY name')
    .all()
    .map((row) => row.name);
}

function script(name, direction) {
  return readFileSync(join(folder, `${name}.${direction}.sql`), 'utf8');
}

function inTransaction(db, work) {
  db.exec('BEGIN');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

if (process.argv[1] === import.meta.filename) {
  const [direction = 'up', file = 'larder.db'] = process.argv.slice(2);
  const db = new DatabaseSync(file);
  if (direction === 'down') migrateDown(db);
  else migrateUp(db);
  db.close();
}
