import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { known, migrateDown, migrateUp } from '../db/migrate.js';

it('rolls every migration back, and applies it again', () => {
  const db = new DatabaseSync(':memory:');

  migrateUp(db);
  migrateDown(db, known().length);
  const left = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'migrations'").all();
  migrateUp(db);

  assert.deepEqual(left, []);
  assert.equal(db.prepare('SELECT count(*) AS n FROM migrations').get().n, known().length);
  db.close();
});
