import { describe, expect, it } from 'vitest';
import type { EffectAction, ReviewComment } from '../../src/core/effect-records.ts';
import { markerFor } from '../../src/core/marker.ts';
import { BASE_SHA, HEAD_SHA } from './publisher-parts.ts';
import { BOT, REPO, stubbedGitHub } from './stubbed-github.ts';

const MARKER = markerFor('effect:1');
const github = stubbedGitHub();
const { stub, requests, bodies, publisherFor } = github;
const url = (id: number) => `https://github.test/${id}`;

describe('opening a pull request', () => {
  const opening: EffectAction = {
    kind: 'open_pull_request',
    branch: 'crew/issue-12',
    base: 'main',
    title: 'Favourites first',
    body: 'Closes #12',
    draft: true,
  };
  const pull = (state: string, body: string) => ({
    id: 8,
    number: 13,
    html_url: url(13),
    state,
    body,
    user: BOT,
  });

  it('opens a draft with our marker', async () => {
    stub().post(`${REPO}/pulls`).reply(201, pull('open', ''));
    const { publish, ledger } = publisherFor(opening);

    await publish();

    expect(bodies('POST')).toEqual([
      {
        head: 'crew/issue-12',
        base: 'main',
        title: 'Favourites first',
        body: `Closes #12\n\n${MARKER}`,
        draft: true,
      },
    ]);
    expect(ledger.effect().outcome).toEqual({ url: url(13), externalId: 8, number: 13 });
  });

  it('opens no second one after a doubt, even when the first was closed', async () => {
    stub()
      .get(`${REPO}/pulls`)
      .query(true)
      .reply(200, [pull('closed', `Closes #12\n\n${MARKER}`)]);
    const { publish, ledger } = publisherFor(opening);
    ledger.leaveInDoubt();

    await publish();

    expect(github.watch.sent.find(({ path }) => path.endsWith('/pulls'))?.query).toMatchObject({
      head: 'acme:crew/issue-12',
      state: 'all',
    });
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { number: 13 } });
    expect(bodies('POST')).toEqual([]);
  });

  it('takes the one that GitHub says exists', async () => {
    stub()
      .post(`${REPO}/pulls`)
      .reply(422, {
        message: 'Validation Failed',
        errors: [{ message: 'A pull request already exists for acme:crew/issue-12.' }],
      });
    stub()
      .get(`${REPO}/pulls`)
      .query(true)
      .reply(200, [pull('open', 'edited by a person')]);
    const { publish, ledger } = publisherFor(opening);

    await publish();

    expect(ledger.effect().outcome?.number).toBe(13);
  });

  it('says so in the body where drafts are not supported', async () => {
    stub()
      .post(`${REPO}/pulls`)
      .reply(422, { message: 'Draft pull requests are not supported in this repository.' });
    stub().post(`${REPO}/pulls`).reply(201, pull('open', ''));
    const { publish, ledger } = publisherFor(opening);

    await publish();

    expect(bodies('POST')[1]).toMatchObject({
      draft: false,
      body: expect.stringContaining('not a draft because'),
    });
    expect(ledger.effect().state).toBe('done');
  });

  it('fails for good where there is nothing to merge', async () => {
    stub()
      .post(`${REPO}/pulls`)
      .reply(422, {
        message: 'Validation Failed',
        errors: [{ message: 'No commits between main and crew/issue-12' }],
      });
    const { publish, ledger } = publisherFor(opening);

    await publish();

    expect(ledger.failures).toEqual([
      { error: expect.stringContaining('No commits between'), sent: 'no', dueAt: null },
    ]);
  });
});

describe('a review', () => {
  const on = (path: string, line: number, change: Partial<ReviewComment> = {}): ReviewComment => ({
    path,
    side: 'RIGHT',
    startLine: null,
    line,
    body: `about ${path}:${line}`,
    ...change,
  });
  const action: EffectAction = {
    kind: 'review',
    number: 13,
    headSha: HEAD_SHA,
    event: 'COMMENT',
    body: 'Two findings.',
    comments: [on('a.ts', 2, { startLine: 1 }), on('b.ts', 9)],
  };
  const PATH = `${REPO}/pulls/13/reviews`;
  const none = () => stub().get(PATH).query(true).reply(200, []);
  const made = { id: 21, html_url: url(21) };
  const review = (state: string, commit_id: string, id = 20) => ({
    id,
    html_url: url(id),
    body: `x\n\n${MARKER}`,
    state,
    commit_id,
    user: BOT,
  });

  it('is sent with its comments on their lines', async () => {
    none();
    stub().post(PATH).reply(200, made);
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(bodies('POST')).toEqual([
      {
        commit_id: HEAD_SHA,
        event: 'COMMENT',
        body: `Two findings.\n\n${MARKER}`,
        comments: [
          { path: 'a.ts', side: 'RIGHT', start_line: 1, start_side: 'RIGHT', line: 2, body: 'about a.ts:2' },
          { path: 'b.ts', side: 'RIGHT', line: 9, body: 'about b.ts:9' },
        ],
      },
    ]);
    expect(ledger.effect().outcome).toEqual({ url: url(21), externalId: 21, commented: [] });
  });

  it('that stands on that commit is not sent again; one on another commit does not count', async () => {
    stub()
      .get(PATH)
      .query(true)
      .reply(200, [review('COMMENTED', BASE_SHA, 19), review('COMMENTED', HEAD_SHA)]);
    const { publish, ledger } = publisherFor(action);
    ledger.leaveInDoubt();

    await publish();

    expect(ledger.effect().outcome?.externalId).toBe(20);
    expect(bodies('POST')).toEqual([]);
  });

  it('deletes our own pending one first, and nobody else’s', async () => {
    const theirs = { ...review('PENDING', HEAD_SHA, 18), user: { login: 'mona', type: 'User' } };
    stub()
      .get(PATH)
      .query(true)
      .reply(200, [theirs, review('PENDING', BASE_SHA)]);
    stub().delete(`${PATH}/20`).reply(200, {});
    stub().post(PATH).reply(200, made);
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(requests()).toEqual([
      'GET /pulls/13/reviews',
      'DELETE /pulls/13/reviews/20',
      'POST /pulls/13/reviews',
    ]);
    expect(ledger.effect().state).toBe('done');
  });

  it('moves to its body, after a 422, only the comments that GitHub’s diff does not allow', async () => {
    none();
    stub()
      .post(PATH)
      .reply(422, {
        message: 'Unprocessable Entity',
        errors: ['Pull request review thread line must be part of the diff'],
      });
    stub()
      .get(`${REPO}/pulls/13/files`)
      .query(true)
      .reply(200, [{ filename: 'a.ts', patch: '@@ -1,2 +1,3 @@\n one\n+two\n three' }]);
    stub().post(PATH).reply(200, made);
    const { publish, ledger } = publisherFor(action);

    await publish();

    const [, second] = bodies('POST') as [unknown, { comments: { path: string }[]; body: string }];
    expect(second.comments.map(({ path }) => path)).toEqual(['a.ts']);
    expect(second.body).toContain('**`b.ts:9`**\n\nabout b.ts:9');
    expect(second.body.endsWith(MARKER)).toBe(true);
    expect(ledger.effect().state).toBe('done');
  });

  it('is not lost when GitHub refuses the rest too: everything goes into the body', async () => {
    none();
    stub()
      .post(PATH)
      .times(2)
      .reply(422, { message: 'Unprocessable Entity', errors: ['line must be part of the diff'] });
    stub()
      .get(`${REPO}/pulls/13/files`)
      .query(true)
      .reply(200, [{ filename: 'a.ts', patch: '@@ -1,2 +1,3 @@\n one\n+two\n three' }]);
    stub().post(PATH).reply(200, made);
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(bodies('POST').at(-1)).toMatchObject({
      comments: [],
      body: expect.stringMatching(/a\.ts:1-2[\s\S]*b\.ts:9/),
    });
    expect(ledger.effect().state).toBe('done');
  });

  it('gives no verdict on our own pull request', async () => {
    none();
    stub()
      .get(`${REPO}/pulls/13`)
      .reply(200, { state: 'open', head: { sha: HEAD_SHA } });
    stub()
      .post(PATH)
      .reply(422, {
        message: 'Unprocessable Entity',
        errors: ['Can not request changes on your own pull request'],
      });
    stub().post(PATH).reply(200, made);
    const { publish } = publisherFor({ ...action, event: 'REQUEST_CHANGES' });

    await publish();

    expect(bodies('POST').map((body) => (body as { event: string }).event)).toEqual([
      'REQUEST_CHANGES',
      'COMMENT',
    ]);
    expect((bodies('POST')[1] as { comments: unknown[] }).comments).toHaveLength(2);
  });
});
