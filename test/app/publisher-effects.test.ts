import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadEffects } from '../../src/app/publisher/load-effects.ts';
import { markerFor } from '../../src/core/marker.ts';
import type { EffectAction, ReviewComment } from '../../src/core/records.ts';
import { API_URL, type RequestWatch, testClients, watchRequests } from './github-parts.ts';
import { BASE_SHA, HEAD_SHA, publisherOf } from './publisher-parts.ts';

const MARKER = markerFor('effect:1');
const BOT = { login: 'crew[bot]', type: 'Bot' };
const REPO = '/repos/acme/pantry';

let watch: RequestWatch;

beforeAll(() => nock.disableNetConnect());
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});
beforeEach(() => {
  watch = watchRequests();
  nock(API_URL).get('/app').optionally().reply(200, { id: 42, slug: 'crew' });
  nock(API_URL).get('/app/installations?per_page=1').optionally().reply(200, []);
  nock(API_URL).get('/users/crew%5Bbot%5D').optionally().reply(200, { id: 99 });
  nock(API_URL)
    .persist()
    .post('/app/installations/7/access_tokens')
    .reply(201, { token: 't', expires_at: new Date(Date.now() + 3_600_000).toISOString() });
});
afterEach(() => {
  nock.cleanAll();
  expect(watch.problems()).toEqual([]);
});

const publisherFor = (action: EffectAction, change: Parameters<typeof publisherOf>[2] = {}) =>
  publisherOf(action, (clock) => testClients({ fetch: watch.fetch, clock }), change);
const requests = () =>
  watch.sent
    .filter(({ path }) => path.startsWith(REPO))
    .map(({ method, path }) => `${method} ${path.slice(REPO.length)}`);
const bodies = (method: string) =>
  watch.sent.filter((sent) => sent.method === method && sent.path.startsWith(REPO)).map(({ body }) => body);
const url = (id: number) => `https://github.test/${id}`;
const stub = () => nock(API_URL);

it('every kind of effect is one file', async () => {
  const kinds = [...(await loadEffects()).keys()].sort();

  expect(kinds).toEqual([
    'add_labels',
    'check_run',
    'comment',
    'open_pull_request',
    'push_branch',
    'reaction',
    'remove_label',
    'review',
    'sticky_comment',
  ]);
});

describe('a reaction', () => {
  it.each([
    [{ on: 'issue', number: 12 } as const, '/issues/12/reactions'],
    [{ on: 'issue_comment', commentId: 5 } as const, '/issues/comments/5/reactions'],
    [{ on: 'review_comment', commentId: 6 } as const, '/pulls/comments/6/reactions'],
  ])('on %o needs no look, even in doubt', async (target, path) => {
    stub().post(`${REPO}${path}`).reply(200, { id: 3 });
    const { publish, ledger } = publisherFor({ kind: 'reaction', target, content: 'eyes' });
    ledger.leaveInDoubt();

    await publish();

    expect(requests()).toEqual([`POST ${path}`]);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { externalId: 3 } });
  });
});

describe('labels', () => {
  it('that the repository lacks are made in our colour, then all are added', async () => {
    stub().get(`${REPO}/labels/crew`).reply(200, { id: 1 });
    stub().get(`${REPO}/labels/crew%3Abackend`).reply(404, { message: 'Not Found' });
    stub().post(`${REPO}/labels`).reply(201, { id: 2 });
    stub().post(`${REPO}/issues/12/labels`).reply(200, []);
    const { publish, ledger } = publisherFor({
      kind: 'add_labels',
      number: 12,
      labels: ['crew', 'crew:backend'],
    });

    await publish();

    expect(bodies('POST')).toEqual([
      { name: 'crew:backend', color: '1d76db' },
      { labels: ['crew', 'crew:backend'] },
    ]);
    expect(ledger.effect().state).toBe('done');
  });

  it('that another made at the same moment are no failure', async () => {
    stub().get(`${REPO}/labels/crew`).reply(404, { message: 'Not Found' });
    stub()
      .post(`${REPO}/labels`)
      .reply(422, { message: 'Validation Failed', errors: [{ code: 'already_exists' }] });
    stub().post(`${REPO}/issues/12/labels`).reply(200, []);
    const { publish, ledger } = publisherFor({ kind: 'add_labels', number: 12, labels: ['crew'] });

    await publish();

    expect(ledger.effect().state).toBe('done');
  });

  it('that are gone count as removed', async () => {
    stub().delete(`${REPO}/issues/12/labels/crew%3Aauto`).reply(404, { message: 'Label does not exist' });
    const { publish, ledger } = publisherFor({ kind: 'remove_label', number: 12, label: 'crew:auto' });

    await publish();

    expect(ledger.effect().state).toBe('done');
  });
});

describe('a sticky comment', () => {
  const first: EffectAction = { kind: 'sticky_comment', number: 12, body: 'one' };
  const posted = (id: number, text: string) => ({
    id,
    body: `${text}\n\n${MARKER}`,
    user: BOT,
    html_url: url(id),
    created_at: '2026-01-01T00:00:00Z',
  });

  it('is posted once and edited for each newer revision', async () => {
    stub().post(`${REPO}/issues/12/comments`).reply(201, posted(5, 'one'));
    stub().patch(`${REPO}/issues/comments/5`).reply(200, posted(5, 'two'));
    const { publish, ledger } = publisherFor(first);

    await publish();
    ledger.revise({ ...first, body: 'two' });
    await publish();

    expect(requests()).toEqual(['POST /issues/12/comments', 'PATCH /issues/comments/5']);
    expect(bodies('PATCH')).toEqual([{ body: `two\n\n${MARKER}` }]);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { externalId: 5 } });
  });

  it('is posted anew when a person deleted it', async () => {
    stub().patch(`${REPO}/issues/comments/5`).reply(404, { message: 'Not Found' });
    stub().post(`${REPO}/issues/12/comments`).reply(201, posted(6, 'one'));
    const { publish, ledger } = publisherFor(first, { effect: { outcome: { url: url(5), externalId: 5 } } });

    await publish();

    expect(ledger.effect().outcome).toEqual({ url: url(6), externalId: 6 });
  });

  it('that was posted by a sending in doubt is edited to the newer revision, not posted again', async () => {
    stub()
      .get(`${REPO}/issues/12/comments`)
      .query(true)
      .times(2)
      .reply(200, [posted(5, 'one')]);
    stub().patch(`${REPO}/issues/comments/5`).reply(200, posted(5, 'two'));
    const { publish, ledger } = publisherFor({ ...first, body: 'two' });
    ledger.leaveInDoubt();

    await publish();

    expect(requests().at(-1)).toBe('PATCH /issues/comments/5');
    expect(ledger.effect().outcome?.externalId).toBe(5);
  });
});

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

    expect(watch.sent.find(({ path }) => path.endsWith('/pulls'))?.query).toMatchObject({
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
    expect(ledger.effect().outcome).toEqual({ url: url(21), externalId: 21 });
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

describe('a check run', () => {
  const action = (
    change: Partial<EffectAction & { kind: 'check_run' }> = {},
  ): EffectAction & { kind: 'check_run' } => ({
    kind: 'check_run',
    name: 'crew',
    headSha: HEAD_SHA,
    status: 'in_progress',
    conclusion: null,
    title: 'Reading',
    summary: 'Four specialists read.',
    annotations: [],
    ...change,
  });
  const annotations = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      path: 'a.ts',
      startLine: index + 1,
      endLine: index + 1,
      level: 'warning' as const,
      title: 'T',
      message: 'M',
    }));
  const run = (effectId: string, annotations_count: number, status = 'in_progress') => ({
    id: 31,
    html_url: url(31),
    external_id: effectId,
    head_sha: HEAD_SHA,
    name: 'crew',
    status,
    conclusion: status === 'completed' ? 'success' : null,
    output: { title: 'Reading', summary: 'Four specialists read.', annotations_count },
  });
  const counts = (method: string) =>
    bodies(method).map(
      (body) => (body as { output: { annotations?: unknown[] } }).output.annotations?.length,
    );

  it('is made once and updated for each newer revision', async () => {
    stub()
      .post(`${REPO}/check-runs`)
      .reply(201, { id: 31, html_url: url(31) });
    stub()
      .patch(`${REPO}/check-runs/31`)
      .reply(200, { id: 31, html_url: url(31) });
    const { publish, ledger } = publisherFor(action());

    await publish();
    ledger.revise(action({ status: 'completed', conclusion: 'success', title: 'Done' }));
    await publish();

    expect(bodies('POST')[0]).toMatchObject({
      name: 'crew',
      head_sha: HEAD_SHA,
      external_id: ledger.effect().id,
      status: 'in_progress',
    });
    expect(bodies('PATCH')[0]).toMatchObject({
      status: 'completed',
      conclusion: 'success',
      output: { title: 'Done' },
    });
  });

  it('takes its annotations fifty at a time', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });
    stub().patch(`${REPO}/check-runs/31`).times(2).reply(200, { id: 31 });
    const { publish, ledger } = publisherFor(action({ annotations: annotations(120) }));

    await publish();

    expect([counts('POST'), counts('PATCH')]).toEqual([[50], [50, 20]]);
    expect(ledger.effect().state).toBe('done');
  });

  it('that was left half annotated is found by its external id and given only what it lacks', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });
    stub().patch(`${REPO}/check-runs/31`).reply(502, 'bad gateway');
    const { publish, ledger } = publisherFor(action({ annotations: annotations(60) }));
    await publish();
    const standing = run(ledger.effect().id, 50);
    stub()
      .get(`${REPO}/commits/${HEAD_SHA}/check-runs`)
      .query({ check_name: 'crew', app_id: 42, filter: 'all', per_page: 100 })
      .times(2)
      .reply(200, { total_count: 2, check_runs: [run('another', 0), standing] });
    stub().get(`${REPO}/check-runs/31`).reply(200, standing);
    stub().patch(`${REPO}/check-runs/31`).reply(200, { id: 31 });

    await publish();

    expect(ledger.failures).toMatchObject([{ sent: 'maybe' }]);
    expect([counts('POST'), counts('PATCH')]).toEqual([[50], [10, 10]]);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { externalId: 31 } });
  });

  it('states the cut of a summary that is too long', async () => {
    stub().post(`${REPO}/check-runs`).reply(201, { id: 31 });
    const { publish } = publisherFor(action({ summary: 'x'.repeat(70_000) }));

    await publish();

    const { summary } = (bodies('POST')[0] as { output: { summary: string } }).output;
    expect(summary).toHaveLength(65_535);
    expect(summary).toContain('Cut here: 70000 characters were written');
  });
});
