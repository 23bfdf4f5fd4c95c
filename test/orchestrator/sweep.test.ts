import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Clock, Job } from '../../src/core/ports.ts';
import type { Store } from '../../src/core/store-ports.ts';
import { sweep, sweepOnce } from '../../src/orchestrator/sweep.ts';
import { silentLog } from '../support/silent-log.ts';
import type { TestCrew } from './crew.ts';
import { LEASE_MS, testCrew } from './crew.ts';

const PATIENCE_MS = 30_000;

let crew: TestCrew;

beforeEach(async () => {
  crew = await testCrew();
});
afterEach(() => crew.end());

const sweeping = () => ({
  store: crew.store,
  doorbell: crew.bell,
  clock: crew.clock,
  log: silentLog,
  clean: async () => {},
  everyMs: 15_000,
  patienceMs: PATIENCE_MS,
});

/** Loses every ring of what `body` does. */
async function unheard(body: () => Promise<unknown>): Promise<void> {
  crew.bell.broken = true;
  await body();
  crew.bell.broken = false;
}

/** What one sweep rings for. */
async function swept(): Promise<readonly Job[]> {
  crew.bell.rings = [];
  await sweepOnce(sweeping());
  return crew.bell.rings.splice(0).map(({ job }) => job);
}

async function newDelivery(): Promise<string> {
  const guid = randomUUID();
  await crew.store.deliveries.add({
    guid,
    event: 'issues',
    action: 'labeled',
    body: '{}',
    bodyHash: createHash('sha256').update(guid).digest('hex'),
    installationId: 7,
    repository: 'acme/pantry',
  });
  return guid;
}

it('a delivery that nobody was told of is rung for, and not again within patience', async () => {
  const guid = await newDelivery();

  expect(await swept()).toEqual([{ step: 'dispatch', guid }]);
  expect(await swept()).toEqual([]);
  crew.clock.pass(PATIENCE_MS + 1);
  expect(await swept()).toEqual([{ step: 'dispatch', guid }]);
});

it('a task whose first ring was lost is looked at, and its effect and its subtask are rung for', async () => {
  let taskId = '';
  await unheard(async () => {
    taskId = (await crew.newTask()).id;
  });

  expect(await swept()).toEqual([{ step: 'advance', taskId }]);
  await crew.handle({ step: 'advance', taskId });
  expect(crew.bell.rings.map(({ job }) => job.step).sort()).toEqual(['publish', 'work']);
});

it('an effect whose ring was lost is rung for after patience, and a done one never', async () => {
  const task = await crew.newTask();
  await unheard(() => crew.handle({ step: 'advance', taskId: task.id }));
  const [effect] = await crew.store.effects.ofTask(task.id);

  crew.clock.pass(PATIENCE_MS + 1);
  expect(await swept()).toContainEqual({ step: 'publish', effectId: effect?.id });
  await crew.settle();
  await crew.handle({ step: 'publish', effectId: effect?.id ?? '' });
  crew.clock.pass(PATIENCE_MS + 1);
  const again = await swept();

  expect(again.filter((job) => job.step === 'publish')).toEqual([]);
});

it('a subtask whose ring was lost is rung for within a minute, and only once', async () => {
  const task = await crew.newTask();
  await unheard(() => crew.handle({ step: 'advance', taskId: task.id }));
  const looks = [15_000, 15_000, 15_000, 15_000];
  const rungAfter: number[] = [];

  for (const [index, everyMs] of looks.entries()) {
    crew.clock.pass(everyMs);
    for (const job of await swept()) if (job.step === 'advance') await crew.handle(job);
    const rings = crew.bell.rings.splice(0).filter(({ job }) => job.step === 'work');
    rungAfter.push(...rings.map(() => (index + 1) * everyMs));
  }

  expect(rungAfter[0]).toBeLessThanOrEqual(60_000);
  expect(rungAfter.length).toBeLessThanOrEqual(2);
});

it.each([1_000, 9_000, 11_000, 24_000, 29_000])(
  'so it is where the sweep looked at the task %i ms after that ring',
  async (lookedMs) => {
    const task = await crew.newTask();
    await unheard(() => crew.handle({ step: 'advance', taskId: task.id }));
    let [waitedMs, passMs, rung] = [0, lookedMs, 0];

    while (rung === 0 && waitedMs < 120_000) {
      crew.clock.pass(passMs);
      waitedMs += passMs;
      for (const job of await swept()) if (job.step === 'advance') await crew.handle(job);
      rung = crew.bell.rings.splice(0).filter(({ job }) => job.step === 'work').length;
      passMs = 15_000;
    }

    expect(waitedMs).toBeLessThanOrEqual(60_000);
  },
);

it('a subtask whose worker died without a word is rung for once its lease has run out', async () => {
  const task = await crew.newTask();
  const job = await crew.next('work');
  if (job.step !== 'work') throw new Error('no work');
  await crew.store.subtasks.claim(job.subtaskId, 'host/9/9', LEASE_MS);
  const worksOf = async () => {
    for (const one of await swept()) if (one.step === 'advance') await crew.handle(one);
    return crew.bell.rings.splice(0).filter((ring) => ring.job.step === 'work');
  };

  crew.clock.pass(PATIENCE_MS + 1);
  expect(await worksOf()).toEqual([]);
  crew.clock.pass(LEASE_MS);

  expect(await worksOf()).toEqual([{ job, delayMs: 0 }]);
  await crew.handle(job);
  await crew.settle();
  expect((await crew.records(task)).task.state).toBe('awaiting_approval');
});

it('an effect whose publisher died is rung for once its lease has run out', async () => {
  await crew.newTask();
  const job = await crew.next('publish');
  if (job.step !== 'publish') throw new Error('no effect');
  await crew.store.effects.claim(job.effectId, 'host/9/9', LEASE_MS);

  crew.clock.pass(LEASE_MS + 1);

  expect(await swept()).toContainEqual(job);
});

it('processes that sweep at the same time ring once between them', async () => {
  const guids = await Promise.all(Array.from({ length: 20 }, newDelivery));
  await unheard(() => Promise.all([crew.newTask(), crew.newTask()]));
  crew.bell.rings = [];

  await Promise.all(Array.from({ length: 4 }, () => sweepOnce(sweeping())));

  const rung = crew.bell.rings.map(({ job }) => JSON.stringify(job));
  expect(new Set(rung).size).toBe(rung.length);
  expect(rung).toHaveLength(guids.length + 2);
});

it('a task that has ended is left alone', async () => {
  const task = await crew.newTask();
  await crew.stop(task);
  await crew.settle();
  crew.clock.pass(PATIENCE_MS + 1);

  expect(await swept()).not.toContainEqual({ step: 'advance', taskId: task.id });
});

it('a look that fails is logged, and the next one is made', async () => {
  const ending = new AbortController();
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (_fields: object, message: string) => void warnings.push(message) };
  let looks = 0;
  const clean = async () => {
    looks += 1;
    if (looks === 1) throw new Error('no answer');
    ending.abort();
  };

  await sweep({ ...sweeping(), log, clean }, ending.signal);

  expect(looks).toBe(2);
  expect(warnings).toEqual(['the sweep could not look; it looks again']);
});

it('memories that nobody used are ended at once and then every hour, and a full round is followed by another', async () => {
  const ending = new AbortController();
  const found = [200, 3, 0];
  const lookedAt: number[] = [];
  const startedAt = crew.clock.now().getTime();
  const store: Store = {
    ...crew.store,
    memories: {
      ...crew.store.memories,
      expire: async (limit) => {
        lookedAt.push(Math.round((crew.clock.now().getTime() - startedAt) / 60_000));
        if (found.length === 1) ending.abort();
        return Math.min(limit, found.shift() ?? 0);
      },
    },
  };
  const clock: Clock = { now: () => crew.clock.now(), sleep: async () => crew.clock.pass(60_000) };

  await sweep({ ...sweeping(), store, clock }, ending.signal);

  expect(lookedAt).toEqual([0, 1, 61]);
});

it('a memory that has ended is deleted by the sweep', async () => {
  const ending = new AbortController();
  const evidence = { by: 'ada', number: 3, url: null, quote: '' };
  const memory = { repositoryId: 1, key: 'k', kind: 'lesson', text: 'A.', path: null, evidence } as const;
  await crew.store.memories.add(memory, 'ada');
  crew.clock.pass(91 * 24 * 3_600_000);
  const log = { ...silentLog, info: (_fields: object, message: string) => void said.push(message) };
  const said: string[] = [];
  const clock: Clock = { now: () => crew.clock.now(), sleep: async () => ending.abort() };

  await sweep({ ...sweeping(), log, clock }, ending.signal);

  expect(said).toContain('the sweep ended memories that nobody used');
  expect(await crew.store.memories.expire(10)).toBe(0);
});
