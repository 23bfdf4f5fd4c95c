import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sentOf } from '../../src/app/github/refusal.ts';
import { TransientError } from '../../src/core/errors.ts';
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

describe('trying again', () => {
  it('reads three times before it gives up', async () => {
    tokens();
    nock(API_URL).get('/repos/acme/pantry/issues/12').times(3).reply(502, 'bad gateway');
    const github = await testClients({ fetch: watch.fetch }).forRepository(repository, { issues: 'read' });

    const error = await failureOf(github.rest.issues.get({ ...AT, issue_number: 12 }));

    expect(error).toBeInstanceOf(TransientError);
    expect(watch.sent.filter(({ method }) => method === 'GET')).toHaveLength(3);
  });

  it.each([
    ['POST', '/repos/acme/pantry/issues/12/comments', 502],
    ['POST', '/repos/acme/pantry/issues/12/comments', 429],
    ['PATCH', '/repos/acme/pantry/issues/comments/5', 500],
    ['PUT', '/repos/acme/pantry/issues/12/labels', 503],
    ['DELETE', '/repos/acme/pantry/issues/12/labels/crew', 504],
  ] as const)('never sends a %s again (%s, %i)', async (method, path, status) => {
    tokens();
    nock(API_URL).intercept(path, method).times(3).reply(status, { message: 'no' });
    const github = await testClients({ fetch: watch.fetch }).forRepository(repository, { issues: 'write' });

    const data =
      method === 'POST' || method === 'PATCH'
        ? { body: 'hello' }
        : method === 'PUT'
          ? { labels: ['crew'] }
          : {};
    await failureOf(github.request(`${method} ${path}`, data));

    expect(watch.sent.filter((request) => request.method === method && request.path === path)).toHaveLength(
      1,
    );
  });

  it('asks once where the answer is final', async () => {
    tokens();
    nock(API_URL).get('/repos/acme/pantry/issues/12').times(3).reply(404, { message: 'Not Found' });
    const github = await testClients({ fetch: watch.fetch }).forRepository(repository, { issues: 'read' });

    const error = await failureOf(github.rest.issues.get({ ...AT, issue_number: 12 }));

    expect(error).toMatchObject({ name: 'GitHubRefusal', status: 404 });
    expect(watch.sent.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('waits for a short limit on reads, as GitHub asks', async () => {
    tokens();
    nock(API_URL)
      .get('/repos/acme/pantry/issues/12')
      .reply(429, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '1' });
    nock(API_URL).get('/repos/acme/pantry/issues/12').reply(200, { number: 12 });
    const clock = testClock();
    const clients = testClients({ fetch: watch.fetch, clock });
    const github = await clients.forRepository(repository, { issues: 'read' });

    await github.rest.issues.get({ ...AT, issue_number: 12 });

    expect(clock.sleptMs).toEqual([1_000]);
  });

  it('gives up at once where a limit lasts longer than it may wait', async () => {
    tokens();
    nock(API_URL)
      .get('/repos/acme/pantry/issues/12')
      .reply(403, { message: 'You have exceeded a secondary rate limit' }, { 'retry-after': '90' });
    const github = await testClients({ fetch: watch.fetch }).forRepository(repository, { issues: 'read' });

    const error = await failureOf(github.rest.issues.get({ ...AT, issue_number: 12 }));

    expect(error).toMatchObject({ name: 'TransientError', retryAfterMs: 90_000 });
  });
});

describe('the connection', () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    nock.enableNetConnect('127.0.0.1');
    server = createServer((request, response) => {
      if (request.url?.includes('access_tokens')) {
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({ token: 't', expires_at: new Date(Date.now() + 3_600_000).toISOString() }),
        );
      } else if (request.url?.includes('/issues/1/')) request.socket.destroy();
      else if (request.url?.includes('/issues/2/')) {
        response.writeHead(201, { 'content-type': 'application/json', 'content-length': '100' });
        response.write('{"id": 1');
        setImmediate(() => request.socket.destroy());
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    watch = watchRequests(url);
  });
  afterEach(() => {
    nock.disableNetConnect();
    server.closeAllConnections();
    server.close();
  });
  const comment = async (apiUrl: string, issue_number: number) => {
    const github = await testClients({ apiUrl, fetch: watch.fetch, writeTimeoutMs: 300 }).forRepository(
      repository,
      { issues: 'write' },
    );
    return failureOf(github.rest.issues.createComment({ ...AT, issue_number, body: 'hello' }));
  };

  it.each([
    ['is reset', 1],
    ['breaks off in the middle of an answer', 2],
    ['gives no answer in time', 3],
  ])('that %s leaves a doubt', async (_title, number) => {
    const error = await comment(url, number);

    expect(error).toBeInstanceOf(TransientError);
    expect(sentOf(error)).toBe('maybe');
  });

  it('that was never made leaves none', async () => {
    const clients = testClients({ apiUrl: url, fetch: watch.fetch });
    const github = await clients.forRepository(repository, { issues: 'write' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));

    const error = await failureOf(
      github.rest.issues.createComment({ ...AT, issue_number: 1, body: 'hello' }),
    );

    expect(error).toBeInstanceOf(TransientError);
    expect(sentOf(error)).toBe('no');
  });
});
