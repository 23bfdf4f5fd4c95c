import { describe, expect, it } from 'vitest';
import type { EffectAction } from '../../src/core/effect-records.ts';
import { markerFor } from '../../src/core/marker.ts';
import { BOT, REPO, stubbedGitHub } from './stubbed-github.ts';

const github = stubbedGitHub();
const { stub, bodies, requests, publisherFor } = github;
const url = (id: number) => `https://github.test/${id}`;
const action: EffectAction = {
  kind: 'dismiss_review',
  number: 13,
  reviews: ['review:1', 'review:2'],
  message: 'Nothing calls for changes any more.',
};
const review = (id: number, change: object = {}) => ({
  id,
  html_url: url(id),
  body: `Two findings.\n\n${markerFor('review:1')}`,
  state: 'CHANGES_REQUESTED',
  commit_id: 'b'.repeat(40),
  user: BOT,
  ...change,
});
const listed = (...reviews: readonly object[]) =>
  stub().get(`${REPO}/pulls/13/reviews`).query(true).reply(200, reviews);
const dismissalOf = (id: number) => stub().put(`${REPO}/pulls/13/reviews/${id}/dismissals`);

describe('the dismissal of our reviews', () => {
  it('takes each back that still requests changes, with the reason', async () => {
    listed(
      review(5, { state: 'DISMISSED' }),
      review(6),
      review(7, { state: 'COMMENTED' }),
      review(8, { body: markerFor('review:2') }),
    );
    for (const id of [6, 8]) dismissalOf(id).reply(200, review(id, { state: 'DISMISSED' }));
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(requests().slice(1)).toEqual([
      'PUT /pulls/13/reviews/6/dismissals',
      'PUT /pulls/13/reviews/8/dismissals',
    ]);
    expect(bodies('PUT')[0]).toEqual({ message: 'Nothing calls for changes any more.' });
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { url: url(8), externalId: 8 } });
  });

  it.each([
    ['a person’s', review(5, { user: { login: 'mona', type: 'User' } })],
    ['another App’s', review(5, { user: { login: 'other[bot]', type: 'Bot' } })],
    ['a later one of ours', review(5, { body: markerFor('review:3') })],
    ['one that only comments', review(5, { state: 'COMMENTED' })],
    ['one that was dismissed', review(5, { state: 'DISMISSED' })],
  ])('leaves %s', async (_title, standing) => {
    // What is not there is believed at the second look.
    listed(standing);
    listed(standing);
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(github.writes()).toEqual([]);
    expect(ledger.effect()).toMatchObject({
      state: 'done',
      outcome: { left: 'none of its reviews requests changes or approves' },
    });
  });

  it('takes back one that a first look did not show yet', async () => {
    listed();
    listed(review(6));
    dismissalOf(6).reply(200, review(6, { state: 'DISMISSED' }));
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { url: url(6), externalId: 6 } });
    expect(ledger.effect().outcome?.left).toBeUndefined();
  });

  it('leaves what an approval of ours took back, and not what came after it', async () => {
    listed(review(5), review(6, { state: 'APPROVED', body: markerFor('review:3') }), review(7));
    dismissalOf(7).reply(200, review(7, { state: 'DISMISSED' }));

    await publisherFor(action).publish();

    expect(requests().slice(1)).toEqual(['PUT /pulls/13/reviews/7/dismissals']);
  });

  it('takes an approval back by its marker, also where only a comment came after it, and no other approval', async () => {
    listed(
      review(5, { state: 'APPROVED', body: markerFor('review:3') }),
      review(6, { state: 'APPROVED' }),
      review(7, { state: 'COMMENTED', body: markerFor('review:4') }),
      review(8, { state: 'APPROVED', user: { login: 'mona', type: 'User' } }),
    );
    dismissalOf(6).reply(200, review(6, { state: 'DISMISSED' }));
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(requests().slice(1)).toEqual(['PUT /pulls/13/reviews/6/dismissals']);
    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { url: url(6), externalId: 6 } });
  });

  it.each([
    [403, 'You are not authorized to dismiss reviews on this protected branch'],
    [422, 'Can not dismiss a dismissed pull request review'],
  ])(
    'that GitHub refuses by %i is left to people with its reason, and is no failure',
    async (status, why) => {
      listed(review(5), review(6));
      dismissalOf(5).reply(status, { message: why });
      dismissalOf(6).reply(200, review(6, { state: 'DISMISSED' }));
      const { publish, ledger, log } = publisherFor(action);

      await publish();

      expect(ledger.effect()).toMatchObject({
        state: 'done',
        outcome: { url: url(5), left: expect.stringContaining(why) },
      });
      expect(log.filter(({ level }) => level === 'warn')).toMatchObject([
        { message: 'review left standing: GitHub does not let us dismiss it' },
      ]);
    },
  );

  it('of a review that went meanwhile is left', async () => {
    listed(review(5));
    dismissalOf(5).reply(404, { message: 'Not Found' });
    const { publish, ledger } = publisherFor(action);

    await publish();

    expect(ledger.effect()).toMatchObject({ state: 'done', outcome: { left: 'the review is gone' } });
  });
});
