/** A disk that is full, by whatever fills it, ends what does not fit with the reason, is cleaned, and harms nothing else. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
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
const FILLED = /The disk of the workspaces is full|is larger than/;
const SMALLER = /CREW_STATE_DIR|in smaller parts/;
/** What a small repository and its jobs take, at most, when all of them have ended. */
const REST_MIB = 2;

interface Size {
  readonly diskMib: number;
  readonly hugeMib: number;
  readonly others: number;
  readonly environment: Readonly<Record<string, string>>;
}

describe.skipIf(!smallDisksAreHere)('a full disk (needs bubblewrap)', () => {
  trial<Size>(
    'fails what does not fit, with the reason and the remedy, and leaves nothing; other jobs go on',
    {
      full: { diskMib: 64, hugeMib: 2_048, others: 4, environment: {} },
      short: { diskMib: 12, hugeMib: 24, others: 1, environment: { CREW_SWEEP_SECONDS: '1' } },
      minutes: { short: 5 },
    },
    async ({ size, count }) => {
      const dir = await mkdtemp(join(tmpdir(), 'crew-huge-'));
      const crew = await stage(size, (verb) => (verb === 'worker' ? size.diskMib : null));
      try {
        await hurry(crew.database);
        await largeRepository(join(dir, 'huge.git'), size.hugeMib);
        const [owner = '', name = ''] = HUGE.split('/');
        await crew.parts.github.seedRepository({ owner, name, from: join(dir, 'huge.git') });

        const huge = await crew.ask(HUGE, 'Wrap something huge');
        const filler = await crew.ask(SHOP, FILLER);
        const others = await asked(crew, size.others);

        for (const number of others) await expectDone(crew, number);
        await expectTold(crew, [HUGE, huge], FULL, REMEDY);
        await expectTold(crew, [SHOP, filler], FILLED, SMALLER);
        for (const number of await asked(crew, 1)) await expectDone(crew, number);
        await expectClean(crew);
        count({
          'disk (MiB)': size.diskMib,
          'repository (MiB)': size.hugeMib,
          'failed with the reason': 2,
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
      full: { diskMib: 64, hugeMib: 0, others: 4, environment: {} },
      short: { diskMib: 8, hugeMib: 0, others: 1, environment: { CREW_SWEEP_SECONDS: '1' } },
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
});

function stage(
  { diskMib, environment }: Size,
  diskOf: (verb: 'web' | 'worker') => number | null,
): Promise<CrewTrial> {
  return crewTrial({
    conversations: [
      plans([{ role: 'qa' }]),
      // As a patient agent, or a patient person: once more, while there is no room.
      works('qa', { runs: ['until echo Wrapped. > gift.md; do sleep 0.2; done'], tests: 'sleep 1' }),
      works('qa', { says: FILLER, runs: [fills(diskMib)], tests: 'sleep 1' }),
      agrees(),
      audits(),
    ],
    workers: ['strategist,architect,security,qa'],
    repositories: [{ name: SHOP, files: { 'README.md': '# Shop\n' } }],
    environment: { CREW_CONCURRENCY: '3', ...environment },
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
