/**
 * GitHub's limits are kept by all processes of an installation together: a storm of effects through two web processes that are
 * killed and started again, while GitHub refuses now and then and wants to be left alone.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { auditTrail } from '../../src/store/audit-trail.ts';
import { STEPS_AT_ONCE } from '../../src/wire/web.ts';
import { MAINTAINER, startParts } from '../support/crew-parts.ts';
import { testDatabase } from '../support/database.ts';
import { storeOn } from '../support/store-on.ts';
import { tinyShop } from '../support/tiny-shop.ts';
import { watchLimits } from './support/limits-watch.ts';
import { play, REPOSITORY, type Scene, type Storm, whatStands } from './support/storm.ts';
import { type Counts, type Trial, trial } from './trial.ts';

const OWN_RETRY_AFTER_SECONDS = 61;
const WEBS = 2;
/** That all processes together may have under way when GitHub refuses one: each step asks for one thing after the other. */
const UNDER_WAY_MAX = WEBS * STEPS_AT_ONCE;
/** For the word of a refusal to reach a process, and what it sent before to arrive: a tenth of it is usual. */
const GRACE_MS = { refused: 750, others: 1_000 };

trial<readonly Storm[]>(
  'no request reaches GitHub when it forbade it, and what waited is delivered once',
  {
    full: [
      {
        effects: 300,
        commands: 10,
        labels: 200,
        perMinute: 80,
        perHour: 500,
        hourlyShare: 0.9,
        issues: 12,
        kills: 3,
        killed: 'all',
        killedFrom: 'the start',
        refusals: 5,
        kinds: 2,
        refused: '^/(repos|app/installations)/',
        retryAfterSeconds: [3, 6],
        minutes: 10,
        passing: 'real',
      },
      {
        effects: 600,
        commands: 5,
        labels: 60,
        perMinute: 80,
        perHour: 500,
        hourlyShare: 0.9,
        issues: 8,
        kills: 2,
        killed: 'all',
        killedFrom: 'the start',
        refusals: 2,
        kinds: 2,
        refused: '^/(repos|app/installations)/',
        retryAfterSeconds: [3, 4],
        minutes: 6,
        passing: 'moved',
      },
    ],
    short: [
      {
        effects: 18,
        commands: 1,
        labels: 30,
        perMinute: 7,
        perHour: 12,
        hourlyShare: 0.7,
        issues: 3,
        kills: 1,
        killed: 'one',
        killedFrom: 'the end of a pause',
        refusals: 1,
        kinds: 1,
        // The installation's account: tokens are asked for seldom.
        refused: '^/repos/',
        retryAfterSeconds: [3, 3],
        minutes: 1.5,
        passing: 'moved',
      },
    ],
  },
  async ({ size, ...rest }) => {
    for (const storm of size) await weather(storm, rest);
  },
);

async function weather(storm: Storm, { random, count }: Omit<Trial<never>, 'size'>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'crew-limits-'));
  const database = await testDatabase();
  const moved = { ms: 0, content: 0 };
  const parts = await startParts({
    dir,
    databaseUrl: database.url,
    modelUrl: 'http://127.0.0.1:9',
    webs: WEBS,
    workers: [],
    sample: false,
    repositories: [{ name: REPOSITORY, files: tinyShop(), collaborators: { [MAINTAINER]: 'maintain' } }],
    environment: {
      CREW_SWEEP_SECONDS: '1',
      CREW_LOOK_AGAIN_SECONDS: '0.2',
      CREW_GITHUB_CONTENT_PER_MINUTE: String(storm.perMinute),
      CREW_GITHUB_CONTENT_PER_HOUR: String(storm.perHour),
    },
    github: {
      rateLimits: {
        // Where time is moved on, the watch alone counts.
        contentPerMinute: storm.passing === 'real' ? storm.perMinute : Number.MAX_SAFE_INTEGER,
        contentPerHour: storm.passing === 'real' ? storm.perHour : Number.MAX_SAFE_INTEGER,
        retryAfterSeconds: OWN_RETRY_AFTER_SECONDS,
      },
    },
  });
  const store = storeOn(database.pool);
  const watch = watchLimits(parts.github, {
    nowMs: () => Date.now() + moved.ms,
    graceMs: GRACE_MS,
    ownRetryAfterSeconds: OWN_RETRY_AFTER_SECONDS,
  });
  const scene: Scene = { storm, parts, database, store, watch, moved, random };
  try {
    const planned = await play(scene);
    const stands = await whatStands(scene, planned);
    const { differences } = await auditTrail(database.pool);
    const late = watch.onTheirWay();
    const counted: Counts = {
      effects: stands.effects,
      requests: watch.requests(),
      refusals: watch.refusals(),
      'in a forbidden window': watch.intruders().length,
      'on their way at a refusal': late.requests,
      'most of them at one': `${late.mostOfOne} of ${UNDER_WAY_MAX}`,
      'the latest of them, ms after it': late.latestMs,
      'most in a minute': `${watch.mostInMinute()} of ${storm.perMinute}`,
      'most in an hour': `${watch.mostInHour()} of ${storm.perHour}`,
      lost: stands.lost.length,
      doubled: stands.doubled.length,
      differences: differences.length,
    };
    const pace = storm.passing === 'real' ? "at GitHub's pace" : 'in moved time';
    count(Object.fromEntries(Object.entries(counted).map(([what, many]) => [`${pace}: ${what}`, many])));
    expect(watch.intruders()).toEqual([]);
    expect(late.mostOfOne).toBeLessThanOrEqual(UNDER_WAY_MAX);
    expect(watch.overLimit()).toBe(0);
    expect(watch.mostInMinute()).toBeLessThanOrEqual(storm.perMinute);
    expect(watch.mostInHour()).toBeLessThanOrEqual(storm.perHour);
    // Or nothing of this was tried.
    expect(watch.refusals()).toBeGreaterThanOrEqual(storm.refusals);
    expect(watch.mostInMinute()).toBeGreaterThan(storm.perMinute / 2);
    if (storm.passing === 'moved')
      expect(watch.mostInHour()).toBeGreaterThan(storm.perHour * storm.hourlyShare);
    expect({ lost: stands.lost, doubled: stands.doubled, differences }).toEqual({
      lost: [],
      doubled: [],
      differences: [],
    });
    expect(stands.effects).toBeGreaterThanOrEqual(storm.effects);
    // Waiting for limits is no attempt: only a death of its process is.
    const deaths = storm.kills * (storm.killed === 'all' ? WEBS : 1);
    expect(stands.mostAttempts).toBeLessThanOrEqual(1 + deaths);
  } finally {
    watch.stop();
    await parts.close();
    await store.close();
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  }
}
