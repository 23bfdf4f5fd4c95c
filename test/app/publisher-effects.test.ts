import { describe, expect, it } from 'vitest';
import { loadEffects } from '../../src/app/publisher/load-effects.ts';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { markerFor } from '../../src/core/marker.ts';
import { BOT, REPO, stubbedGitHub } from './stubbed-github.ts';

const MARKER = markerFor('effect:1');
const github = stubbedGitHub();
const { stub, requests, bodies, publisherFor } = github;
const url = (id: number) => `https://github.test/${id}`;

it('every kind of effect is one file', async () => {
  const kinds = [...(await loadEffects()).keys()].sort();

  expect(kinds).toEqual([
    'add_labels',
    'check_run',
    'comment',
    'dismiss_review',
    'open_pull_request',
    'propose_standard',
    'push_branch',
    'reaction',
    'ready_for_review',
    'remove_label',
    'rerun_failed_jobs',
    'resolve_answered',
    'resolve_thread',
    'review',
    'sticky_comment',
    'thread_reply',
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
