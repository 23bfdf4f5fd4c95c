import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GitHubRefusal, sentOf } from '../../src/app/github/refusal.ts';
import { TransientError, UserError } from '../../src/core/errors.ts';
import { repository } from '../support/records.ts';
import {
  API_URL,
  AT,
  failureOf,
  type RequestWatch,
  testClients,
  testClock,
  tokens,
  watchRequests,
} from './github-parts.ts';

let watch: RequestWatch;

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
beforeEach(() => {
  watch = watchRequests();
});
afterEach(() => {
  nock.cleanAll();
  expect(watch.problems()).toEqual([]);
});

describe('what an error becomes', () => {
  const write = async (fetch: RequestWatch['fetch']) => {
    tokens();
    const github = await testClients({ fetch, clock: testClock('2026-01-01T00:00:00Z') }).forRepository(
      repository,
      { issues: 'write' },
    );
    return failureOf(github.rest.issues.createComment({ ...AT, issue_number: 12, body: 'hello' }));
  };
  const answer = (status: number, body: object, headers: Record<string, string> = {}) =>
    nock(API_URL).post('/repos/acme/pantry/issues/12/comments').reply(status, body, headers);

  it('a missing permission says which and where to grant it', async () => {
    answer(
      403,
      { message: 'Resource not accessible by integration' },
      { 'x-accepted-github-permissions': 'issues=write; pull_requests=write' },
    );

    const error = await write(watch.fetch);

    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('lacks a permission (issues: write; pull_requests: write)');
    expect(String(error)).toContain('https://github.test/settings/apps');
    expect(sentOf(error)).toBe('no');
  });

  it('a locked issue is told in GitHub’s words', async () => {
    answer(403, { message: 'Unable to create comment because issue is locked.' });

    expect(String(await write(watch.fetch))).toContain('issue is locked');
  });

  it.each([
    [
      'a secondary limit without retry-after lasts a minute',
      403,
      { message: 'You have exceeded a secondary rate limit.' },
      {},
      60_000,
    ],
    ['retry-after is honoured', 429, { message: 'slow down' }, { 'retry-after': '17' }, 17_000],
    [
      'a used-up limit lasts to its reset',
      403,
      { message: 'API rate limit exceeded' },
      {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Date.parse('2026-01-01T00:05:00Z') / 1000),
      },
      301_000,
    ],
  ])('%s', async (_title, status, body, headers: Record<string, string>, retryAfterMs) => {
    answer(status, body, headers);

    const error = await write(watch.fetch);

    expect(error).toMatchObject({ name: 'TransientError', retryAfterMs });
    expect(sentOf(error)).toBe('no');
  });

  it('a validation failure keeps its reasons', async () => {
    answer(422, { message: 'Validation Failed', errors: ['too long', { code: 'custom', field: 'body' }] });

    const error = await write(watch.fetch);

    expect(error).toBeInstanceOf(GitHubRefusal);
    expect(error).toMatchObject({ status: 422, errors: ['too long', '{"code":"custom","field":"body"}'] });
    expect(sentOf(error)).toBe('no');
  });

  it('a 502 to a write leaves a doubt', async () => {
    answer(502, { message: 'Server Error' });

    const error = await write(watch.fetch);

    expect(error).toBeInstanceOf(TransientError);
    expect(sentOf(error)).toBe('maybe');
  });

  it('is "not sent" for a request that waited past its time', async () => {
    tokens();
    const clock = testClock('2026-01-01T00:00:00Z');
    const clients = testClients({ fetch: watch.fetch, clock });
    const github = await clients.forRepository(
      repository,
      { issues: 'write' },
      new Date('2026-01-01T00:00:10Z'),
    );
    clock.advance(11_000);

    const error = await failureOf(
      github.rest.issues.createComment({ ...AT, issue_number: 12, body: 'hello' }),
    );

    expect(error).toBeInstanceOf(TransientError);
    expect(sentOf(error)).toBe('no');
    expect(watch.sent.filter(({ path }) => path.endsWith('/comments'))).toEqual([]);
  });
});
