import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AllowanceLimits, GitHubAllowances } from '../../src/core/github-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { systemClock } from '../../src/wire/clock.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';

const LIMITS: AllowanceLimits = {
  writesPerMinute: 5,
  contentPerMinute: 3,
  contentPerHour: 4,
  spacingMs: 0,
  flightMs: 20_000,
};

let database: TestDatabase;
let allowances: GitHubAllowances;

beforeEach(async () => {
  database = await testDatabase();
  const options = { clock: systemClock, newId: () => 'none', onCommitted: () => {} };
  allowances = createStore({ pool: database.pool, ...options }).allowances;
});
afterEach(() => database.drop());

const take = (content = true, over: Partial<AllowanceLimits> = {}, patienceMs = 0, account = 'one') =>
  allowances.take(account, { content, limits: { ...LIMITS, ...over }, patienceMs });
/** As if it had been so much earlier. */
const pass = (ms: number) =>
  database.pool.query(`update github_places set at = at - $1 * interval '1 millisecond'`, [ms]);
/** Taken, sent and answered. */
const sent = async (content = true) => {
  const { id } = await take(content);
  if (id === null) throw new Error('there was no place');
  await allowances.over(id, true);
};

describe('a minute', () => {
  it('has so many places for content, and a few more for other writes', async () => {
    for (let at = 0; at < 3; at += 1) await sent();
    expect(await take()).toMatchObject({ id: null });
    await sent(false);
    await sent(false);
    expect(await take(false)).toMatchObject({ id: null });
  });

  it('is over after it, for each request by itself', async () => {
    await sent();
    await pass(40_000);
    await sent();
    await sent();
    const before = await take();
    await pass(22_000);
    const first = await take();
    const second = await take();

    expect(before.waitMs).toBeGreaterThan(20_000);
    expect(before.waitMs).toBeLessThan(21_500);
    expect([first.id === null, second.id === null]).toEqual([false, true]);
  });

  it('counts a request from its end, for on its way it may have taken its time', async () => {
    const slow = await take();
    await pass(0);
    await sent();
    await sent();
    // Not answered yet, it may arrive 20 s from now.
    await pass(62_000);
    const unanswered = await take(true, { contentPerMinute: 1 });
    await allowances.over(slow.id ?? '', true);

    expect(unanswered.id).toBeNull();
    expect(unanswered.waitMs).toBeGreaterThan(15_000);
  });

  it('has the place of what was never sent for another', async () => {
    const places = [await take(), await take(), await take()];
    await allowances.over(places[0]?.id ?? '', false);

    expect((await take()).id).not.toBeNull();
    expect((await take()).id).toBeNull();
  });

  it('never has more than it has, however many ask at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => take()));

    expect(answers.filter(({ id }) => id !== null)).toHaveLength(3);
  });
});

it('has so many places in an hour', async () => {
  for (let at = 0; at < 4; at += 1) {
    await sent();
    await pass(100_000);
  }
  const full = await take();
  await pass(3_605_000 - 400_000 + 1);

  expect(full.id).toBeNull();
  expect(full.waitMs).toBeGreaterThan(3_200_000 - 1_000);
  expect((await take()).id).not.toBeNull();
});

it('gives turns that keep their distance, as far ahead as the patience reaches', async () => {
  const turns = await Promise.all(Array.from({ length: 4 }, () => take(false, { spacingMs: 1_000 }, 2_500)));
  const waits = turns.map(({ waitMs }) => waitMs).sort((a, b) => a - b);

  expect(turns.filter(({ id }) => id !== null)).toHaveLength(3);
  expect(waits[1]).toBeGreaterThan(500);
  expect((waits[2] ?? 0) - (waits[1] ?? 0)).toBeGreaterThan(900);
});

describe('a pause', () => {
  it('holds for its account alone, and is not made shorter', async () => {
    await allowances.pause('one', 60_000);
    await allowances.pause('one', 1_000);

    expect(await allowances.pausedMs('one')).toBeGreaterThan(55_000);
    expect(await allowances.pausedMs('other')).toBe(0);
    expect(await take()).toMatchObject({ id: null });
    expect((await take(true, {}, 0, 'other')).id).not.toBeNull();
  });

  it('is written at once, before all that wait for places', async () => {
    await take(false);
    const holder = await database.pool.connect();
    try {
      await holder.query('begin');
      // As long as another takes a place: its lock (see `PLACE_LOCKS`).
      await holder.query(`select pg_advisory_xact_lock(29814, hashtext('one'))`);
      const waiting = take(false);
      await allowances.pause('one', 60_000);
      await holder.query('commit');

      expect(await waiting).toMatchObject({ id: null });
    } finally {
      holder.release();
    }
  });

  it('ends', async () => {
    await allowances.pause('one', 60_000);
    await database.pool.query(`update github_accounts set paused_until = now() - interval '1 second'`);

    expect(await allowances.pausedMs('one')).toBe(0);
    expect((await take()).id).not.toBeNull();
  });
});

it('keeps no place for longer than it counts', async () => {
  await sent();
  await pass(3 * 3_600_000);
  await sent();

  const { rows } = await database.pool.query('select count(*)::int as places from github_places');
  expect(rows).toEqual([{ places: 1 }]);
});
