import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { expect, test } from 'vitest';
import { noUsage } from '../../src/core/budget.ts';
import { nextSteps } from '../../src/core/next-steps.ts';
import { progressEffects } from '../../src/core/progress.ts';
import { migrate, pendingMigrations } from '../../src/store/migrate.ts';
import { createStore } from '../../src/store/store.ts';
import { testDatabase } from '../support/database.ts';
import { implementTask, planAnswer, repository } from '../support/records.ts';

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

const EARLIER_ROWS = new URL('../../migrations/0004-earlier-rows.sql', import.meta.url);
const clock = { now: () => new Date(), sleep: async () => {} };
const context = { now: new Date(), roles: [], mostCostUsd: () => 1 };

/** The rows of a task as they were before there were questions, protected files and names of branches. */
async function earlierTask(pool: pg.Pool, state: string): Promise<string> {
  const { request } = implementTask();
  const { protectedPaths: _paths, commits: _commits, monthUsd: _month, ...config } = request.config;
  const { branch: _branch, ...rest } = { branch: '', ...request };
  const { decision: _decision, ...answer } = planAnswer([{ role: 'backend' }]);
  const [id, subtask] = [randomUUID(), randomUUID()];
  await pool.query(
    `insert into tasks (id, kind, repository_id, subject_kind, subject_number, request_key, requester, request, state, budget_usd, created_at, updated_at)
     values ($1, 'implement', $2, 'issue', 7, $1, 'mona', $3, $4, 5, now(), now())`,
    [id, repository.id, JSON.stringify({ ...rest, config }), state],
  );
  await pool.query(
    `insert into plans (id, task_id, version, hash, answer, estimate_usd, state, approved_by, created_at)
     values ($1, $2, 1, 'abc', $3, 1, $4, $5, now())`,
    [
      randomUUID(),
      id,
      JSON.stringify(answer),
      ...(state === 'publishing' ? ['approved', 'mona'] : ['proposed', null]),
    ],
  );
  const done = async (key: string, kind: string, outcome: object) => {
    const of = kind === 'plan' ? subtask : randomUUID();
    await pool.query(
      `insert into subtasks (id, task_id, key, kind, role, title, goal, acceptance, files, depends_on, state, finished_at)
       values ($1, $2, $3, $4, 'qa', '', '', '{}', '{}', '{}', 'done', now())`,
      [of, id, key, kind],
    );
    await pool.query(
      `insert into results (id, task_id, subtask_id, outcome, usage, cost_usd, duration_ms, created_at)
       values ($1, $2, $3, $4, $5, 0, 0, now())`,
      [randomUUID(), id, of, JSON.stringify(outcome), JSON.stringify(noUsage(null))],
    );
  };
  await done('plan', 'plan', { kind: 'plan', answer });
  if (state === 'publishing') {
    await done('verify', 'verify', { kind: 'checks', headSha: 'b'.repeat(40), commits: [], runs: [] });
    await pool.query(
      `insert into effects (id, key, task_id, repository_id, action, due_at, created_at) values ($1, $1, $2, $3, $4, now(), now())`,
      [
        randomUUID(),
        id,
        repository.id,
        JSON.stringify({ kind: 'push_branch', branch: 'crew/7', baseSha: '', headSha: '' }),
      ],
    );
  }
  return id;
}

test.each(['planning', 'awaiting_approval', 'publishing'])(
  'a task of an earlier version goes on from %s',
  async (state) => {
    const database = await testDatabase();
    const store = createStore({ pool: database.pool, clock, newId: randomUUID, onCommitted: () => {} });
    try {
      await store.repositories.save(repository);
      const id = await earlierTask(database.pool, state);

      await database.pool.query(await readFile(EARLIER_ROWS, 'utf8'));

      const records = await store.tasks.records(id);
      if (records === null) throw new Error('no such task');
      expect(progressEffects(records)).toHaveLength(1);
      expect(records.task.request).toMatchObject({
        branch: expect.stringMatching(/^crew\/7-.+-[0-9a-f]{8}$/),
      });
      expect(nextSteps(records, context)).not.toContainEqual(expect.objectContaining({ to: 'failed' }));
      expect(records.subtasks.find(({ key }) => key === 'verify')?.state ?? 'pending').toBe('pending');
      expect(records.effects).toEqual([]);
    } finally {
      await store.close();
      await database.drop();
    }
  },
);

async function tableCount(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query(`select 1 from pg_tables where schemaname = 'public'`);
  return rows.length;
}
