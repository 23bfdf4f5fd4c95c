import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRedactor } from '../../src/core/redact.ts';
import { createStore } from '../../src/store/store.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

const SECRET = 'x7Kq9Lm2Pw4Rt8ZvNb3C';
let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

it('stores no secret of ours, in texts as in JSON', async () => {
  const store = createStore({
    pool: database.pool,
    clock: { now: () => new Date(), sleep: async () => {} },
    newId: randomUUID,
    onCommitted: () => {},
    redact: createRedactor({ secrets: [SECRET] }).redactJson,
  });
  const payload = { comment: { body: `it is ${[...SECRET].join(' ')}`, id: 7 } };
  const delivery = {
    event: 'issue_comment',
    action: 'created',
    body: JSON.stringify(payload),
    bodyHash: 'x',
    installationId: 1,
    repository: 'acme/shop',
  };

  await store.deliveries.add({ guid: 'one', ...delivery });
  await store.deliveries.claim('one', 'me');
  await store.deliveries.failed('one', `postgres://crew:${SECRET}@db did not answer`, 3);

  const { rows } = await database.pool.query('select payload, error from deliveries');
  expect(rows).toEqual([
    {
      payload: { comment: { body: 'it is [redacted]', id: 7 } },
      error: 'postgres://crew:[redacted]@db did not answer',
    },
  ]);
  const { rows: events } = await database.pool.query('select data::text from events');
  expect(JSON.stringify(events)).not.toContain(SECRET);
});
