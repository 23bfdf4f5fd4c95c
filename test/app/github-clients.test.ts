import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCloneAccess } from '../../src/app/github/clone-access.ts';
import { GitHubRefusal, sentOf } from '../../src/app/github/refusal.ts';
import { TransientError, UserError } from '../../src/core/errors.ts';
import { repository } from '../support/records.ts';
import { API_URL, type RequestWatch, testClients, testClock, watchRequests } from './github-parts.ts';

const AT = { owner: 'acme', repo: 'pantry' };
const LONG_TOKEN = `ghs_${'a'.repeat(60)}.${'b'.repeat(300)}.${'c'.repeat(80)}`;

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

function tokens(times = 1, expiresAt = new Date(Date.now() + 3_600_000).toISOString()): nock.Scope {
  return nock(API_URL)
    .post('/app/installations/7/access_tokens')
    .times(times)
    .reply(201, () => ({ token: LONG_TOKEN, expires_at: expiresAt }));
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );
}

describe('a client for one repository', () => {
  it('asks for a token that is narrowed to the repository and to exactly the permissions, and speaks with it', async () => {
    tokens();
    nock(API_URL).get('/repos/acme/pantry/issues/12').reply(200, { number: 12 });
    const clients = testClients({ fetch: watch.fetch });

    const github = await clients.forRepository(repository, { issues: 'write' });
    await github.rest.issues.get({ ...AT, issue_number: 12 });

    const [token, issue] = watch.sent;
    expect(token?.body).toEqual({ repository_ids: [1], permissions: { issues: 'write' } });
    expect(token?.headers.get('authorization')).toMatch(/^bearer ey/);
    expect(issue?.headers.get('authorization')).toMatch(new RegExp(`^(?:token|bearer) ${LONG_TOKEN}$`));
    expect(issue?.headers.get('user-agent')).toContain('hypercode-crew/test');
  });

  it('keeps a token for the same repository and permissions until shortly before it runs out', async () => {
    const clock = testClock('2026-01-01T00:00:00Z');
    tokens(3, '2026-01-01T01:00:00Z');
    const clients = testClients({ fetch: watch.fetch, clock });

    await Promise.all([
      clients.tokenFor(repository, { issues: 'write', contents: 'read' }),
      clients.tokenFor(repository, { contents: 'read', issues: 'write' }),
    ]);
    await clients.tokenFor(repository, { contents: 'read' });
    clock.advance(54 * 60_000);
    await clients.tokenFor(repository, { contents: 'read' });
    expect(watch.sent).toHaveLength(2);
    clock.advance(2 * 60_000);
    await clients.tokenFor(repository, { contents: 'read' });

    expect(watch.sent).toHaveLength(3);
  });

  it('names what is missing when the installation does not grant a permission', async () => {
    nock(API_URL)
      .post('/app/installations/7/access_tokens')
      .reply(422, { message: 'The permissions requested are not granted to this installation.' });
    const clients = testClients({ fetch: watch.fetch });

    const error = await failureOf(clients.tokenFor(repository, { checks: 'write' }));

    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/acme\/pantry does not grant checks: write: grant it/);
  });

  it('takes a new token after GitHub refused the kept one', async () => {
    tokens(2);
    nock(API_URL).get('/repos/acme/pantry/issues/12').reply(401, { message: 'Bad credentials' });
    const clients = testClients({ fetch: watch.fetch });
    const github = await clients.forRepository(repository, { issues: 'read' });

    const error = await failureOf(github.rest.issues.get({ ...AT, issue_number: 12 }));
    await clients.forRepository(repository, { issues: 'read' });

    expect(error).toBeInstanceOf(TransientError);
    expect(watch.sent.filter(({ path }) => path.endsWith('/access_tokens'))).toHaveLength(2);
  });

  it('clones with a token that can only read contents', async () => {
    tokens();

    const access = await createCloneAccess(testClients({ fetch: watch.fetch })).forReading(repository);

    expect(access).toEqual({ url: 'https://github.test/acme/pantry.git', token: LONG_TOKEN });
    expect(watch.sent[0]?.body).toEqual({ repository_ids: [1], permissions: { contents: 'read' } });
  });
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
    const github = await testClients({ fetch: watch.fetch }).forRepository(repository, { issues: 'read' });
    const startedAt = Date.now();

    await github.rest.issues.get({ ...AT, issue_number: 12 });

    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(990);
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

  it('content beyond the hour’s allowance is not sent, and is planned for later', async () => {
    tokens();
    answer(201, { id: 1 });
    const pacing = {
      writeSpacingMs: 0,
      contentPerMinute: 10,
      contentPerHour: 1,
      maxLimitWaitMs: 0,
      retryBaseMs: 1,
    };
    const github = await testClients({ fetch: watch.fetch, pacing }).forRepository(repository, {
      issues: 'write',
    });
    await github.rest.issues.createComment({ ...AT, issue_number: 12, body: 'one' });

    const error = await failureOf(github.rest.issues.createComment({ ...AT, issue_number: 12, body: 'two' }));

    expect(error).toMatchObject({ name: 'TransientError', retryAfterMs: 600_000 });
    expect(sentOf(error)).toBe('no');
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

describe('who the App is', () => {
  it('is asked once, with the user id of its bot', async () => {
    nock(API_URL).get('/app').reply(200, { id: 42, slug: 'crew' });
    nock(API_URL)
      .get('/app/installations?per_page=1')
      .reply(200, [{ id: 7 }]);
    tokens();
    nock(API_URL).get('/users/crew%5Bbot%5D').reply(200, { id: 99 });
    const clients = testClients({ fetch: watch.fetch });

    const identities = [await clients.botIdentity(), await clients.botIdentity()];

    expect(identities[0]).toEqual({ login: 'crew[bot]', id: 99, appId: 42, slug: 'crew' });
    expect(identities[1]).toBe(identities[0]);
    expect(watch.sent.map(({ path }) => path)).toEqual([
      '/app',
      '/app/installations',
      '/app/installations/7/access_tokens',
      '/users/crew[bot]',
    ]);
  });

  it('tells the operator which settings are wrong', async () => {
    nock(API_URL).get('/app').reply(401, { message: 'A JSON web token could not be decoded' });

    const error = await failureOf(testClients({ fetch: watch.fetch }).botIdentity());

    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('check APP_ID and PRIVATE_KEY');
  });
});
