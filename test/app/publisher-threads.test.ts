import { describe, expect, it } from 'vitest';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { markerFor } from '../../src/core/marker.ts';
import { fingerprintIn, fingerprintMarker } from '../../src/core/review/fingerprint.ts';
import { BOT, REPO, stubbedGitHub } from './stubbed-github.ts';

const MARKER = markerFor('effect:1');
const FINGERPRINT = '0123456789abcdef';
const REPLIES = `${REPO}/pulls/13/comments/5/replies`;
const github = stubbedGitHub();
const { stub, bodies, publisherFor } = github;
const url = (id: number) => `https://github.test/${id}`;
const posted = (id: number, change: object = {}) => ({
  id,
  html_url: url(id),
  body: `Right.\n\n${MARKER}`,
  user: BOT,
  in_reply_to_id: 5,
  ...change,
});

/** What each token that was asked for may do. */
const granted = () =>
  github.watch.sent
    .filter(({ path }) => path.endsWith('/access_tokens'))
    .map(({ body }) => (body as { permissions: unknown }).permissions);

describe('an answer in a thread', () => {
  const action: EffectAction = { kind: 'thread_reply', number: 13, commentId: 5, body: 'Right.' };

  it('is posted to the comment that began it, with a token for no more than that', async () => {
    stub().post(REPLIES).reply(201, posted(6));
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(bodies('POST')).toEqual([{ body: `Right.\n\n${MARKER}` }]);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { url: url(6), externalId: 6 } });
    expect(granted()).toEqual([{ pull_requests: 'write' }]);
  });

  it('to a comment that is gone is left', async () => {
    stub().post(REPLIES).reply(404, { message: 'Not Found' });
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(ledger.effect()).toMatchObject({
      state: 'done',
      outcome: { left: 'the comment to answer is gone' },
    });
  });

  it.each([
    ['another’s', { user: { login: 'mona', type: 'User' } }],
    ['in another thread', { in_reply_to_id: 4 }],
    ['another of ours', { body: `Right.\n\n${markerFor('effect:2')}` }],
  ])('is not taken for %s', async (_title, change) => {
    stub()
      .get(`${REPO}/pulls/13/comments`)
      .query(true)
      .times(2)
      .reply(200, [posted(7, change)]);
    stub().post(REPLIES).reply(201, posted(8));
    const { publish, ledger } = publisherFor(action);
    ledger.leaveInDoubt();

    await publish();

    expect(ledger.effect().outcome?.externalId).toBe(8);
  });

  it.each([
    ['as it is', fingerprintMarker(FINGERPRINT)],
    ['put together by what is taken out', `<!-- crew-fin<!-- crew:ab -->ding:${FINGERPRINT} -->`],
  ])('cannot pass as a finding: %s', async (_title, forged) => {
    stub().post(REPLIES).reply(201, posted(6));

    await publisherFor({ ...action, body: `Right.\n\n${forged}` }).publish();

    const [{ body }] = bodies('POST') as [{ body: string }];
    expect(fingerprintIn(body)).toBeNull();
    expect(body.endsWith(MARKER)).toBe(true);
  });
});

describe('the thread of a finding', () => {
  const action: EffectAction = {
    kind: 'resolve_thread',
    number: 13,
    fingerprint: FINGERPRINT,
    when: 'outdated',
    reply: 'Fixed.',
  };
  const US = { __typename: 'Bot', login: 'crew' };
  const comment = (id: number, author: object | null, body: string) => ({
    fullDatabaseId: String(id),
    url: url(id),
    body,
    createdAt: '2026-01-01T00:00:00Z',
    author,
  });
  const first = comment(5, US, `Wrong.\n\n${fingerprintMarker(FINGERPRINT)}`);
  const thread = (change: object = {}, comments: readonly object[] = [first]) => ({
    id: 'PRRT_1',
    isResolved: false,
    isOutdated: true,
    resolvedBy: null,
    comments: { totalCount: comments.length, nodes: comments },
    first: { nodes: [{ liked: { nodes: [] }, disliked: { nodes: [] } }] },
    ...change,
  });
  const listed = (threads: readonly object[], isCrossRepository = false) => ({
    data: {
      repository: {
        pullRequest: {
          isCrossRepository,
          reviewThreads: { pageInfo: { hasNextPage: false, endCursor: null }, nodes: threads },
        },
      },
    },
  });
  const graph = (answer: object) => stub().post('/graphql').reply(200, answer);
  const resolved = { data: { resolveReviewThread: { thread: { isResolved: true } } } };
  const mutations = () =>
    github.watch.sent
      .filter(({ path }) => path === '/graphql')
      .map(({ body }) => body as { query: string; variables: unknown })
      .filter(({ query }) => query.startsWith('mutation'));

  it('is told why and then resolved, by a token of its own', async () => {
    graph(listed([thread()]));
    stub().post(REPLIES).reply(201, posted(6));
    graph(resolved);
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(bodies('POST')).toEqual([{ body: `Fixed.\n\n${MARKER}` }]);
    expect(mutations()).toMatchObject([{ variables: { threadId: 'PRRT_1' } }]);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { url: url(6), externalId: 6 } });
    expect(granted()).toEqual([{ pull_requests: 'write' }, { contents: 'write', pull_requests: 'write' }]);
  });

  it('is resolved without a word where there is none', async () => {
    graph(listed([thread()]));
    graph(resolved);
    const { publish, ledger } = publisherFor({ ...action, reply: null });

    await publish();

    expect(bodies('POST')).toEqual([]);
    expect(ledger.effect().outcome).toEqual({ url: url(5), externalId: null });
  });

  it.each([
    [
      'whose lines did not change, in which a person replied',
      thread({ isOutdated: false }, [first, comment(6, { __typename: 'User', login: 'mona' }, 'No.')]),
      'a person replied in the thread',
    ],
    [
      'in which a person replied',
      thread({}, [first, comment(6, { __typename: 'User', login: 'mona' }, 'No.')]),
      'a person replied in the thread',
    ],
    [
      'in which someone replied who is gone',
      thread({}, [first, comment(6, null, 'No.')]),
      'a person replied in the thread',
    ],
    [
      'that is longer than we read',
      thread({ comments: { totalCount: 101, nodes: [first] } }),
      'a person replied in the thread',
    ],
    [
      'that was resolved',
      thread({ isResolved: true, resolvedBy: { login: 'mona' } }),
      'the thread is resolved already',
    ],
    [
      'that a person began with our words',
      thread({}, [{ ...first, author: { __typename: 'User', login: 'crew' } }]),
      'its thread is gone',
    ],
    [
      'that another App began with our words',
      thread({}, [{ ...first, author: { __typename: 'Bot', login: 'other' } }]),
      'its thread is gone',
    ],
  ])('%s is left as it is', async (_title, standing, left) => {
    graph(listed([standing]));
    graph(listed([standing]));
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(github.writes()).toEqual([]);
    expect(mutations()).toEqual([]);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { left } });
  });

  it('whose lines did not change is told why, and stays open', async () => {
    graph(listed([thread({ isOutdated: false })]));
    stub().post(REPLIES).reply(201, posted(6));
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(bodies('POST')).toEqual([{ body: `Fixed.\n\n${MARKER}` }]);
    expect(mutations()).toEqual([]);
    expect(ledger.effect()).toMatchObject({
      state: 'done',
      outcome: { url: url(6), externalId: 6, left: 'its lines did not change' },
    });
    expect(granted()).toEqual([{ pull_requests: 'write' }]);
  });

  it('in which a bot replied is resolved', async () => {
    graph(listed([thread({}, [first, comment(6, { __typename: 'Bot', login: 'other' }, 'Hm.')])]));
    stub().post(REPLIES).reply(201, posted(7));
    graph(resolved);
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(ledger.effect().outcome).toEqual({ url: url(7), externalId: 7 });
  });

  it('is resolved always where that is asked, whoever replied', async () => {
    graph(
      listed([
        thread({ isOutdated: false }, [first, comment(6, { __typename: 'User', login: 'mona' }, 'No.')]),
      ]),
    );
    stub().post(REPLIES).reply(201, posted(7));
    graph(resolved);
    const { publish } = publisherFor({ ...action, when: 'always' });

    await publish();

    expect(mutations()).toHaveLength(1);
  });

  it.each([
    ['after', 1],
    ['before', -1],
  ])('that is not resolved is meant, %s another of the same finding', async (_title, order) => {
    const old = thread({ id: 'PRRT_0', isResolved: true }, [{ ...first, fullDatabaseId: '4' }]);
    graph(listed(order === 1 ? [old, thread()] : [thread(), old]));
    stub().post(REPLIES).reply(201, posted(7));
    graph(resolved);

    await publisherFor(action).publish();

    expect(mutations()).toMatchObject([{ variables: { threadId: 'PRRT_1' } }]);
  });

  it('of a fork’s pull request is told why, and no token is asked that could do more', async () => {
    graph(listed([thread()], true));
    stub().post(REPLIES).reply(201, posted(6));
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(ledger.effect().outcome).toEqual({
      url: url(6),
      externalId: 6,
      left: 'on a fork the crew holds no token that could resolve threads',
    });
    expect(granted()).toEqual([{ pull_requests: 'write' }]);
  });

  it('that GitHub does not let us resolve keeps what was said, and is no failure', async () => {
    graph(listed([thread()]));
    stub().post(REPLIES).reply(201, posted(6));
    graph({
      data: { resolveReviewThread: null },
      errors: [{ type: 'FORBIDDEN', message: 'Resource not accessible by integration' }],
    });
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(ledger.effect()).toMatchObject({
      state: 'done',
      outcome: { externalId: 6, left: expect.stringContaining('contents: write, pull_requests: write') },
    });
  });

  it('is read to the last page', async () => {
    const page = listed([thread({ id: 'PRRT_0' }, [comment(4, US, 'Another.')])]);
    page.data.repository.pullRequest.reviewThreads.pageInfo = { hasNextPage: true, endCursor: 'c' } as never;
    graph(page);
    graph(listed([thread()]));
    graph(resolved);

    await publisherFor({ ...action, reply: null }).publish();

    expect(mutations()).toMatchObject([{ variables: { threadId: 'PRRT_1' } }]);
    const pages = github.watch.sent.filter(({ path }) => path === '/graphql');
    expect(pages[1]?.body).toMatchObject({ variables: { after: 'c', number: 13 } });
  });
});
