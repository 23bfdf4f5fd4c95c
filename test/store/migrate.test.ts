import pg from 'pg';
import { expect, test } from 'vitest';
import { migrate, pendingMigrations } from '../../src/store/migrate.ts';
import { testDatabase } from '../support/database.ts';

test('processes that start at once migrate an empty database once, and then nothing is pending', async () => {
  const database = await testDatabase({ empty: true });
  const pools = Array.from({ length: 8 }, () => new pg.Pool({ connectionString: database.url, max: 1 }));
  try {
    const before = await pendingMigrations(database.pool);
    const tablesBefore = await tableCount(database.pool);

    const carriedOut = await Promise.all(pools.map((pool) => migrate(pool)));

    expect(before).toContain('0001-records');
    expect(tablesBefore).toBe(0);
    expect(carriedOut.flat()).toEqual(before);
    expect(await pendingMigrations(database.pool)).toEqual([]);
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
    await database.drop();
  }
});

async function tableCount(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(`select 1 from pg_tables where schemaname = 'public'`);
  return rows.length;
}
