import { describe, expect, it } from 'vitest';
import { sentOf } from '../../src/app/github/refusal.ts';
import { fingerprintMarker } from '../../src/core/review/fingerprint.ts';
import { repository } from '../support/records.ts';
import { failureOf } from './github-parts.ts';
import { BOT, REPO } from './stubbed-github.ts';
import { stubbedReader } from './stubbed-reader.ts';

const FINGERPRINT = '0123456789abcdef';
const NOW = '2026-01-01T00:00:00Z';
const { github, log, reader } = stubbedReader(NOW);
const { stub } = github;

const US = { __typename: 'Bot', login: 'crew' };
const person = (login: string) => ({ __typename: 'User', login });
const url = (id: number) => `https://github.test/${id}`;
const comment = (id: number, author: object | null, body = `comment ${id}`) => ({
  fullDatabaseId: String(id),
  url: url(id),
  body,
  createdAt: NOW,
  author,
});
const finding = (id: number) => comment(id, US, `Wrong.\n\n${fingerprintMarker(FINGERPRINT)}`);
const reacted = (logins: readonly (string | null)[]) => ({
  nodes: logins.map((login) => ({ user: login === null ? null : { login } })),
});
const thread = (comments: readonly object[], change: object = {}) => ({
  id: 'PRRT_1',
  isResolved: false,
  isOutdated: false,
  resolvedBy: null,
  comments: { totalCount: comments.length, nodes: comments },
  first: { nodes: [{ liked: reacted([]), disliked: reacted([]) }] },
  ...change,
});
const page = (nodes: readonly object[], hasNextPage = false) => ({
  data: {
    repository: {
      pullRequest: {
        isCrossRepository: false,
        reviewThreads: { pageInfo: { hasNextPage, endCursor: hasNextPage ? 'c' : null }, nodes },
      },
    },
  },
});
const graph = (answer: object) => stub().post('/graphql').reply(200, answer);
const twice = (answer: object) => stub().post('/graphql').times(2).reply(200, answer);
const may = (login: string, permission: string) =>
  stub().get(`${REPO}/collaborators/${login}/permission`).reply(200, { permission });
const lookUps = () => github.watch.sent.filter(({ path }) => path.endsWith('/permission'));

describe('threads', () => {
  it('are those that our findings began, with what writers made of them', async () => {
    twice(
      page([
        thread([comment(1, person('mona'), `Mine.\n\n${fingerprintMarker(FINGERPRINT)}`)]),
        thread([comment(2, US, 'A word, and no finding.')]),
        thread(
          [
            finding(3),
            comment(4, person('mona'), 'No.'),
            comment(5, person('stranger'), 'Approve it!'),
            comment(6, { __typename: 'Bot', login: 'other' }),
            comment(7, US, 'Right.'),
          ],
          {
            isResolved: true,
            isOutdated: true,
            resolvedBy: { login: 'mona' },
            first: {
              nodes: [{ liked: reacted(['stranger', null]), disliked: reacted(['mona', 'crew', 'other']) }],
            },
          },
        ),
      ]),
    );
    may('mona', 'write');
    may('stranger', 'read');
    may('other', 'none');

    expect(await reader().threads(repository, 13)).toEqual([
      {
        id: 'PRRT_1',
        fingerprint: FINGERPRINT,
        commentId: 3,
        url: url(3),
        outdated: true,
        resolved: true,
        resolvedBy: 'mona',
        humanReplied: true,
        comments: [
          { id: 3, author: 'crew[bot]', ours: true, body: finding(3).body, createdAt: NOW },
          { id: 4, author: 'mona', ours: false, body: 'No.', createdAt: NOW },
          { id: 7, author: 'crew[bot]', ours: true, body: 'Right.', createdAt: NOW },
        ],
        likedBy: [],
        dislikedBy: ['mona'],
      },
    ]);
    expect(await reader().shownFindings(repository, 13)).toEqual([
      { fingerprint: FINGERPRINT, createdAt: NOW },
    ]);
    expect(lookUps()).toHaveLength(3);
  });

  it('resolved by our App, or by someone who cannot write, were resolved by nobody who counts', async () => {
    const by = (login: string) => thread([finding(3)], { isResolved: true, resolvedBy: { login } });
    graph(page([by('crew'), by('author')]));
    may('author', 'read');

    const threads = await reader().threads(repository, 13);

    expect(threads.map(({ resolved, resolvedBy }) => ({ resolved, resolvedBy }))).toEqual([
      { resolved: true, resolvedBy: null },
      { resolved: true, resolvedBy: null },
    ]);
  });

  it('are not told when a permission cannot be looked up', async () => {
    graph(page([thread([finding(3)], { isResolved: true, resolvedBy: { login: 'mona' } })]));
    stub().get(`${REPO}/collaborators/mona/permission`).times(3).reply(500, { message: 'Server Error' });

    await expect(reader().threads(repository, 13)).rejects.toThrow('GitHub answered 500');
  });

  it('of a crowd are heard up to fifty people, and the log says so', async () => {
    const crowd = Array.from({ length: 51 }, (_, index) => `p${index}`);
    graph(
      page([thread([finding(3)], { first: { nodes: [{ liked: reacted(crowd), disliked: reacted([]) }] } })]),
    );
    for (const login of crowd.slice(0, 50)) may(login, 'write');

    const [read] = await reader().threads(repository, 13);

    expect(read?.likedBy).toHaveLength(50);
    expect(log).toMatchObject([{ level: 'warn', fields: { login: 'p50', people: 50 } }]);
  });

  it('are read page by page, and at most a thousand', async () => {
    stub()
      .post('/graphql')
      .times(40)
      .reply(200, page([thread([finding(3)])], true));

    expect(await reader().threads(repository, 13)).toHaveLength(20);
    expect(await reader().shownFindings(repository, 13)).toBeNull();
    expect(log).toMatchObject([{ level: 'warn', fields: { number: 13 } }, { level: 'warn' }]);
  });

  it('are read with a token that can write nothing', async () => {
    graph(page([]));

    await reader().threads(repository, 13);

    expect(github.watch.sent[0]?.body).toMatchObject({
      permissions: { contents: 'read', issues: 'read', metadata: 'read', pull_requests: 'read' },
    });
  });
});

describe('a refusal by GraphQL, which has status 200,', () => {
  const refused = (type: string | undefined, message: string, headers: Record<string, string> = {}) =>
    stub()
      .post('/graphql')
      .reply(200, { data: null, errors: [{ ...(type && { type }), message }] }, headers);

  it('of what is not there is the person’s to mend', async () => {
    refused('NOT_FOUND', 'Could not resolve to a PullRequest with the number of 13.');

    await expect(reader().threads(repository, 13)).rejects.toThrow(
      'Pull request #13 does not exist in acme/pantry.',
    );
  });

  it('for want of a permission names it', async () => {
    refused('FORBIDDEN', 'Resource not accessible by integration');

    const error = await failureOf(reader().threads(repository, 13));

    expect(error).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('pull_requests: read'),
    });
  });

  it.each([
    [
      'with its reset',
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.parse(NOW) / 1000 + 300) },
      301_000,
    ],
    ['without', {}, 60_000],
  ])('for a rate limit, %s, says how long to wait', async (_title, headers, retryAfterMs) => {
    for (const _ of [1, 2, 3])
      refused('RATE_LIMITED', 'API rate limit exceeded for installation ID 7.', headers);

    const error = await failureOf(reader().threads(repository, 13));

    expect(error).toMatchObject({ name: 'TransientError', retryAfterMs });
    expect(sentOf(error)).toBe('no');
  });

  it('is trouble that passes when something went wrong there, and a read is tried again', async () => {
    for (const _ of [1, 2, 3]) refused(undefined, 'Something went wrong while executing your query.');

    const error = await failureOf(reader().threads(repository, 13));

    expect(error).toMatchObject({ name: 'TransientError' });
    expect(github.watch.sent.filter(({ path }) => path === '/graphql')).toHaveLength(3);
  });

  it('is final for anything else', async () => {
    refused(undefined, "Field 'x' doesn't exist on type 'PullRequest'");

    const error = await failureOf(reader().threads(repository, 13));

    expect(error).toMatchObject({ name: 'GitHubRefusal', status: 422 });
  });

  it('is no list of threads though data came beside it', async () => {
    stub()
      .post('/graphql')
      .reply(200, { ...page([]), errors: [{ type: 'FORBIDDEN', message: 'Not accessible by integration' }] });

    await expect(reader().threads(repository, 13)).rejects.toThrow('accessible');
  });
});

it('reads one review comment, who wrote it and what it answers', async () => {
  const answer = (id: number, change: object) =>
    stub()
      .get(`${REPO}/pulls/comments/${id}`)
      .reply(200, { id, html_url: url(id), body: 'Hm.', ...change });
  answer(5, { user: BOT });
  answer(6, { user: { login: 'mona', type: 'User' }, in_reply_to_id: 5 });
  stub().get(`${REPO}/pulls/comments/7`).reply(404, { message: 'Not Found' });

  expect(await reader().reviewComment(repository, 5)).toEqual({
    body: 'Hm.',
    author: 'crew[bot]',
    ours: true,
    inReplyTo: null,
  });
  expect(await reader().reviewComment(repository, 6)).toEqual({
    body: 'Hm.',
    author: 'mona',
    ours: false,
    inReplyTo: 5,
  });
  expect(await reader().reviewComment(repository, 7)).toBeNull();
});
