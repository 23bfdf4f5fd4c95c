import { Octokit } from '@octokit/core';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { createRecovery } from '../../src/app/ingest/recover-deliveries.ts';
import type { Clock } from '../../src/core/ports.ts';
import { silentLog } from '../support/silent-log.ts';

const API = 'http://api.github.test';
const NOW = Date.parse('2026-01-10T12:00:00Z');
const EVERY_MS = 5 * 60_000;
const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();
const clock: Clock = { now: () => new Date(NOW), sleep: () => Promise.resolve() };

beforeAll(() => nock.disableNetConnect());
afterEach(() => nock.cleanAll());
afterAll(() => nock.restore());

function recovery(
  stored: readonly string[] = [],
  over: { readonly redeliveriesMax?: number; readonly clock?: Clock } = {},
) {
  const deliveries = {
    get: async (guid: string) => (stored.includes(guid) ? ({ guid } as never) : null),
  } as never;
  return createRecovery({
    github: new Octokit({ baseUrl: API }),
    store: { deliveries },
    clock,
    log: silentLog,
    everyMs: EVERY_MS,
    ...over,
  });
}

const listed = (id: number, guid: string, status: number, ago: number) => ({
  id,
  guid,
  status_code: status,
  delivered_at: minutesAgo(ago),
});

function list(page: readonly object[], next?: string): void {
  nock(API)
    .get('/app/hook/deliveries')
    .query(true)
    .reply(
      200,
      page,
      next === undefined ? {} : { link: `<${API}/app/hook/deliveries?cursor=${next}>; rel="next"` },
    );
}

/** Ids that were asked for again, in order. */
function redeliveries(): number[] {
  const asked: number[] = [];
  nock(API)
    .persist()
    .post(/^\/app\/hook\/deliveries\/\d+\/attempts$/)
    .reply(202, (request: Request) => {
      asked.push(Number(new URL(request.url).pathname.split('/').at(-2)));
      return {};
    });
  return asked;
}

it('asks again for what failed and never reached the store, oldest first', async () => {
  const asked = redeliveries();
  list([listed(3, 'lost-2', 503, 5), listed(2, 'fine', 202, 10), listed(1, 'lost-1', 0, 20)]);

  expect(await recovery().look()).toEqual({ asked: 2, left: 0 });
  expect(asked).toEqual([1, 3]);
});

it.each([
  ['is in the store', ['lost'], [listed(1, 'lost', 503, 20)]],
  ['succeeded at another attempt', [], [listed(2, 'lost', 202, 10), listed(1, 'lost', 503, 20)]],
  ['was tried again just now', [], [listed(2, 'lost', 503, 1), listed(1, 'lost', 503, 200)]],
  [
    'was tried again often, the last time within the hour',
    [],
    [30, 90, 150, 210, 270, 330, 390].map((ago, at) => listed(9 - at, 'lost', 503, ago)),
  ],
  ['we refuse for good', [], [listed(1, 'lost', 422, 200)]],
  ['is older than GitHub redelivers', [], [listed(1, 'lost', 503, 4 * 24 * 60)]],
])('leaves alone what %s', async (_what, stored, page) => {
  const asked = redeliveries();
  list(page);

  expect(await recovery(stored).look()).toEqual({ asked: 0, left: 0 });
  expect(asked).toEqual([]);
});

it('follows the pages back to the last look', async () => {
  const asked = redeliveries();
  list([listed(9, 'a', 503, 5)], 'next');
  list([listed(8, 'b', 503, 2_000)]);
  const looking = recovery();

  await looking.look();
  list([listed(9, 'a', 202, 5), listed(7, 'c', 503, 2_000)], 'never-followed');

  expect(await looking.look()).toEqual({ asked: 0, left: 0 });
  expect(asked).toEqual([8, 9]);
});

it('asks for a bounded number at once, and says how many are left', async () => {
  redeliveries();
  list(Array.from({ length: 60 }, (_, id) => listed(id, `lost-${id}`, 503, 5)));

  expect(await recovery([], { redeliveriesMax: 50 }).look()).toEqual({ asked: 50, left: 10 });
});

it('asks again in the next look for a redelivery that failed too', async () => {
  const asked = redeliveries();
  list([listed(2, 'lost', 503, 4.9), listed(1, 'lost', 0, 30)]);

  expect(await recovery().look()).toEqual({ asked: 1, left: 0 });
  expect(asked).toEqual([2]);
});

it('does not ask again for what it asked for and GitHub has not listed yet', async () => {
  redeliveries();
  const page = [listed(1, 'lost', 503, 30)];
  const looking = recovery();
  list(page);
  await looking.look();
  list(page);

  expect(await looking.look()).toEqual({ asked: 0, left: 0 });
});

it('looks again at once for what was too much for one look', async () => {
  const asked = redeliveries();
  const stop = new AbortController();
  const clock: Clock = { now: () => new Date(NOW), sleep: async () => stop.abort() };
  for (let look = 0; look < 3; look += 1) {
    list(Array.from({ length: 5 }, (_, id) => listed(id, `lost-${id}`, 503, 5)));
  }

  await recovery([], { redeliveriesMax: 2, clock }).run(stop.signal);

  expect(asked.toSorted()).toEqual([0, 1, 2, 3, 4]);
});

it('goes on looking after a look that failed, until it is told to stop', async () => {
  const stop = new AbortController();
  let looks = 0;
  const github = {
    request: () => {
      looks += 1;
      if (looks === 3) stop.abort();
      return Promise.reject(new Error('GitHub is down'));
    },
  } as never;
  const store = { deliveries: {} as never };

  await createRecovery({ github, store, clock, log: silentLog, everyMs: EVERY_MS }).run(stop.signal);

  expect(looks).toBe(3);
});
