import nock from 'nock';
import { describe, expect, it } from 'vitest';
import { limitDelayMs, retryDelayMs, SENDINGS_MAX } from '../../src/app/publisher/retry-delay.ts';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { TransientError, UserError } from '../../src/core/errors.ts';
import { markerFor } from '../../src/core/marker.ts';
import { BASE_SHA, HEAD_SHA, TREE_SHA } from './publisher-parts.ts';
import { BOT, REPO, stubbedGitHub, TOKEN } from './stubbed-github.ts';

const COMMENT: EffectAction = {
  kind: 'comment',
  number: 12,
  body: 'Hello @acme/owners, the password is hunter2.',
};
const REACTION: EffectAction = { kind: 'reaction', target: { on: 'issue', number: 12 }, content: 'eyes' };
const SENT_BODY = `Hello @<code>acme/owners</code>, the password is [redacted].\n\n${markerFor('effect:1')}`;
const COMMENTS = `${REPO}/issues/12/comments`;

const github = stubbedGitHub();
const { stub, writes, publisherFor } = github;
const comment = (id: number, body: string, user: object = BOT) => ({
  id,
  body,
  user,
  html_url: `https://github.test/c/${id}`,
  created_at: '2026-01-01T00:00:00Z',
});

describe('sending an effect', () => {
  it('posts it redacted, without mentions and with our marker, and writes down what GitHub answered', async () => {
    stub().post(COMMENTS).reply(201, comment(5, ''));
    const { publish, ledger } = publisherFor(COMMENT);

    await publish();

    expect(writes().map(({ body }) => body)).toEqual([{ body: SENT_BODY }]);
    expect(ledger.effect()).toMatchObject({
      state: 'done',
      outcome: { url: 'https://github.test/c/5', externalId: 5 },
    });
  });

  it('does nothing with an effect that is not to be had', async () => {
    const { publish } = publisherFor(COMMENT, { effect: { state: 'done' } });

    await publish();

    expect(github.watch.sent).toEqual([]);
  });

  it('looks twice after a doubt before it posts, because reads lag', async () => {
    const reading = stub().get(COMMENTS).query(true).times(2).reply(200, []);
    stub().post(COMMENTS).reply(201, comment(5, ''));
    const { publish, ledger, clock } = publisherFor(COMMENT);
    ledger.leaveInDoubt();

    await publish();

    expect(reading.isDone()).toBe(true);
    expect(clock.sleptMs).toEqual([5_000]);
    expect(writes()).toHaveLength(1);
  });

  it('posts nothing when the second look finds it', async () => {
    stub().get(COMMENTS).query(true).reply(200, []);
    stub()
      .get(COMMENTS)
      .query(true)
      .reply(200, [comment(5, SENT_BODY)]);
    const { publish, ledger } = publisherFor(COMMENT);
    ledger.leaveInDoubt();

    await publish();

    expect(writes()).toEqual([]);
    expect(ledger.effect().outcome).toEqual({ url: 'https://github.test/c/5', externalId: 5 });
  });

  it('trusts the marker in nobody else’s comment', async () => {
    const forged = comment(4, SENT_BODY, { login: 'mallory', type: 'User' });
    stub().get(COMMENTS).query(true).times(2).reply(200, [forged]);
    stub().post(COMMENTS).reply(201, comment(5, ''));
    const { publish, ledger } = publisherFor(COMMENT);
    ledger.leaveInDoubt();

    await publish();

    expect(ledger.effect().outcome?.externalId).toBe(5);
  });
});

describe('an effect that fails', () => {
  it('is in doubt after a 502, is looked for, and stands once', async () => {
    stub().post(COMMENTS).reply(502, 'bad gateway');
    stub()
      .get(COMMENTS)
      .query(true)
      .reply(200, [comment(5, SENT_BODY)]);
    const { publish, ledger, clock } = publisherFor(COMMENT);

    await publish();
    await publish();

    expect(ledger.failures).toEqual([
      {
        error: expect.stringContaining('502'),
        sent: 'maybe',
        dueAt: new Date(clock.now().getTime() + 1_000).toISOString(),
      },
    ]);
    expect(writes()).toHaveLength(1);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { externalId: 5 } });
  });

  it('is planned again without doubt, not before the limit ends, after a rate limit', async () => {
    stub().post(COMMENTS).reply(403, { message: 'You have exceeded a secondary rate limit' });
    // It has waited as often as others may fail: nothing is wrong with it.
    const { publish, ledger, clock } = publisherFor(COMMENT, { effect: { attempts: 10 } });

    await publish();

    const dueAt = new Date(clock.now().getTime() + 60_000).toISOString();
    expect(ledger.failures).toEqual([
      { error: expect.stringContaining('rate limit'), sent: 'no', dueAt, limited: true },
    ]);
  });

  it('has failed for good when GitHub says what will not change', async () => {
    stub().post(COMMENTS).reply(410, { message: 'This issue was deleted' });
    const { publish, ledger, log } = publisherFor(COMMENT);

    await publish();

    expect(ledger.failures).toEqual([
      { error: expect.stringContaining('This issue was deleted'), sent: 'no', dueAt: null },
    ]);
    expect(log.at(-1)).toMatchObject({
      level: 'error',
      message: 'effect failed',
      fields: { taskId: ledger.effect().taskId, effect: 'effect:1' },
    });
  });

  it('has failed for good when the App lacks a permission', async () => {
    stub().post(COMMENTS).reply(403, { message: 'Resource not accessible by integration' });
    const { publish, ledger } = publisherFor(COMMENT);

    await publish();

    expect(ledger.failures).toEqual([
      { error: expect.stringContaining('lacks a permission'), sent: 'no', dueAt: null },
    ]);
  });

  it('has failed for good after so many sendings as fill twelve hours', async () => {
    stub().post(COMMENTS).reply(502, 'bad gateway');
    const { publish, ledger } = publisherFor(COMMENT, { effect: { attempts: SENDINGS_MAX - 1 } });

    await publish();

    expect(ledger.failures).toEqual([{ error: expect.stringContaining('502'), sent: 'maybe', dueAt: null }]);
  });

  it('was never sent when there was no token', async () => {
    nock.cleanAll();
    stub().get('/app').reply(503, { message: 'down' });
    const { publish, ledger } = publisherFor(COMMENT);

    await publish();

    expect(ledger.failures[0]).toMatchObject({ sent: 'no', dueAt: expect.any(String) });
  });

  it('waits longer each time, within bounds', () => {
    const delays = [1, 2, 3, 9, 20].map((attempts) => retryDelayMs(attempts, 0.5));

    expect(delays).toEqual([1_500, 3_000, 6_000, 384_000, 450_000]);
  });

  it('waits never less than GitHub asks, and comes back the less often the more wait', () => {
    const latest = [0, 1, 40, 400, 4_000].map((waiting) => limitDelayMs(2_000, waiting, 1));

    expect(limitDelayMs(60_000, 400, 0)).toBe(60_000);
    expect(latest).toEqual([2_500, 2_500, 17_000, 152_000, 302_000]);
  });

  it.each([
    ['comes back the later the more of its installation wait', COMMENT, COMMENTS, 32_000],
    ['comes back before the others when it is a reaction', REACTION, /\/reactions$/, 2_500],
  ])('%s', async (_what, action, path, ms) => {
    stub().post(path).reply(429, { message: 'slow down' }, { 'retry-after': '2' });
    const { publish, ledger, clock } = publisherFor(action, { parts: { random: () => 1 } });
    ledger.effects.waiting = async (id) => (id === ledger.effect().repository.installationId ? 80 : 0);

    await publish();

    expect(ledger.failures[0]?.dueAt).toBe(new Date(clock.now().getTime() + ms).toISOString());
  });
});

describe('pushing a branch', () => {
  const PUSH: EffectAction = {
    kind: 'push_branch',
    branch: 'crew/issue-12',
    baseSha: BASE_SHA,
    treeSha: TREE_SHA,
    how: 'push',
    onto: null,
    force: false,
  };

  it('hands the task’s patches to the workspaces, in the bot’s name, with a token that can write contents only', async () => {
    stub().get('/users/crew%5Bbot%5D').reply(200, { id: 77 });
    const { publish, ledger, pushed } = publisherFor(PUSH);

    await publish();

    const token = github.watch.sent.find(({ path }) => path.endsWith('/access_tokens'));
    expect(token?.body).toEqual({ repository_ids: [1], permissions: { contents: 'write' } });
    expect(pushed).toEqual([
      {
        asOne: null,
        repository: ledger.effect().repository,
        branch: 'crew/issue-12',
        baseSha: BASE_SHA,
        replay: null,
        patches: [],
        expectedTree: TREE_SHA,
        onto: null,
        force: false,
        author: { name: 'crew[bot]', email: '77+crew[bot]@users.noreply.github.com' },
        url: 'https://github.test/acme/pantry.git',
        token: TOKEN,
      },
    ]);
    expect(ledger.effect().outcome).toEqual({
      url: 'https://github.test/acme/pantry/tree/crew/issue-12',
      externalId: HEAD_SHA,
    });
  });

  it.each([
    ['passing trouble is tried again', new TransientError('fetch failed'), expect.any(String)],
    ['what the repository cannot take is final', new UserError('the head differs'), null],
  ])('%s', async (_title, error, dueAt) => {
    stub().get('/users/crew%5Bbot%5D').reply(200, { id: 77 });
    const fail = () => Promise.reject(error);
    const workspaces = { commits: fail, push: fail };
    const { publish, ledger } = publisherFor(PUSH, { parts: { workspaces } });

    await publish();

    expect(ledger.failures).toEqual([{ error: error.message, sent: 'no', dueAt }]);
  });
});
