/** Clients on accounts that the store keeps: two of them are two processes. */
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GitHubClients } from '../../src/app/github/clients.ts';
import { isContent, pacingWith } from '../../src/app/github/pacing.ts';
import { sentOf } from '../../src/app/github/refusal.ts';
import type { GitHubAllowances } from '../../src/core/github-ports.ts';
import { createStore } from '../../src/store/store.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { repository } from '../support/records.ts';
import {
  API_URL,
  AT,
  failureOf,
  QUICK_PACING,
  type RequestWatch,
  testClients,
  testClock,
  tokens,
  watchRequests,
} from './github-parts.ts';

const ISSUE = { ...AT, issue_number: 12 };

let database: TestDatabase;
let allowances: GitHubAllowances;
let watch: RequestWatch;

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
beforeEach(async () => {
  nock.enableNetConnect(/127\.0\.0\.1|localhost/);
  database = await testDatabase();
  const clock = testClock();
  allowances = createStore({
    pool: database.pool,
    clock,
    newId: () => 'none',
    onCommitted: () => {},
  }).allowances;
  watch = watchRequests();
  tokens(2);
});
afterEach(async () => {
  nock.cleanAll();
  await database.drop();
  expect(watch.problems()).toEqual([]);
});

const processOf = (pacing: Partial<typeof QUICK_PACING> = {}): GitHubClients =>
  testClients({ fetch: watch.fetch, allowances, pacing: { ...QUICK_PACING, ...pacing } });
const writing = (clients: GitHubClients, startBefore?: Date) =>
  clients.forRepository(repository, { issues: 'write' }, startBefore);
const sent = () => watch.sent.filter(({ path }) => path.includes('/issues/')).map(({ path }) => path);

describe('two processes', () => {
  it('make no more content in a minute than one of them may, and none of it is in doubt', async () => {
    nock(API_URL).post('/repos/acme/pantry/issues/12/comments').times(9).reply(201, { id: 1 });
    const [one, other] = [
      await writing(processOf({ contentPerMinute: 3 })),
      await writing(processOf({ contentPerMinute: 3 })),
    ];

    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, at) =>
        (at % 2 === 0 ? one : other).rest.issues.createComment({ ...ISSUE, body: `${at}` }),
      ),
    );

    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(sent()).toHaveLength(3);
    expect(refused).toHaveLength(5);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ name: 'TransientError' });
      expect(reason.retryAfterMs).toBeGreaterThan(55_000);
      expect(sentOf(reason)).toBe('no');
    }
  });

  it('ask nothing while GitHub wants one of them to wait', async () => {
    nock(API_URL)
      .post('/repos/acme/pantry/issues/12/comments')
      .reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '90' });
    const [one, other] = [await writing(processOf()), await writing(processOf())];

    const met = await failureOf(one.rest.issues.createComment({ ...ISSUE, body: 'one' }));
    const write = await failureOf(other.rest.issues.createComment({ ...ISSUE, body: 'two' }));
    const read = await failureOf(other.rest.issues.get(ISSUE));

    expect(met).toMatchObject({ name: 'TransientError', retryAfterMs: 90_000 });
    expect(sent()).toHaveLength(1);
    for (const error of [write, read]) {
      expect(error).toMatchObject({ name: 'TransientError' });
      expect((error as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(80_000);
      expect(sentOf(error)).toBe('no');
    }
  });

  it('write nothing more once one of them was refused, not even what had its turn before', async () => {
    nock(API_URL)
      .post('/repos/acme/pantry/issues/12/comments')
      .reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '90' });
    // The store has the pause late, and this process had its answer by then.
    const kept = Promise.withResolvers<void>();
    const pausing = Promise.withResolvers<void>();
    const late: GitHubAllowances = {
      ...allowances,
      pause: async () => {
        pausing.resolve();
        await kept.promise;
      },
    };
    const github = await writing(testClients({ fetch: watch.fetch, allowances: late }));

    const met = failureOf(github.rest.issues.createComment({ ...ISSUE, body: 'one' }));
    await pausing.promise;
    const write = await failureOf(github.rest.issues.createComment({ ...ISSUE, body: 'two' }));
    const read = await failureOf(github.rest.issues.get(ISSUE));
    kept.resolve();

    expect(await met).toMatchObject({ name: 'TransientError', retryAfterMs: 90_000 });
    for (const error of [write, read]) {
      expect(error).toMatchObject({ name: 'TransientError' });
      expect(sentOf(error)).toBe('no');
    }
    expect(sent()).toHaveLength(1);
  });

  it('ask nothing while GraphQL says that its limit is used up', async () => {
    nock(API_URL)
      .post('/graphql')
      .reply(200, { errors: [{ type: 'RATE_LIMITED', message: 'API rate limit exceeded' }] });
    const [one, other] = [await writing(processOf()), await writing(processOf())];

    await failureOf(one.graphql('query { viewer { login } }'));
    const read = await failureOf(other.rest.issues.get(ISSUE));

    expect(read).toMatchObject({ name: 'TransientError' });
    expect(sent()).toEqual([]);
  });
});

it('keeps the last places of a minute for reactions', async () => {
  nock(API_URL).post('/repos/acme/pantry/issues/12/comments').times(10).reply(201, { id: 1 });
  nock(API_URL).post('/repos/acme/pantry/issues/12/reactions').reply(201, { id: 2 });
  const github = await writing(processOf({ contentPerMinute: 10 }));

  for (let at = 0; at < 9; at += 1) await github.rest.issues.createComment({ ...ISSUE, body: `${at}` });
  const tenth = await failureOf(github.rest.issues.createComment({ ...ISSUE, body: 'ten' }));
  await github.rest.reactions.createForIssue({ ...ISSUE, content: 'eyes' });

  expect(tenth).toMatchObject({ name: 'TransientError' });
  expect(sent()).toHaveLength(10);
});

it('gives the place of what was not sent to another', async () => {
  nock(API_URL).post('/repos/acme/pantry/issues/12/comments').reply(201, { id: 1 });
  const clients = processOf({ contentPerMinute: 1 });
  const late = await writing(clients, new Date(0));

  const error = await failureOf(late.rest.issues.createComment({ ...ISSUE, body: 'late' }));
  await (await writing(clients)).rest.issues.createComment({ ...ISSUE, body: 'in time' });

  expect(sentOf(error)).toBe('no');
  expect(sent()).toHaveLength(1);
});

it.each([
  ['POST', '/repos/a/b/issues/1/comments', true],
  ['POST', '/repos/a/b/issues', true],
  ['POST', '/repos/a/b/issues/1/reactions', true],
  ['POST', '/repos/a/b/issues/comments/1/reactions', true],
  ['POST', '/repos/a/b/pulls', true],
  ['POST', '/repos/a/b/pulls/1/reviews', true],
  ['POST', '/repos/a/b/pulls/1/comments/2/replies', true],
  ['POST', '/repos/a/b/issues/1/labels', false],
  ['POST', '/repos/a/b/git/trees', false],
  ['POST', '/repos/a/b/check-runs', false],
  ['PATCH', '/repos/a/b/issues/comments/1', false],
])('%s %s as content: %s', (method, path, content) => {
  expect(isContent({ method, url: `https://api.github.com${path}` })).toBe(content);
});

it.each([
  [40, 120],
  [80, 120],
  [300, 300],
])('lets no fewer writes a minute through than content: %i', (contentPerMinute, writesPerMinute) => {
  const pacing = pacingWith({ contentPerMinute, contentPerHour: 500 });

  expect(pacing).toMatchObject({ contentPerMinute, contentPerHour: 500, writesPerMinute });
});
