import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SPECIALISTS } from '../../demo/sample.ts';
import { testDatabase } from '../support/database.ts';
import { startDemo } from '../support/demo-process.ts';
import { endOrphans } from '../support/end-orphans.ts';
import { redisIsHere, testRedis } from '../support/redis.ts';

const DEMO_TIMEOUT_MS = 300_000;

let stateDir: string;
beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'crew-demo-'));
});
afterEach(async () => {
  await endOrphans(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

/** What it does with nothing but npm and git is on trial in `test/faults/killed-demo.test.ts`. */
describe('the demo', { timeout: DEMO_TIMEOUT_MS }, () => {
  it.runIf(redisIsHere)('plays all three stories to their end on Redis and a PostgreSQL server', async () => {
    const database = await testDatabase({ empty: true });
    const redis = await testRedis();

    try {
      await expectAllStories({ DATABASE_URL: database.url, REDIS_URL: redis.url });
    } finally {
      await redis.stop();
      await database.drop();
    }
  });

  it.runIf(!redisIsHere)(
    'plays all three stories to their end (no redis-server on the path, and no REDIS_URL)',
    () => expectAllStories({}),
  );
});

async function expectAllStories(environment: Readonly<Record<string, string>>): Promise<void> {
  const demo = startDemo(stateDir, environment);

  const status = await demo.ended;

  const output = demo.output();
  expect(output).toMatch(/✓ All three stories came to their end/);
  expect(status).toBe(0);
  expect(output).toMatch(/draft pull request #\d+ +hypercode-crew\[bot\]/);
  expect(output).toMatch(/the plan is approved by ines/);
  for (const role of ['database', 'backend', 'frontend', 'qa']) {
    expect(output).toMatch(new RegExp(`S\\d \\(${role}\\) is done`));
  }
  expect(output).toMatch(/checked by code for #\d+: npm test ended with status 0/);
  for (const role of SPECIALISTS) {
    expect(output).toMatch(new RegExp(`^${role} +#\\d+ .* draft pull request #\\d+ +/pull/\\d+`, 'm'));
  }
  expect(output.match(/^✓ #\d+ crew\/.*: npm test ended with status 0, \d+ tests$/gm)).toHaveLength(
    SPECIALISTS.length + 1,
  );
  expect(output).toMatch(/finding at server\/search\.js:\d+/);
  expect(output).toMatch(/finding\.dismissed +dismissed in a reply/);
  expect(output).toMatch(/finding\.dismissed +ines resolved the thread/);
  expect(output).toMatch(/finding\.fixed +fixed in [0-9a-f]{7}/);
}
