/** Each effect once: whatever dies around a send, whatever answer is lost, however late GitHub shows it, and however often it is told of. */
import { afterEach, expect } from 'vitest';
import type { Fault } from '../../demo/github/faults.ts';
import { auditTrail } from '../../src/store/audit-trail.ts';
import { privateKeyPem, repoName } from '../github/local-github.ts';
import type { Random } from '../support/random.ts';
import { redisServerIsHere } from '../support/redis.ts';
import { auditSends } from './support/audited-sends.ts';
import { DAY, dayConversations, dayRepository, playDay } from './support/busy-day.ts';
import { type CrewAtWork, crewAtWork } from './support/crew-at-work.ts';
import { everyKind, kindsRepository } from './support/every-kind.ts';
import { hurry } from './support/hurry.ts';
import { killAtSends } from './support/kill-at-sends.ts';
import { doubled, lost } from './support/stands-once.ts';
import { tellThrice } from './support/told-thrice.ts';
import { NO_LIMITS, UNPACED } from './support/unpaced.ts';
import { trial } from './trial.ts';

const ALL_KINDS = 16;
/** Without pushed branches and dismissed reviews, which come of work. */
const WITHOUT_WORK = 14;

let crew: CrewAtWork | null = null;
afterEach(async () => {
  await crew?.close();
  crew = null;
});

interface Size {
  readonly issues: number;
  readonly pulls: number;
  /** Effects of every kind beside those of the day. */
  readonly each: number;
  readonly kills: number;
  readonly webs: number;
  /** As several processes have it; otherwise they find each other by the database. */
  readonly redis: boolean;
  readonly lagMs: number;
  readonly lookAgainSeconds: number;
  /** Of writes of each method, how many are answered as if they had failed, and how often at most. */
  readonly lost: { readonly probability: number; readonly times?: number };
  /** The part of all writes that must have been done and answered so. */
  readonly lostShare: number;
}

trial<Size>(
  'each effect stands once on GitHub, whoever is killed around its sending',
  {
    full: {
      issues: 6,
      pulls: 3,
      each: 3,
      kills: 200,
      webs: 5,
      redis: redisServerIsHere,
      lagMs: 5_000,
      lookAgainSeconds: 5,
      // Some are refused, or a kill comes first: a tenth is left.
      lost: { probability: 0.13 },
      lostShare: 0.05,
    },
    short: {
      issues: 0,
      pulls: 0,
      each: 1,
      kills: 3,
      webs: 2,
      redis: false,
      lagMs: 2_500,
      lookAgainSeconds: 2.5,
      // Of the few that are sent, many are then in doubt; one that is so again and again waits for minutes.
      lost: { probability: 0.5, times: 3 },
      lostShare: 0,
    },
  },
  async ({ size, random, count }) => {
    crew = await openCrew(size);
    const { parts, store, database, until } = crew;
    const { github } = parts;
    // What met its tenth kill would wait for minutes.
    await hurry(database, { table: 'effects', ms: 2_000 });
    const kinds = await everyKind(github, store, { each: size.each, random });
    const sends = auditSends(parts, database.pool);
    const told = tellThrice(parts, { random, withinMs: size.lagMs, repository: DAY.repository });
    const kills = killAtSends(parts, {
      random,
      kills: size.kills,
      chance: 0.3,
      workers: size.issues === 0 ? 0 : 0.15,
      isWorking: async () => (await rowsOf(database.pool, "subtasks where state = 'running'")) > 0,
    });
    github.setFaults(badDay(random, size), random.between(1, 1e6));

    await kinds.plan();
    await Promise.all([
      playDay({ github, store, until }, size),
      until(async () => {
        if (kills.total() >= size.kills) return true;
        if ((await rowsOf(database.pool, "effects where state in ('planned', 'sending')")) < 8) {
          await kinds.planMore();
        }
        return false;
      }),
    ]);
    await kills.stop();
    await until(async () => told.isQuiet() && (await isAtRest(database.pool)));
    github.setFaults([]);
    await told.stop();
    sends.stop();
    const { lostAnswers, laggingReads } = github.harm();

    const effects = await crew.effects();
    const of = (name: string) =>
      effects.filter(({ repository }) => `${repository.owner}/${repository.name}` === name);
    const twice = [...(await doubled(github, DAY.repository)), ...(await doubled(github, repoName))];
    const missing = [
      ...(await lost(github, DAY.repository, of(DAY.repository))),
      ...(await lost(github, repoName, of(repoName))),
      ...(await kinds.notOnce()),
    ];
    const { differences, events } = await auditTrail(database.pool);
    const keys = await crew.keysInRedis();
    count({
      queues: keys === null ? 'in Postgres' : 'on Redis',
      deliveries: told.deliveries(),
      kills: kills.total(),
      ...kills.at,
      effects: effects.length,
      kinds: new Set(effects.map(({ action }) => action.kind)).size,
      writes: sends.requests(),
      'done and answered 502': lostAnswers,
      'reads that lagged': laggingReads,
      'of no owner': sends.ofNoOwner(),
      events,
      doubled: twice.length,
      lost: missing.length,
      untold: sends.violations().length,
      differences: differences.length,
    });
    expect({ twice, missing, untold: sends.violations(), differences }).toEqual({
      twice: [],
      missing: [],
      untold: [],
      differences: [],
    });
    expect(await rowsOf(database.pool, "tasks where state <> 'done'")).toBe(0);
    expect(new Set(effects.map(({ action }) => action.kind)).size).toBe(
      size.issues === 0 ? WITHOUT_WORK : ALL_KINDS,
    );
    // Or the queues were elsewhere.
    expect(keys).not.toBe(0);
    // Or GitHub had no bad day.
    expect(lostAnswers).toBeGreaterThan(size.lostShare * sends.requests());
    expect(laggingReads).toBeGreaterThan(size.lostShare * sends.requests());
    expect(github.violations()).toEqual([]);
  },
);

function openCrew({ issues, webs, redis, lookAgainSeconds }: Size): Promise<CrewAtWork> {
  return crewAtWork({
    conversations: dayConversations(issues),
    repositories: [dayRepository, kindsRepository],
    credentials: { privateKey: privateKeyPem },
    deaf: true,
    webs,
    redis,
    workers: issues === 0 ? [] : ['all', 'all'],
    waitMs: issues === 0 ? 100_000 : 1_200_000,
    github: { rateLimits: NO_LIMITS },
    environment: {
      // What GitHub's limits hold back is `github-limits`.
      ...UNPACED,
      CREW_SWEEP_SECONDS: '1',
      CREW_QUIET_SECONDS: '1',
      CREW_LOSSES: '50',
      CREW_LOOK_AGAIN_SECONDS: String(lookAgainSeconds),
      CREW_BUDGET_USD: '1000',
      LOG_LEVEL: 'info',
    },
  });
}

/** Writes are done and answered as if they had failed; what is read lags, now more and now less. */
function badDay(random: Random, { lagMs, lost }: Size): readonly Fault[] {
  const writes = { kind: 'lost-answer', path: '^/repos/|^/graphql/mutation$', ...lost } as const;
  // Of the few writes of a short day most are the same when sent twice; a comment is not.
  const comments = { ...writes, path: '/issues/\\d+/comments$', probability: 1, times: 2 };
  const lags = [lagMs, random.between(0, lagMs), random.between(0, lagMs)];
  return [
    { ...comments, method: 'POST' },
    ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({ ...writes, method })),
    ...lags.map((ms) => ({ kind: 'lag', lagMs: ms, probability: 0.4 }) as const),
  ];
}

type Pool = CrewAtWork['database']['pool'];

async function rowsOf(pool: Pool, of: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${of}`);
  return rows[0]?.count ?? 0;
}

async function isAtRest(pool: Pool): Promise<boolean> {
  const open = [
    "deliveries where state = 'received'",
    "effects where state in ('planned', 'sending')",
    'tasks where finished_at is null',
  ];
  const counts = await Promise.all(open.map((of) => rowsOf(pool, of)));
  return counts.every((rows) => rows === 0);
}
