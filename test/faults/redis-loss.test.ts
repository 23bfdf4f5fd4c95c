/** Redis is a doorbell: it may forget everything, die, or be away for a while, and the work goes on all the same. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { ConversationFile } from '../../demo/model/conversation-format.ts';
import { TASK_ENDS } from '../../src/core/records.ts';
import { isAlive } from '../support/is-alive.ts';
import type { Random } from '../support/random.ts';
import { redisServerIsHere } from '../support/redis.ts';
import { agrees, audits, plans, works } from '../support/scripted-crew.ts';
import { type CrewTrial, crewTrial, OWNER } from './support/crew-trial.ts';
import { type OwnRedis, ownRedis } from './support/own-redis.ts';
import { trial } from './trial.ts';

const LOSSES = ['flush', 'kill', 'outage'] as const;
type Loss = (typeof LOSSES)[number];

interface Size {
  readonly rounds: number;
  /** Issues of a round, opened one after another while it goes on. */
  readonly issues: number;
  /** The longest that Redis is away. */
  readonly awayMs: number;
  readonly environment: Readonly<Record<string, string>>;
  /** From the moment on when Redis is there again, no task stands still for longer. */
  readonly resumesWithinMs: number;
  /** By the live events; without them a stop is seen when the lease is renewed, which is three times in its life. */
  readonly stoppedWithinMs: number;
  readonly workers: readonly string[];
}

const REPOSITORY = `${OWNER}/shop`;
const WITHIN_MS = 60_000;

describe.skipIf(!redisServerIsHere)('a Redis that loses everything (needs redis-server)', () => {
  trial<Size>(
    'costs no work, and all goes on within a minute of its coming back',
    {
      full: {
        rounds: 3,
        issues: 6,
        awayMs: 20_000,
        environment: {},
        resumesWithinMs: WITHIN_MS,
        stoppedWithinMs: 5_000,
        workers: ['strategist,architect,security', 'qa'],
      },
      short: {
        rounds: 1,
        issues: 2,
        awayMs: 500,
        environment: { CREW_SWEEP_SECONDS: '1', CREW_LEASE_SECONDS: '600' },
        resumesWithinMs: WITHIN_MS,
        stoppedWithinMs: 30_000,
        workers: ['strategist,architect,security,qa'],
      },
    },
    async ({ size, random, count }) => {
      const redis = await ownRedis();
      const signs = await mkdtemp(join(tmpdir(), 'crew-signs-'));
      const crew = await stage(redis, signs, size);
      let [lost, slowestMs, stillMs, slowestStopMs] = [0, 0, 0, 0];
      try {
        const order = random.shuffled(LOSSES);
        for (let round = 0; round < size.rounds; round += 1) {
          const long = await inLongWork(crew, signs, round);
          const asked = openIssues(crew, size.issues, random);
          await delay(random.between(0, 3_000));
          const loss = order[round % order.length] ?? 'flush';
          await lose(redis, loss, random.between(0, size.awayMs));
          lost += 1;
          const backMs = Date.now();
          // At once: a command has a time of its own.
          slowestStopMs = Math.max(slowestStopMs, await hearsAndStops(crew, long, round, size));
          const numbers = await asked;
          for (const number of numbers) {
            const { state, reason } = await endedMoving(crew, number, backMs, size);
            expect({ number, state, reason }).toEqual({ number, state: 'done', reason: null });
          }
          slowestMs = Math.max(slowestMs, Date.now() - backMs);
          stillMs = Math.max(stillMs, await longestStillMs(crew, numbers, backMs));
        }
        const { pulls } = await crew.parts.github.snapshot(REPOSITORY);
        expect(pulls).toHaveLength(size.rounds * size.issues);
        expect(crew.parts.parts.filter((part) => !part.isRunning())).toEqual([]);
        expect(stillMs).toBeLessThan(size.resumesWithinMs);
        expect(slowestStopMs).toBeLessThan(size.stoppedWithinMs);
      } finally {
        count({
          'losses of Redis': lost,
          issues: size.rounds * size.issues,
          'longest without a move (s)': (stillMs / 1_000).toFixed(1),
          'slowest to be done (s)': (slowestMs / 1_000).toFixed(1),
          'slowest stop (s)': (slowestStopMs / 1_000).toFixed(1),
        });
        await crew.close();
        await redis.close();
        await rm(signs, { recursive: true, force: true });
      }
    },
  );
});

function stage(redis: OwnRedis, signs: string, { rounds, environment, workers }: Size): Promise<CrewTrial> {
  return crewTrial({
    conversations: [
      plans([{ role: 'qa' }]),
      works('qa', { writes: { 'test/gift.txt': 'seen\n' }, tests: null }),
      ...Array.from({ length: rounds }, (_, round) => longWork(signs, round)).flat(),
      agrees(),
      audits(),
    ],
    workers,
    repositories: [{ name: REPOSITORY, files: { 'README.md': '# Shop\n' } }],
    environment: { REDIS_URL: redis.url, CREW_CONCURRENCY: '4', ...environment },
    waitMs: 120_000,
  });
}

const longTitle = (round: number): string => `Long work of round ${round};`;

/** Two commands, each of which runs until it is let go: what is said during the first is read before the second. */
function longWork(signs: string, round: number): ConversationFile[] {
  const says = longTitle(round);
  const waits = (name: string): string =>
    `echo $$ > ${signs}/${round}-${name}.pid; until test -e ${signs}/${round}-${name}.go; do sleep 0.1; done`;
  return [
    plans([{ role: 'qa' }], { says }),
    works('qa', { says, runs: [waits('first')], tests: waits('second') }),
  ];
}

async function openIssues(crew: CrewTrial, issues: number, random: Random): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let at = 0; at < issues; at += 1) {
    numbers.push(await crew.ask(REPOSITORY, `Wrap gift ${at}`));
    await delay(random.between(0, 800));
  }
  return numbers;
}

/** Of any task, from that moment to its end: how long nothing of it moved. */
async function longestStillMs(
  { database }: CrewTrial,
  numbers: readonly number[],
  sinceMs: number,
): Promise<number> {
  const { rows } = await database.pool.query<{ readonly number: number; readonly at: Date }>(
    `select t.subject_number as number, e.at from events e join tasks t on t.id = e.task_id
     where t.subject_number = any($1) and e.at > $2 order by e.at`,
    [numbers, new Date(sinceMs)],
  );
  const gaps = numbers.flatMap((number) => {
    const movedMs = rows.filter((row) => row.number === number).map(({ at }) => at.getTime());
    return movedMs.map((ms, at) => ms - (movedMs[at - 1] ?? sinceMs));
  });
  return Math.max(0, ...gaps);
}

/** As it ended; a failure as soon as it has stood still for too long since that moment. */
function endedMoving(
  crew: CrewTrial,
  number: number,
  sinceMs: number,
  { resumesWithinMs }: Size,
): ReturnType<CrewTrial['ended']> {
  return crew.until(async () => {
    const seen = await crew.task(REPOSITORY, number);
    if (seen !== null && TASK_ENDS.some((end) => end === seen.state)) return seen;
    const { rows } = await crew.database.pool.query<{ readonly at: Date | null }>(
      'select max(at) as at from events where task_id = $1',
      [seen?.id],
    );
    const stillMs = Date.now() - Math.max(sinceMs, rows[0]?.at?.getTime() ?? 0);
    if (stillMs < resumesWithinMs) return false;
    throw new Error(
      `#${number}, ${seen?.state}, has not moved for ${stillMs} ms since Redis was there again`,
    );
  });
}

/** It comes back empty. */
async function lose(redis: OwnRedis, loss: Loss, awayMs: number): Promise<void> {
  if (loss === 'flush') return redis.flush();
  await redis.kill();
  if (loss === 'outage') await delay(awayMs);
  await redis.start();
}

interface LongWork {
  readonly number: number;
  pidOf(command: 'first' | 'second'): Promise<number>;
  letGo(): Promise<void>;
}

/** Answers when the first command runs. */
async function inLongWork(crew: CrewTrial, signs: string, round: number): Promise<LongWork> {
  const number = await crew.ask(REPOSITORY, longTitle(round));
  const work: LongWork = {
    number,
    pidOf: (command) =>
      crew.until(
        async () =>
          Number(await readFile(join(signs, `${round}-${command}.pid`), 'utf8').catch(() => '')) || null,
      ),
    letGo: () => writeFile(join(signs, `${round}-first.go`), ''),
  };
  await work.pidOf('first');
  return work;
}

/** An agent that was at work when Redis was lost is told something, and stopped; answers how long its command outlived the word. */
async function hearsAndStops(
  crew: CrewTrial,
  { number, pidOf, letGo }: LongWork,
  round: number,
  { stoppedWithinMs }: Size,
): Promise<number> {
  const words = `Wrap it in ${round + 1} papers.`;
  await crew.say(REPOSITORY, number, `/crew tell ${words}`);
  await crew.until(async () => (await crew.said(REPOSITORY, number)).includes('Passed on.'));
  await letGo();
  const pid = await pidOf('second');
  const told = crew.model.requests().some(({ body }) => JSON.stringify(body).includes(words));
  expect(told).toBe(true);
  await crew.say(REPOSITORY, number, '/crew stop');
  const saidMs = Date.now();
  await crew.until(() => !isAlive(pid) || Date.now() - saidMs > stoppedWithinMs);
  const tookMs = Date.now() - saidMs;
  expect((await crew.ended(REPOSITORY, number)).state).toBe('stopped');
  return tookMs;
}
