/** A GitHub made of nock's stubs for single calls: knows the App and gives tokens; everything else a test adds. No other connection is possible, and no request may leave GitHub's description. */
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { API_URL, type RequestWatch, type SentRequest, testClients, watchRequests } from './github-parts.ts';
import { publisherOf, type TestPublisher } from './publisher-parts.ts';

export const REPO = '/repos/acme/pantry';
/** As the App's own comments and reviews are signed. */
export const BOT = { login: 'crew[bot]', type: 'Bot' };
export const TOKEN = `ghs_${'a'.repeat(60)}.${'b'.repeat(300)}.${'c'.repeat(80)}`;

export interface StubbedGitHub {
  readonly watch: RequestWatch;
  stub(): nock.Scope;
  /** To the repository, as `GET /issues/12`, in order. */
  requests(): readonly string[];
  bodies(method: string): readonly unknown[];
  /** That change something, tokens aside. */
  writes(): readonly SentRequest[];
  publisherFor(action: EffectAction, change?: Parameters<typeof publisherOf>[2]): TestPublisher;
}

/** Sets itself up and takes itself down around each test of the file that calls it. */
export function stubbedGitHub(): StubbedGitHub {
  let watch = watchRequests();
  const toRepository = () => watch.sent.filter(({ path }) => path.startsWith(REPO));

  beforeAll(() => nock.disableNetConnect());
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
  beforeEach(() => {
    watch = watchRequests();
    nock(API_URL).get('/app').optionally().reply(200, { id: 42, slug: 'crew' });
    nock(API_URL)
      .persist()
      .post('/app/installations/7/access_tokens')
      .reply(201, { token: TOKEN, expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  });
  afterEach(() => {
    nock.cleanAll();
    expect(watch.problems()).toEqual([]);
  });

  return {
    get watch() {
      return watch;
    },
    stub: () => nock(API_URL),
    requests: () => toRepository().map(({ method, path }) => `${method} ${path.slice(REPO.length)}`),
    bodies: (method) =>
      toRepository()
        .filter((sent) => sent.method === method)
        .map(({ body }) => body),
    writes: () => toRepository().filter(({ method }) => method !== 'GET'),
    publisherFor: (action, change = {}) =>
      publisherOf(action, (clock) => testClients({ fetch: watch.fetch, clock }), change),
  };
}
