import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCloneAccess } from '../../src/app/github/clone-access.ts';
import { TransientError, UserError } from '../../src/core/errors.ts';
import { repository } from '../support/records.ts';
import {
  API_URL,
  AT,
  failureOf,
  LONG_TOKEN,
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

describe('who the App is', () => {
  it('is asked once, and without a token for any repository', async () => {
    nock(API_URL).get('/app').reply(200, { id: 42, slug: 'crew' });
    const clients = testClients({ fetch: watch.fetch });

    const identities = [await clients.botIdentity(), await clients.botIdentity()];

    expect(identities[0]).toEqual({ login: 'crew[bot]', appId: 42, slug: 'crew' });
    expect(identities[1]).toBe(identities[0]);
    expect(watch.sent.map(({ path }) => path)).toEqual(['/app']);
  });

  it('tells the operator which settings are wrong', async () => {
    nock(API_URL).get('/app').reply(401, { message: 'A JSON web token could not be decoded' });

    const error = await failureOf(testClients({ fetch: watch.fetch }).botIdentity());

    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain('check APP_ID and PRIVATE_KEY');
  });
});
