/** The trail against the tables: after all that the store can be asked for, by chance, and after changes that no event tells of. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditTrail } from '../../src/store/audit-trail.ts';
import { randomFrom, runSeed } from '../support/random.ts';
import { testStore } from './records.ts';
import { walkStore } from './walk-store.ts';

const STEPS = 600;

let env: Awaited<ReturnType<typeof testStore>>;
beforeAll(async () => {
  env = await testStore({ maxLosses: 3 });
  await walkStore(env, randomFrom(runSeed), STEPS);
});
afterAll(() => env.drop());

/** What a hand in the database, or a change that forgets its event, would do. */
const TAMPERED: readonly (readonly [record: string, statement: string])[] = [
  ['delivery', "update deliveries set state = 'dead', handled_at = null"],
  ['delivery', 'update deliveries set attempts = attempts + 1'],
  ['delivery', "delete from deliveries where state = 'dead'"],
  ['task', "update tasks set reason = 'Nobody said so.'"],
  ['task', 'update tasks set budget_usd = budget_usd + 1'],
  ['task', 'update tasks set cost_usd = cost_usd + 0.001'],
  ['plan', "update plans set hash = 'forged'"],
  ['subtask', "update subtasks set role = 'devops'"],
  ['subtask', "update subtasks set depends_on = '{S9}'"],
  ['subtask', 'update subtasks set losses = losses + 1'],
  ['subtask', 'update subtasks set cost_usd = cost_usd + 0.001'],
  ['subtask', `update subtasks set setbacks = '[{}, {}, {}, {}, {}, {}, {}]'`],
  ['effect', 'update effects set revision = revision + 1'],
  ['effect', 'update effects set attempts = attempts + 1'],
  ['effect', 'update effects set in_doubt = not in_doubt'],
  ['effect', `update effects set outcome = '{"url": "https://elsewhere"}' where outcome is not null`],
  [
    'effect',
    `insert into effects (id, key, repository_id, action, min_interval_ms, due_at, created_at)
     select 'forged', 'forged', repository_id, action, 0, now(), now() from effects limit 1`,
  ],
  ['event', "delete from events where type = 'effect.sending'"],
  ['event', "delete from events where type = 'subtask.running'"],
];

describe('the audit trail', () => {
  it(`replays to the state in the tables, whatever was done (CREW_TEST_SEED=${runSeed})`, async () => {
    const audited = await auditTrail(env.pool);

    expect(audited.differences).toEqual([]);
    expect(audited.records).toBeGreaterThan(20);
    const { rows } = await env.pool.query<{ type: string }>('select distinct type from events');
    expect(rows.length, rows.map(({ type }) => type).join()).toBeGreaterThan(20);
  });

  it.each(TAMPERED)('shows a %s that was changed behind its back: %s', async (record, statement) => {
    const { differences: before } = await auditTrail(env.pool);
    await behindItsBack(statement);

    const { differences } = await auditTrail(env.pool);

    const fresh = differences.filter((difference) => !before.includes(difference));
    expect(fresh.join('\n')).toMatch(record === 'event' ? /^Event \d+, / : new RegExp(`^The ${record} `));
  });
});

/** Events refuse it by a trigger. */
async function behindItsBack(statement: string): Promise<void> {
  const client = await env.pool.connect();
  try {
    await client.query('set session_replication_role = replica');
    await client.query(statement);
  } finally {
    client.release(true);
  }
}
