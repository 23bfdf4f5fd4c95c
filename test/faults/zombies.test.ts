/** Zombies: processes that were stopped until their leases had run out, and go on where they were. They write nothing any more. */
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect } from 'vitest';
import { auditTrail } from '../../src/store/audit-trail.ts';
import { privateKeyPem, repoName } from '../github/local-github.ts';
import type { CrewPart } from '../support/crew-parts.ts';
import { type HeldModel, holdModel } from '../support/held-model.ts';
import { plans, works } from '../support/scripted-crew.ts';
import { moduleWithTest } from '../support/tiny-shop.ts';
import { auditSends } from './support/audited-sends.ts';
import { DAY, dayRepository } from './support/busy-day.ts';
import { type CrewAtWork, crewAtWork } from './support/crew-at-work.ts';
import { everyKind, kindsRepository } from './support/every-kind.ts';
import { doubled, lost } from './support/stands-once.ts';
import { NO_LIMITS } from './support/unpaced.ts';
import { notedSoFar, noteWriters, writtenBy } from './support/who-wrote.ts';
import { STOPS, stopAt, stopInTransaction, writesOf } from './support/zombie-publishers.ts';
import { trial } from './trial.ts';

const LEASE_SECONDS = 1;
const LOOK_AGAIN_SECONDS = 0.2;
/** Of an effect: four of a worker's, and the second look. */
const EFFECT_LEASE_MS = 4_000 * LEASE_SECONDS + 1_000 * LOOK_AGAIN_SECONDS;
const QUICK = {
  CREW_LEASE_SECONDS: String(LEASE_SECONDS),
  CREW_LOOK_AGAIN_SECONDS: String(LOOK_AGAIN_SECONDS),
  CREW_SWEEP_SECONDS: '1',
  CREW_LOSSES: '50',
};

let crew: CrewAtWork | null = null;
let scratch: string | null = null;
afterEach(async () => {
  await crew?.close();
  if (scratch !== null) await rm(scratch, { recursive: true, force: true });
  crew = null;
  scratch = null;
});

type Pool = CrewAtWork['database']['pool'];

async function rowsOf(pool: Pool, of: string): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::int as count from ${of}`);
  return rows[0]?.count ?? 0;
}

/** It serves again: whatever woke it has had its turn. */
async function wake(zombie: CrewPart): Promise<void> {
  zombie.signal('SIGCONT');
  await zombie.ready();
}

trial(
  'a publisher that was stopped past its lease sends nothing when it wakes',
  {
    full: { rounds: 12, webs: 4, stops: 3, settleMs: 1_500, moments: STOPS, withinMs: 1_500, cutOff: 0.3 },
    // The one that is stopped must hold leases, and be about to write: behind its first write others wait for their moment.
    short: {
      rounds: 1,
      webs: 2,
      stops: 1,
      settleMs: 300,
      moments: ['write'] as const,
      withinMs: 20_000,
      cutOff: 0,
    },
  },
  async ({ size, random, count }) => {
    crew = await crewAtWork({
      conversations: [],
      repositories: [kindsRepository],
      credentials: { privateKey: privateKeyPem },
      deaf: true,
      webs: size.webs,
      workers: [],
      waitMs: 100_000,
      github: { rateLimits: NO_LIMITS },
      environment: QUICK,
    });
    const { parts, store, database, until } = crew;
    const work = await everyKind(parts.github, store, { each: 0, random });
    const sends = auditSends(parts, database.pool);
    const counted = { stops: 0, heldLeases: 0, cutConnections: 0, writes: 0, zombieWrites: 0 };
    const written: string[] = [];
    for (let round = 0; round < size.rounds; round += 1) {
      const zombies = random.shuffled(parts.webs).slice(0, size.stops);
      const stopping = zombies.map((zombie) =>
        stopAt(parts, zombie, { stop: random.pick(size.moments), withinMs: size.withinMs, random }),
      );
      await work.planMore();
      await Promise.all(stopping);
      counted.stops += zombies.length;
      counted.heldLeases += await heldBy(database.pool, zombies);
      await delay(EFFECT_LEASE_MS);
      await until(async () => (await rowsOf(database.pool, "effects where state <> 'done'")) === 0);
      if (random.chance(size.cutOff)) counted.cutConnections += await cutConnections(database.pool, zombies);
      const watched = writesOf(parts, zombies);
      await Promise.all(zombies.map(wake));
      await delay(size.settleMs);
      watched.stop();
      written.push(...watched.sent());
    }
    sends.stop();
    counted.writes = sends.requests();
    counted.zombieWrites = written.length;
    const twice = await doubled(parts.github, repoName);
    const missing = await lost(parts.github, repoName, await crew.effects());
    const { differences } = await auditTrail(database.pool);
    count({ ...counted, doubled: twice.length, lost: missing.length, untold: sends.violations().length });
    expect({ written, twice, missing, untold: sends.violations(), differences }).toEqual({
      written: [],
      twice: [],
      missing: [],
      untold: [],
      differences: [],
    });
    expect(counted.heldLeases).toBeGreaterThan(0);
  },
);

function pidsOf(parts: readonly CrewPart[]): readonly string[] {
  return parts.map((part) => String(part.pid()));
}

async function heldBy(pool: Pool, parts: readonly CrewPart[]): Promise<number> {
  const { rowCount } = await pool.query(
    "select from effects where state = 'sending' and split_part(lease_owner, '/', 2) = any($1)",
    [pidsOf(parts)],
  );
  return rowCount ?? 0;
}

/** As a database does with those that keep silent too long. */
async function cutConnections(pool: Pool, parts: readonly CrewPart[]): Promise<number> {
  const { rowCount } = await pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = any($1)',
    [parts.map(({ name }) => name)],
  );
  return rowCount ?? 0;
}

/**
 * Of what it did before, once for each stop: the price of the one answer that it was waiting for, and its transcript, which is kept for
 * people to read, whatever became of the work, and says itself that it was taken over.
 */
const OWED = ['task.charged', 'insert transcripts', 'transcript.saved'];
/** `overtaken`: as it asks, and it wakes while who took over is at work, when nothing but its token tells them apart. */
const MOMENTS = ['asking', 'overtaken', 'running', 'writing', 'any'] as const;
/** At the others it may be about to give up what it holds. */
const HOLDING: readonly (typeof MOMENTS)[number][] = ['asking', 'overtaken', 'running'];

trial(
  'a worker that was stopped past its lease stores nothing, asks no model and ends its commands when it wakes',
  { full: { rounds: 12, settleMs: 1_500 }, short: { rounds: 1, settleMs: 300 } },
  async ({ size, random, count }) => {
    scratch = await mkdtemp(join(tmpdir(), 'crew-zombies-'));
    const pids = (at: number) => join(scratch ?? '', `pids-${at}`);
    const issues = Array.from({ length: size.rounds }, (_, at) => at + 1);
    let held: HeldModel | null = null;
    /** Asked of each request to the model. */
    let mayPass: () => Promise<unknown> = async () => {};
    crew = await crewAtWork({
      conversations: [
        plans([{ role: 'backend', title: 'Add the item' }]),
        ...issues.map((at) =>
          works('backend', {
            says: `Add item ${at}\\.`,
            writes: moduleWithTest(`item${at}`, at),
            // The first to run it waits; who takes over does not.
            runs: [`echo $$ >> ${pids(at)}; if [ $(wc -l < ${pids(at)}) = 1 ]; then sleep 60; fi`],
            tests: 'true',
          }),
        ),
      ],
      repositories: [dayRepository],
      workers: ['all', 'all'],
      waitMs: 100_000,
      github: { rateLimits: NO_LIMITS },
      // Long enough to be kept on a busy machine.
      environment: { ...QUICK, CREW_LEASE_SECONDS: '3' },
      before: async (model) => {
        held = await holdModel(model, () => mayPass());
        return held;
      },
    });
    const { parts, database, until } = crew;
    await noteWriters(database.pool);
    const knocks = () => held?.knocks.length ?? 0;
    const counted = { stops: 0, openTransactions: 0, asked: 0, stored: 0, commandsLeft: 0 };
    const owed = { charges: 0, transcripts: 0 };
    const stored: string[] = [];
    const takenOver: (typeof MOMENTS)[number][] = [];
    const heldOne: (typeof MOMENTS)[number][] = [];
    for (const at of issues) {
      const moment = random.pick(MOMENTS);
      const gate = Promise.withResolvers<void>();
      const heir = Promise.withResolvers<void>();
      const isAsking = moment === 'asking' || moment === 'overtaken';
      if (isAsking) mayPass = () => gate.promise;
      const before = knocks();
      const person = parts.github.as(DAY.person);
      const { number } = await person.openIssue(DAY.repository, { title: `Add item ${at}.`, body: '' });
      await person.label(DAY.repository, number, 'crew:auto');
      if (moment === 'running') await until(async () => (await firstOf(pids(at))) !== null);
      else if (isAsking) await until(async () => knocks() > before);
      else await delay(random.between(0, 2_500));
      const zombie = await until(() => whoWorks(database.pool, parts.workers));
      if (moment === 'writing') counted.openTransactions += await stopInTransaction(database.pool, zombie);
      else zombie.signal('SIGSTOP');
      // Nobody has run the command yet: who takes over is not to wait in its place.
      if ((await firstOf(pids(at))) === null) await appendFile(pids(at), 'none\n');
      // What it asked is answered while it hears nothing.
      mayPass = async () => (moment === 'overtaken' ? heir.promise : null);
      gate.resolve();
      counted.stops += 1;
      const lostBefore = await lossesIn(database.pool);
      const isDone = async () => (await rowsOf(database.pool, 'tasks where finished_at is null')) === 0;
      await until(moment === 'overtaken' ? async () => knocks() > before + 1 : isDone);
      const stood = { knocks: knocks(), noted: await notedSoFar(database.pool) };
      await wake(zombie);
      await delay(size.settleMs);
      counted.asked += knocks() - stood.knocks;
      const written = await writtenBy(database.pool, zombie.name, stood.noted);
      stored.push(...beyondOwed(written).map((what) => `${moment}: ${what}`));
      owed.charges += written.filter((what) => what === 'task.charged').length;
      owed.transcripts += written.filter((what) => what === 'transcript.saved').length;
      counted.commandsLeft += await aliveOf(pids(at));
      heir.resolve();
      await until(isDone);
      if ((await lossesIn(database.pool)) > lostBefore) takenOver.push(moment);
      if (HOLDING.includes(moment)) heldOne.push(moment);
    }
    counted.stored = stored.length;
    const { differences } = await auditTrail(database.pool);
    const undone = await rowsOf(database.pool, "tasks where state <> 'done'");
    count({
      ...counted,
      'taken over': `${takenOver.length} of ${size.rounds}`,
      'charges owed': owed.charges,
      'transcripts owed': owed.transcripts,
      differences: differences.length,
    });
    expect({ ...counted, stored, differences, undone }).toMatchObject({
      asked: 0,
      stored: [],
      commandsLeft: 0,
      differences: [],
      undone: 0,
    });
    // Where it held for certain what another then took.
    expect(takenOver.filter((moment) => HOLDING.includes(moment))).toEqual(heldOne);
    expect(takenOver.length).toBeGreaterThan(0);
  },
);

/** What of it is not owed, or more often than once. */
function beyondOwed(written: readonly string[]): readonly string[] {
  return written.filter((what, at) => !OWED.includes(what) || written.indexOf(what) !== at);
}

/** How often subtasks were taken from a worker that kept silent. */
async function lossesIn(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ losses: number }>(
    'select coalesce(sum(losses), 0)::int as losses from subtasks',
  );
  return rows[0]?.losses ?? 0;
}

/** The one that holds a subtask. */
async function whoWorks(pool: Pool, workers: readonly CrewPart[]): Promise<CrewPart | null> {
  const { rows } = await pool.query<{ pid: string }>(
    "select split_part(lease_owner, '/', 2) as pid from subtasks where state = 'running' and lease_owner is not null limit 1",
  );
  return workers.find((worker) => String(worker.pid()) === rows[0]?.pid) ?? null;
}

/** Who ran the command first. */
async function firstOf(file: string): Promise<string | null> {
  const [first = ''] = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  return first === '' ? null : first;
}

/** Commands of whoever was first that still run, a while after it woke. */
async function aliveOf(file: string): Promise<number> {
  const first = Number(await firstOf(file));
  if (!(first > 0)) return 0;
  for (const until = Date.now() + 5_000; Date.now() < until; await delay(50)) {
    try {
      process.kill(first, 0);
    } catch {
      return 0;
    }
  }
  return 1;
}
