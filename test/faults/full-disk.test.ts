/** A disk that is full, by whatever fills it, ends what does not fit with the reason, is cleaned, and harms nothing else. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { postWebhook } from '../support/post-webhook.ts';
import { agrees, audits, plans, works } from '../support/scripted-crew.ts';
import { type CrewTrial, crewTrial, OWNER } from './support/crew-trial.ts';
import { hurry } from './support/hurry.ts';
import { insideOf, largeRepository, onSmallDisk, smallDisksAreHere, usedMib } from './support/small-disk.ts';
import { trial } from './trial.ts';

const SHOP = `${OWNER}/shop`;
const HUGE = `${OWNER}/huge`;
const FILLER = 'Fill the disk';
const FULL = /The disk of the workspaces is full/;
const REMEDY = /CREW_STATE_DIR/;
/** What an agent left there may also be more than a change may hold. */
const FILLED = /The disk of the workspaces is full|is larger than|changed files have \d+ bytes; the limit is/;
const SMALLER = /CREW_STATE_DIR|in smaller parts|less at once/;
const FILLINGS = ['repository', 'agent'] as const;
const HURRIED = { CREW_SWEEP_SECONDS: '0.5', CREW_LOOK_AGAIN_SECONDS: '0.5' };
/** What a small repository and its jobs take, at most, when all of them have ended. */
const REST_MIB = 2;

interface Size {
  readonly diskMib: number;
  readonly hugeMib: number;
  readonly others: number;
  /** Of what fills the disk: the repository, and an agent. */
  readonly together: boolean;
  readonly environment: Readonly<Record<string, string>>;
}

describe.skipIf(!smallDisksAreHere)('a full disk (needs bubblewrap)', () => {
  trial<Size>(
    'fails what does not fit, with the reason and the remedy, and leaves nothing; other jobs go on',
    {
      full: { diskMib: 64, hugeMib: 2_048, others: 4, together: true, environment: {} },
      short: { diskMib: 12, hugeMib: 24, others: 1, together: false, environment: HURRIED },
    },
    async ({ size, random, count }) => {
      const dir = await mkdtemp(join(tmpdir(), 'crew-huge-'));
      const crew = await stage(size, (verb) => (verb === 'worker' ? size.diskMib : null));
      try {
        await hurry(crew.database, { table: 'subtasks', ms: 200 });
        const fills = size.together ? FILLINGS : [random.pick(FILLINGS)];
        const huge = fills.includes('repository') ? await askedOfHuge(crew, dir, size.hugeMib) : null;
        const filler = fills.includes('agent') ? await crew.ask(SHOP, FILLER) : null;
        const others = await asked(crew, size.others);

        for (const number of others) await expectDone(crew, number);
        if (huge !== null) await expectTold(crew, [HUGE, huge], FULL, REMEDY);
        if (filler !== null) await expectTold(crew, [SHOP, filler], FILLED, SMALLER);
        for (const number of await asked(crew, 1)) await expectDone(crew, number);
        await expectClean(crew);
        count({
          'disk (MiB)': size.diskMib,
          'repository (MiB)': size.hugeMib,
          'filled by': fills.join(' and '),
          'failed with the reason': fills.length,
          'other jobs done': size.others + 1,
        });
      } finally {
        await crew.close();
        await rm(dir, { recursive: true, force: true });
      }
    },
  );

  trial<Size>(
    "of the publisher's delays what is to be published until there is room, and then it is there once",
    {
      full: { diskMib: 64, hugeMib: 0, others: 4, together: false, environment: {} },
      short: { diskMib: 8, hugeMib: 0, others: 1, together: false, environment: HURRIED },
    },
    async ({ size, count }) => {
      const crew = await stage(size, (verb) => (verb === 'web' ? size.diskMib : null));
      try {
        const [web] = crew.parts.webs;
        if (web === undefined) throw new Error('nobody publishes');
        const fill = join(await insideOf(web), 'fill');
        await writeFile(fill, Buffer.alloc(size.diskMib * 1024 ** 2)).catch(() => {});

        const others = await asked(crew, size.others);
        await crew.until(async () => {
          const { rows } = await crew.database.pool.query(
            `select from effects where error ~ '${FULL.source}'`,
          );
          return rows.length >= size.others;
        });
        expect((await crew.parts.github.snapshot(SHOP)).pulls).toEqual([]);
        await rm(fill);

        for (const number of others) await expectDone(crew, number);
        expect((await crew.parts.github.snapshot(SHOP)).pulls).toHaveLength(size.others);
        count({ 'disk (MiB)': size.diskMib, published: size.others });
      } finally {
        await crew.close();
      }
    },
  );

  trial<FullDatabase>(
    'of the database, or a lack of its memory, has webhooks answered 503 and work wait, and then all of it is done once',
    {
      full: { times: 4, lastsMs: 20_000, environment: {} },
      short: { times: 1, lastsMs: 1_500, environment: HURRIED },
    },
    async ({ size, random, count }) => {
      const crew = await stage({ diskMib: 0, ...size }, () => null);
      const numbers: number[] = [];
      try {
        await hurry(crew.database, { table: 'subtasks', ms: 200 });
        const states = random.shuffled(['53100', '53200'] as const);
        for (let time = 0; time < size.times; time += 1) {
          const under = await crew.ask(SHOP, `Wrap gift ${time}`);
          await crew.until(async () => (await crew.task(SHOP, under))?.state === 'working');
          await refuseWrites(crew, states[time % states.length] ?? '53100');
          const body = JSON.stringify({ action: 'opened', zen: 'Anything added dilutes everything else.' });
          const { status } = await postWebhook(crew.parts.url, crew.parts.webhookSecret, {
            event: 'ping',
            body,
          });
          expect(status).toBe(503);
          numbers.push(under, await crew.ask(SHOP, `Wrap gift ${time} in paper`));
          await delay(random.between(size.lastsMs / 2, size.lastsMs));
          await takeWrites(crew);
          for (const number of numbers) await expectDone(crew, number);
        }
        expect((await crew.parts.github.snapshot(SHOP)).pulls).toHaveLength(numbers.length);
        expect(crew.parts.parts.filter((part) => !part.isRunning())).toEqual([]);
        count({ 'times without room': size.times, published: numbers.length });
      } finally {
        await crew.close();
      }
    },
  );
});

interface FullDatabase {
  readonly times: number;
  /** The longest that it has no room. */
  readonly lastsMs: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** In the place of a disk or a memory that is full: the database itself answers so, to all that is written. */
async function refuseWrites({ database }: CrewTrial, state: string): Promise<void> {
  await database.pool.query(`
    create or replace function refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'could not extend file' using errcode = '${state}';
    end
    $$;
    create trigger refuse before insert or update on deliveries for each statement execute function refuse();
    create trigger refuse before insert or update on tasks for each statement execute function refuse();
    create trigger refuse before insert or update on subtasks for each statement execute function refuse();
    create trigger refuse before insert or update on effects for each statement execute function refuse();
    create trigger refuse before insert on events for each statement execute function refuse()`);
}

async function takeWrites({ database }: CrewTrial): Promise<void> {
  await database.pool.query('drop function refuse() cascade');
}

async function askedOfHuge(crew: CrewTrial, dir: string, mebibytes: number): Promise<number> {
  const from = join(dir, 'huge.git');
  await largeRepository(from, mebibytes);
  const [owner = '', name = ''] = HUGE.split('/');
  await crew.parts.github.seedRepository({ owner, name, from });
  return crew.ask(HUGE, 'Wrap something huge');
}

function stage(
  { diskMib, environment }: Pick<Size, 'diskMib' | 'environment'>,
  diskOf: (verb: 'web' | 'worker') => number | null,
): Promise<CrewTrial> {
  return crewTrial({
    conversations: [
      plans([{ role: 'qa' }]),
      // As a patient agent, or a patient person: once more, while there is no room.
      works('qa', { runs: ['until echo Wrapped. > gift.md; do sleep 0.2; done'], tests: 'sleep 1' }),
      works('qa', { says: FILLER, runs: [fills(diskMib)], tests: 'true' }),
      agrees(),
      audits(),
    ],
    workers: ['strategist,architect,security,qa'],
    repositories: [{ name: SHOP, files: { 'README.md': '# Shop\n' } }],
    environment: { CREW_CONCURRENCY: '3', CREW_RECOVERY_SECONDS: '2', ...environment },
    inside: (verb, stateDir) => {
      const mebibytes = diskOf(verb);
      return mebibytes === null ? [] : onSmallDisk(stateDir, mebibytes);
    },
    waitMs: 200_000,
  });
}

/** All that there is, once that is more than half of the disk. */
function fills(diskMib: number): string {
  const fill = `head -c ${diskMib}M /dev/urandom > fill.bin`;
  return `until ${fill}; test $(stat -c %s fill.bin) -gt ${(diskMib / 2) * 1024 ** 2}; do sleep 0.2; done`;
}

async function expectTold(
  crew: CrewTrial,
  [repository, number]: readonly [string, number],
  ...patterns: readonly RegExp[]
): Promise<void> {
  const { state, reason } = await crew.ended(repository, number);
  expect({ state, reason }).toEqual({ state: 'failed', reason: expect.stringMatching(patterns[0] ?? '') });
  await crew.until(async () => {
    const said = await crew.said(repository, number);
    return [...patterns, /\/crew retry/].every((pattern) => pattern.test(said));
  });
}

async function asked(crew: CrewTrial, issues: number): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let at = 0; at < issues; at += 1) numbers.push(await crew.ask(SHOP, `Wrap gift ${at}`));
  return numbers;
}

async function expectDone(crew: CrewTrial, number: number): Promise<void> {
  const { state, reason } = await crew.ended(SHOP, number);
  expect({ number, state, reason }).toEqual({ number, state: 'done', reason: null });
}

/** The mirror of the small repository is there, and nothing else of any job. */
async function expectClean(crew: CrewTrial): Promise<void> {
  const [worker] = crew.parts.workers;
  if (worker === undefined) throw new Error('nobody works');
  const inside = await insideOf(worker);
  const mirrors = join(inside, 'workspaces/mirrors');
  await crew.until(async () => (await readdir(join(inside, 'workspaces/work'))).length === 0);
  const { repo } = await crew.parts.github.snapshot(SHOP);
  expect(await readdir(mirrors)).toEqual([`${repo.id}.git`]);
  const packs = await readdir(join(mirrors, `${repo.id}.git`, 'objects/pack'));
  expect(packs.filter((one) => one.startsWith('tmp_'))).toEqual([]);
  expect(await usedMib(inside)).toBeLessThan(REST_MIB);
}
