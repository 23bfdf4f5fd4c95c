/** A job that kills whoever takes it up: it finishes once it no longer does, or ends where a person sees it; the jobs beside it go on. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import type { CrewPart } from '../support/crew-parts.ts';
import type { Knock } from '../support/held-model.ts';
import { agrees, audits, plans, works } from '../support/scripted-crew.ts';
import { type CrewTrial, crewTrial, OWNER } from './support/crew-trial.ts';
import { trial } from './trial.ts';

const REPOSITORY = `${OWNER}/shop`;
const KILLER = 'Eat all the memory';
const INNOCENT = 'Wrap a gift';

interface Size {
  /** Of the same job, after which it kills no more. */
  readonly kills: number;
  /** That a job may lose before it ends: what is shipped, or fewer. */
  readonly losses: number;
  /** Jobs in the same queue, opened while the killer is at work. */
  readonly innocents: number;
  /** How long each of them takes: longer than a worker lives when the killer is about. */
  readonly seconds: number;
  readonly environment: Readonly<Record<string, string>>;
  /** The longest that anything is waited for. */
  readonly waitMs: number;
}

const SIZES = {
  full: {
    kills: 10,
    losses: 5,
    innocents: 4,
    seconds: 10,
    // Each death waits for a look of the sweep.
    environment: { CREW_SWEEP_SECONDS: '5' },
    waitMs: 600_000,
  },
  short: {
    kills: 2,
    losses: 3,
    innocents: 1,
    seconds: 1,
    environment: { CREW_SWEEP_SECONDS: '0.5', CREW_LOSSES: '3' },
    waitMs: 110_000,
  },
} as const satisfies Record<string, Size>;

describe('a job that kills its worker', () => {
  trial<Size>(
    'each time ends where a person sees it, with the reason, and takes no other down with it',
    SIZES,
    async ({ size, random, count }) => {
      const signs = await mkdtemp(join(tmpdir(), 'crew-signs-'));
      const crew = await stage(size, { signs, command: killsItsWorker(signs) });
      const supervisor = supervise(theWorker(crew), () => rm(join(signs, 'running'), { force: true }));
      const kills = async () => (await readFile(join(signs, 'kills'), 'utf8').catch(() => '')).length;
      try {
        const innocents = await openInnocents(crew, size.innocents, () => delay(random.between(0, 500)));
        const killer = await crew.ask(REPOSITORY, KILLER);

        const ended = await crew.ended(REPOSITORY, killer);

        expect(ended.state).toBe('failed');
        expect(ended.reason).toContain(`died or fell silent ${size.losses} times`);
        await crew.until(async () => {
          const said = await crew.said(REPOSITORY, killer);
          return said.includes(`died or fell silent ${size.losses} times`) && said.includes('/crew retry');
        });
        await allDone(crew, innocents);
        // Nobody takes it up again: the worker lives.
        expect(await kills()).toBe(size.losses);
        await allDone(crew, await openInnocents(crew, 1, async () => {}));
        expect(await kills()).toBe(size.losses);
      } finally {
        supervisor.stop();
        count({ kills: await kills(), 'jobs beside it': size.innocents + 1 });
        await crew.close();
        await rm(signs, { recursive: true, force: true });
      }
    },
  );

  trial<Size>(
    'many times finishes all the same where so many are allowed, and no queue swallows it',
    SIZES,
    async ({ size, count }) => {
      let killed = 0;
      const worker: { part?: CrewPart } = {};
      const mayPass = async ({ role, body }: Knock): Promise<void> => {
        if (role !== 'qa' || !body.includes(KILLER) || killed >= size.kills) return;
        killed += 1;
        await worker.part?.end('SIGKILL');
      };
      const crew = await stage(size, { signs: tmpdir(), command: 'true', mayPass, losses: 20 });
      worker.part = theWorker(crew);
      const supervisor = supervise(worker.part, async () => {});
      try {
        const killer = await crew.ask(REPOSITORY, KILLER);
        const innocents = await openInnocents(crew, size.innocents, async () => {});

        expect(await crew.ended(REPOSITORY, killer)).toMatchObject({ state: 'done', reason: null });
        await allDone(crew, innocents);
        expect(killed).toBe(size.kills);
        const { pulls } = await crew.parts.github.snapshot(REPOSITORY);
        expect(pulls).toHaveLength(size.innocents + 1);
      } finally {
        supervisor.stop();
        count({ kills: killed, 'jobs beside it': size.innocents });
        await crew.close();
      }
    },
  );
});

/** As the system does to whoever started what eats all memory; in the middle of another job's work where there is one. */
function killsItsWorker(signs: string): string {
  const waits = `i=0; until test -e ${signs}/running || test $i -ge 20; do sleep 0.1; i=$((i + 1)); done`;
  return `${waits}; printf x >> ${signs}/kills; kill -9 $PPID; sleep 60`;
}

interface Staging {
  readonly signs: string;
  /** What the killer runs. */
  readonly command: string;
  readonly mayPass?: (knock: Knock) => Promise<void>;
  readonly losses?: number;
}

function stage(
  { seconds, environment, waitMs }: Size,
  { signs, command, mayPass, losses }: Staging,
): Promise<CrewTrial> {
  const writes = { 'notes/gift.md': 'Wrapped.\n' };
  return crewTrial({
    conversations: [
      plans([{ role: 'qa' }]),
      works('qa', { says: INNOCENT, writes, tests: `touch ${signs}/running; sleep ${seconds}` }),
      works('qa', { says: KILLER, runs: [command], writes, tests: 'true' }),
      agrees(),
      audits(),
    ],
    workers: ['strategist,architect,security', 'qa'],
    repositories: [{ name: REPOSITORY, files: { 'README.md': '# Shop\n' } }],
    environment: { ...environment, ...(losses === undefined ? {} : { CREW_LOSSES: String(losses) }) },
    ...(mayPass === undefined ? {} : { mayPass }),
    waitMs,
  });
}

function theWorker({ parts }: CrewTrial): CrewPart {
  const [, worker] = parts.workers;
  if (worker === undefined) throw new Error('there is no second worker');
  return worker;
}

/** Starts it again whenever it has died, as systemd or Docker do. */
function supervise(worker: CrewPart, died: () => Promise<void>): { stop(): void } {
  let stopped = false;
  void (async () => {
    while (!stopped) {
      if (!worker.isRunning()) {
        await died();
        worker.begin();
      }
      await delay(50);
    }
  })();
  return {
    stop: () => {
      stopped = true;
    },
  };
}

async function openInnocents(
  crew: CrewTrial,
  innocents: number,
  pause: () => Promise<void>,
): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let at = 0; at < innocents; at += 1) {
    numbers.push(await crew.ask(REPOSITORY, `${INNOCENT}, number ${at}`));
    await pause();
  }
  return numbers;
}

async function allDone(crew: CrewTrial, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const { state, reason } = await crew.ended(REPOSITORY, number);
    expect({ number, state, reason }).toEqual({ number, state: 'done', reason: null });
  }
}
