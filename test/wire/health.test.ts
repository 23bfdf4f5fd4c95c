/** Anybody may ask whether a process is ready: it says so and no more, and is not worn out by it. */
import { describe, expect, it } from 'vitest';
import { createHealth } from '../../src/wire/health.ts';
import { type LogLine, recordingLog, testClock } from '../app/github-parts.ts';
import { testDatabase } from '../support/database.ts';

const REASON = 'password authentication failed for user "crew" at 10.1.2.3:5432';

async function healthWith(ping: () => Promise<void>) {
  const database = await testDatabase();
  const logged: LogLine[] = [];
  const clock = testClock();
  const health = createHealth({
    store: { ping } as unknown as Parameters<typeof createHealth>[0]['store'],
    queues: { ping: async () => {} } as unknown as Parameters<typeof createHealth>[0]['queues'],
    pool: database.pool,
    log: recordingLog(logged),
    clock,
  });
  return { health, logged, clock, database };
}

describe('/readyz', () => {
  it('says which part is not ready, and why to the log alone', async () => {
    const { health, logged, database } = await healthWith(() => Promise.reject(new Error(REASON)));

    const answer = await health.request('/readyz');

    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      status: 'not ready',
      checks: { database: 'failed', queue: 'ok', migrations: 'ok' },
    });
    expect(logged).toMatchObject([{ fields: { check: 'database', error: REASON } }]);
    await database.drop();
  });

  it('looks once for all who ask at the same time or shortly after, and again later', async () => {
    let pings = 0;
    const { health, clock, database } = await healthWith(async () => {
      pings += 1;
    });

    const answers = await Promise.all(Array.from({ length: 100 }, () => health.request('/readyz')));
    await health.request('/readyz');
    const first = pings;
    clock.advance(1_000);
    await health.request('/readyz');

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect([first, pings]).toEqual([1, 2]);
    await database.drop();
  });
});
