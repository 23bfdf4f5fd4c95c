/**
 * GitHub's limits are kept by all processes of an installation together: a storm of effects through two web processes that are
 * killed and started again, while GitHub refuses now and then and wants to be left alone.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import type { EffectAction, ReactionContent } from '../../src/core/effect-records.ts';
import { hasMarker } from '../../src/core/marker.ts';
import type { Repository } from '../../src/core/records.ts';
import type { NewEffect, Store } from '../../src/core/store-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { systemClock } from '../../src/wire/clock.ts';
import { type CrewParts, MAINTAINER, startParts } from '../support/crew-parts.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import type { Random } from '../support/random.ts';
import { tinyShop } from '../support/tiny-shop.ts';
import { type LimitsWatch, watchLimits } from './support/limits-watch.ts';
import { type Trial, trial } from './trial.ts';

interface Storm {
  readonly effects: number;
  /** Commands of people among them, each answered by a comment and a reaction. */
  readonly commands: number;
  /** Labels beside them: reads and writes that are no content, one after the other, so that there always is something to send. */
  readonly labels: number;
  readonly perMinute: number;
  readonly perHour: number;
  readonly issues: number;
  /** Kills of each web process. */
  readonly kills: number;
  /** Refusals that want so many seconds each, by 403 and as many by 429. */
  readonly refusals: number;
  readonly retryAfterSeconds: readonly [number, number];
  /** Whether a minute, and an hour, are waited for, or time is moved on when nothing can go before. */
  readonly passing: 'real' | 'moved';
}

const REPOSITORY = 'tea-club/shop';
const REACTIONS: readonly ReactionContent[] = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
];
const OWN_RETRY_AFTER_SECONDS = 61;
/** For the word of a refusal to reach the other process, on a busy machine. */
const GRACE_MS = 1_000;
const LOOK_EVERY_MS = 100;
const KILL_LATEST_MS = 2_000;
const LABEL_EVERY_MS = 100;
/** And what is added by chance to what waits for it. */
const MINUTE_MS = 80_000;
const HOUR_MS = 3_650_000;

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
        issues: 12,
        kills: 3,
        refusals: 5,
        retryAfterSeconds: [3, 6],
        passing: 'real',
      },
      {
        effects: 130,
        commands: 5,
        labels: 60,
        perMinute: 40,
        perHour: 100,
        issues: 8,
        kills: 2,
        refusals: 2,
        retryAfterSeconds: [3, 4],
        passing: 'moved',
      },
    ],
    short: [
      {
        effects: 26,
        commands: 2,
        labels: 40,
        perMinute: 10,
        perHour: 20,
        issues: 3,
        kills: 1,
        refusals: 1,
        retryAfterSeconds: [3, 3],
        passing: 'moved',
      },
    ],
  },
  async ({ size, ...rest }) => {
    for (const storm of size) await weather(storm, rest);
  },
);

/** Where everything happens: time that may be moved on, for GitHub by a few minutes only (its tokens and the App's would end). */
interface Scene {
  readonly storm: Storm;
  readonly parts: CrewParts;
  readonly database: TestDatabase;
  readonly store: Store;
  readonly watch: LimitsWatch;
  readonly moved: { crewMs: number; gitHubMs: number };
  readonly random: Random;
}

async function weather(storm: Storm, { random, count }: Omit<Trial<never>, 'size'>): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'crew-limits-'));
  const database = await testDatabase();
  const moved = { crewMs: 0, gitHubMs: 0 };
  const parts = await startParts({
    dir,
    databaseUrl: database.url,
    modelUrl: 'http://127.0.0.1:9',
    webs: 2,
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
      clock: () => new Date(Date.now() + moved.gitHubMs),
      rateLimits: {
        contentPerMinute: storm.perMinute,
        // Where an hour is moved on, the watch alone counts it.
        contentPerHour: storm.passing === 'real' ? storm.perHour : Number.MAX_SAFE_INTEGER,
        retryAfterSeconds: OWN_RETRY_AFTER_SECONDS,
      },
    },
  });
  const store = createStore({
    pool: database.pool,
    clock: systemClock,
    newId: () => crypto.randomUUID(),
    onCommitted: () => {},
  });
  const watch = watchLimits(parts.github, {
    nowMs: () => Date.now() + moved.crewMs,
    graceMs: GRACE_MS,
    ownRetryAfterSeconds: OWN_RETRY_AFTER_SECONDS,
  });
  const scene: Scene = { storm, parts, database, store, watch, moved, random };
  try {
    const planned = await play(scene);
    const stands = await whatStands(scene, planned);
    count({
      effects: stands.effects,
      requests: watch.requests(),
      refusals: watch.refusals(),
      'in a forbidden window': watch.intruders().length,
      'on their way at a refusal': watch.onTheirWay(),
      'most in a minute': `${watch.mostInMinute()} of ${storm.perMinute}`,
      'most in an hour': `${watch.mostInHour()} of ${storm.perHour}`,
      lost: stands.lost.length,
      doubled: stands.doubled.length,
    });
    expect(watch.intruders()).toEqual([]);
    expect(watch.overLimit()).toBe(0);
    expect(watch.mostInMinute()).toBeLessThanOrEqual(storm.perMinute);
    expect(watch.mostInHour()).toBeLessThanOrEqual(storm.perHour);
    // Or nothing of this was tried.
    expect(watch.refusals()).toBeGreaterThanOrEqual(storm.refusals);
    expect(watch.mostInMinute()).toBeGreaterThan(storm.perMinute / 2);
    expect({ lost: stands.lost, doubled: stands.doubled }).toEqual({ lost: [], doubled: [] });
    expect(stands.effects).toBeGreaterThanOrEqual(storm.effects);
    // Waiting for limits is no attempt: only a death of its process is.
    expect(stands.mostAttempts).toBeLessThanOrEqual(1 + 2 * storm.kills);
  } finally {
    watch.stop();
    await parts.close();
    await store.close();
    await database.drop();
    await rm(dir, { recursive: true, force: true });
  }
}

async function play(scene: Scene): Promise<readonly NewEffect[]> {
  const { storm, parts, store, random } = scene;
  const { github } = parts;
  const person = github.as(MAINTAINER);
  const numbers: number[] = [];
  for (let at = 0; at < storm.issues; at += 1) {
    numbers.push((await person.openIssue(REPOSITORY, { title: `Issue ${at}` })).number);
  }
  for (let at = 0; at < storm.commands; at += 1) {
    await person.comment(REPOSITORY, random.pick(numbers), '/crew help');
  }
  const repository = await knownAs(scene);
  const planned = plannedFor(scene, repository, numbers, storm.effects - 2 * storm.commands);
  const refusal = (status: 403 | 429) =>
    ({
      kind: 'limited',
      status,
      path: '^/(repos|app/installations)/',
      retryAfterSeconds: random.between(...storm.retryAfterSeconds),
      probability: 0.2,
      times: storm.refusals,
    }) as const;
  github.setFaults([refusal(403), refusal(429)], random.seed);
  const half = Math.ceil(planned.length / 2);
  await store.effects.plan(planned.slice(0, half));
  const killing = killAll(scene);
  await store.effects.plan(planned.slice(half));
  for (let at = 0; at < storm.labels; at += 1) {
    const action: EffectAction = {
      kind: 'add_labels',
      number: random.pick(numbers),
      labels: [`storm:${at}`],
    };
    await store.effects.plan([{ key: `label:${at}`, taskId: null, repository, action }]);
    await delay(LABEL_EVERY_MS);
  }
  await Promise.all([killing, delivered(scene)]);
  return planned;
}

async function knownAs({ parts }: Scene): Promise<Repository> {
  const { repo } = await parts.github.snapshot(REPOSITORY);
  const { installation } = parts.github.deliveries().find((one) => one.installation !== null) ?? {};
  const { id, owner, name } = repo;
  return { id, owner, name, installationId: installation ?? 0, defaultBranch: 'main', private: false };
}

/** Comments, and reactions as far as GitHub keeps them apart: one of each kind on an issue. */
function plannedFor(
  { random }: Scene,
  repository: Repository,
  numbers: readonly number[],
  many: number,
): readonly NewEffect[] {
  const reactions = numbers.flatMap((number) =>
    // The answer to a command is none of these.
    REACTIONS.map(
      (content): EffectAction => ({ kind: 'reaction', target: { on: 'issue', number }, content }),
    ),
  );
  const few = random.shuffled(reactions).slice(0, Math.floor(many / 5));
  const comments = Array.from(
    { length: many - few.length },
    (_, at): EffectAction => ({
      kind: 'comment',
      number: random.pick(numbers),
      body: `The ${at + 1}th word of the storm.`,
    }),
  );
  return random
    .shuffled([...few, ...comments])
    .map((action, at) => ({ key: `storm:${at}`, taskId: null, repository, action }));
}

/** Each web process by itself, so that sometimes neither runs. */
async function killAll({ storm, parts, random }: Scene): Promise<void> {
  const pauses = parts.webs.map(() =>
    Array.from({ length: storm.kills }, () => random.between(200, KILL_LATEST_MS)),
  );
  await Promise.all(
    parts.webs.map(async (web, at) => {
      for (const ms of pauses[at] ?? []) {
        await delay(ms);
        await web.end('SIGKILL');
        await web.start();
      }
    }),
  );
}

async function delivered(scene: Scene): Promise<void> {
  for (;;) {
    const { rows } = await scene.database.pool.query<{ open: number; busy: number; soon: number }>(
      `select count(*)::int as open, count(*) filter (where state = 'sending')::int as busy,
              count(*) filter (where due_at < now() + interval '5 seconds')::int as soon
         from effects where state in ('planned', 'sending')`,
    );
    const [look] = rows;
    if (look !== undefined && look.open === 0 && scene.parts.github.idle() && (await allHandled(scene)))
      return;
    if (
      look !== undefined &&
      look.open > 0 &&
      look.busy === 0 &&
      look.soon === 0 &&
      scene.storm.passing === 'moved'
    ) {
      await moveOn(scene);
    }
    await delay(LOOK_EVERY_MS);
  }
}

async function allHandled({ database }: Scene): Promise<boolean> {
  const { rows } = await database.pool.query(`select 1 from deliveries where state = 'received' limit 1`);
  return rows.length === 0;
}

/** To the next minute, and where the hour is full, by that. Nothing was done before that. */
async function moveOn({ database, moved, watch, storm }: Scene): Promise<void> {
  const { rows } = await database.pool.query<{ used: number }>(
    `select count(*)::int as used from github_places where content and at > now() - interval '1 hour'`,
  );
  const ms = (rows[0]?.used ?? 0) >= storm.perHour - 1 ? HOUR_MS : MINUTE_MS;
  moved.gitHubMs += MINUTE_MS;
  moved.crewMs += ms;
  const past = `- ${ms} * interval '1 millisecond'`;
  await database.pool.query(`update github_places set at = at ${past}`);
  await database.pool.query(
    `update github_accounts set paused_until = paused_until ${past}, next_write_at = next_write_at ${past}`,
  );
  await database.pool.query(
    `update effects set due_at = greatest(due_at ${past}, created_at), enqueued_at = null where state = 'planned'`,
  );
  expect(watch.intruders()).toEqual([]);
}

/** The ledger has every effect as done, and GitHub each of them once. */
async function whatStands({ parts, database }: Scene, planned: readonly NewEffect[]) {
  const { rows } = await database.pool.query<{ key: string; state: string; attempts: number }>(
    'select key, state, attempts from effects',
  );
  const { comments, reactions } = await parts.github.snapshot(REPOSITORY);
  const marked = rows.map(({ key }) => ({
    key,
    times: comments.filter(({ body }) => hasMarker(body, key)).length,
  }));
  const wantedReactions = planned.filter(({ action }) => action.kind === 'reaction').length;
  const issueReactions = reactions.filter(({ subjectKind }) => subjectKind === 'issue').length;
  const said = new Set(planned.filter(({ action }) => action.kind === 'comment').map(({ key }) => key));
  return {
    effects: rows.length,
    lost: [
      ...rows.filter(({ state }) => state !== 'done').map(({ key, state }) => `${key} is ${state}`),
      ...marked.filter(({ key, times }) => said.has(key) && times === 0).map(({ key }) => key),
      ...(issueReactions < wantedReactions ? [`${wantedReactions - issueReactions} reactions`] : []),
    ],
    mostAttempts: Math.max(...rows.map(({ attempts }) => attempts)),
    doubled: marked.filter(({ times }) => times > 1).map(({ key }) => key),
  };
}
