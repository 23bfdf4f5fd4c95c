import { describe, expect, it } from 'vitest';
import { reviewTask } from '../support/records.ts';
import {
  AT,
  config,
  created,
  decisionOn,
  HEAD,
  opened,
  own,
  pullLabelled,
  pullRequest,
  pullSnapshot,
  renovate,
  reviewOf,
} from './decide-parts.ts';

describe('a pull request', () => {
  it.each(['opened', 'ready_for_review', 'synchronize', 'reopened'] as const)(
    '%s gets one review of its head',
    (action) => {
      const decision = decisionOn(opened({ action }));

      expect(created(decision)).toMatchObject([
        {
          kind: 'review',
          requestKey: `review:1:3:${HEAD}`,
          subject: { kind: 'pull_request', number: 3 },
          request: { pullRequest: pullSnapshot },
        },
      ]);
      const again = { tasks: [reviewTask({ requestKey: `review:1:3:${HEAD}`, state: 'done' })] };
      expect(decisionOn(opened({ action }), again).decided).toBe('ignored');
    },
  );

  it('is reviewed at the head that GitHub tells now, when deliveries come out of order', () => {
    const newer = { ...pullSnapshot, headSha: 'c'.repeat(40) };

    expect(created(decisionOn(opened(), { pullRequest: newer }))[0]?.requestKey).toBe(
      `review:1:3:${'c'.repeat(40)}`,
    );
  });

  const draft = opened({ pullRequest: { ...pullRequest, draft: true } });

  it.each([
    ['switched off', opened(), 'review:\n  auto: false'],
    ['our own', opened({ pullRequest: { ...pullRequest, author: own } }), ''],
    ['in a repository whose configuration cannot be read', opened(), 'review: ['],
  ])('is not reviewed, and nothing is said of it, when it is %s', (_what, event, text) => {
    expect(decisionOn(event, config(text))).toMatchObject({ decided: 'ignored', changes: [] });
  });

  it.each([
    ['a draft', draft, '', /draft/],
    ['a bot’s', opened({ pullRequest: { ...pullRequest, author: renovate } }), '', /bot that/],
    ['an ignored author’s', opened(), 'review:\n  ignore_authors: [mona]', /by mona/],
    ['into another branch', opened(), 'review:\n  base_branches: ["release/*"]', /into main/],
    ['without a wanted label', opened(), 'review:\n  labels: [review-me, "!wip"]', /none of the labels/],
    ['with an unwanted label', opened(), 'review:\n  labels: ["!crew"]', /the label crew,/],
  ])('is not reviewed when it is %s, which its check run explains', (_what, event, text, why) => {
    const { decided, changes, reason } = decisionOn(event, config(text));

    expect([decided, reason]).toEqual(['change', expect.stringMatching(why)]);
    expect(changes).toEqual([
      {
        kind: 'plan_effect',
        effect: {
          key: `check-skip:1:3:${HEAD}`,
          taskId: null,
          repository: expect.objectContaining({ id: 1 }),
          action: {
            kind: 'check_run',
            name: 'HyperCode Crew review',
            headSha: HEAD,
            status: 'completed',
            conclusion: 'skipped',
            title: 'Not reviewed',
            summary: expect.stringMatching(/^Not reviewed: .*\.\n\n`\/crew review`/),
            annotations: [],
          },
        },
      },
    ]);
  });

  it.each(['working', 'done'] as const)(
    'that is not for review keeps the check of a review that is %s',
    (state) => {
      expect(decisionOn(draft, { tasks: [reviewOf(HEAD, { state })] })).toMatchObject({
        decided: 'ignored',
        changes: [],
      });
    },
  );

  it.each([
    ['a draft where drafts are wanted', draft, 'review:\n  drafts: true'],
    [
      'of a listed bot',
      opened({ pullRequest: { ...pullRequest, author: renovate } }),
      'bots: ["renovate[bot]"]',
    ],
    ['with a wanted label', opened(), 'review:\n  labels: ["crew:b*", "!wip", "!"]'],
  ])('is reviewed when it is %s', (_what, event, text) => {
    expect(created(decisionOn(event, config(text)))).toHaveLength(1);
  });

  it('is judged by the branch that it goes into now, and by the newest word on whether it is a draft', () => {
    const release = { ...config('review:\n  base_branches: ["release/*"]') };
    const later = { open: true, labels: [], updatedAt: '2026-01-02T00:00:09Z' };

    const movedTo = { pullRequest: { ...pullSnapshot, baseRef: 'release/2' } };
    expect(created(decisionOn(opened(), { ...release, ...movedTo }))).toHaveLength(1);
    // Its opening as a draft is told of after it was marked as ready.
    expect(created(decisionOn(draft, { standing: later }))).toHaveLength(1);
    // The read lags behind the marking as ready.
    const lagging = { pullRequest: { ...pullSnapshot, draft: true } };
    expect(created(decisionOn(opened({ action: 'ready_for_review' }), lagging))).toHaveLength(1);
    expect(created(decisionOn(opened(), { ...lagging, standing: later }))).toHaveLength(0);
  });

  it.each([
    ['put on', pullLabelled('crew:backend')],
    ['taken off', opened({ action: 'unlabelled', label: 'wip' })],
  ])('is reviewed once a label makes the difference: %s', (_what, event) => {
    const labels = config('review:\n  labels: ["crew:b*", "!wip"]');

    expect(created(decisionOn(event, labels))).toHaveLength(1);
    expect(decisionOn(event, { ...labels, tasks: [reviewOf(HEAD, { state: 'done' })] })).toMatchObject({
      decided: 'ignored',
    });
    expect(decisionOn(event, config('review:\n  labels: [other]'))).toMatchObject({
      decided: 'ignored',
      changes: [],
    });
  });

  it('given another target is reviewed against that, and the review against the old one ends', () => {
    const event = opened({ action: 'base_changed', previousBaseRef: 'dev' });
    const old = reviewOf(HEAD, { id: 'old' });
    const against = { ...old.request, pullRequest: { ...pullSnapshot, baseRef: 'dev' } } as never;

    expect(decisionOn(event, { tasks: [{ ...old, request: against }] }).changes).toMatchObject([
      { kind: 'stop_task', taskId: 'old', reason: 'Superseded by a review against main.' },
      { kind: 'create_task', task: { requestKey: `review:1:3:${HEAD}:main` } },
    ]);
    expect(decisionOn(event, { tasks: [old] }).decided).toBe('ignored');
  });

  it('pushed to supersedes the review of the older head', () => {
    const event = opened({ action: 'synchronize', previousHeadSha: 'd'.repeat(40) });
    const tasks = [reviewOf('d'.repeat(40))];

    expect(decisionOn(event, { tasks }).changes).toMatchObject([
      { kind: 'stop_task', reason: `Superseded by ${HEAD.slice(0, 7)}.` },
      { kind: 'note_push', headSha: HEAD },
      { kind: 'create_task' },
    ]);
    expect(decisionOn(event, { tasks, ...config('review:\n  auto: false') }).changes).toMatchObject([
      { kind: 'stop_task' },
    ]);
  });

  it('pushed back to an earlier head goes on with its review, and ends the one of the head that is gone', () => {
    const event = opened({ action: 'synchronize', previousHeadSha: 'd'.repeat(40) });
    const gone = { ...reviewOf('d'.repeat(40)), id: 'gone' };
    const back = { ...reviewOf(HEAD, { state: 'stopped', reason: 'Superseded by ddddddd.' }), id: 'back' };
    const done = { ...reviewOf(HEAD, { state: 'done' }), id: 'done' };
    const stop = { kind: 'stop_task', taskId: 'gone', reason: `Superseded by ${HEAD.slice(0, 7)}.` };

    expect(decisionOn(event, { tasks: [gone, back] }).changes).toEqual([
      stop,
      { kind: 'note_push', of: { repositoryId: 1, number: 3 }, headSha: HEAD },
      { kind: 'reopen_task', taskId: 'back' },
    ]);
    expect(decisionOn(event, { tasks: [gone, done] }).changes).toEqual([stop]);
    expect(decisionOn(pullLabelled('crew:review'), { tasks: [gone, back] }).changes).toMatchObject([
      { kind: 'note_ask' },
      { kind: 'plan_effect' },
      stop,
      { kind: 'reopen_task', taskId: 'back' },
    ]);
  });

  describe('pushed back to a head that was reviewed, after another was', () => {
    const event = opened({ action: 'synchronize', previousHeadSha: 'd'.repeat(40) });
    const first = reviewOf(HEAD, { id: 'first', state: 'done', requestKey: `review:1:3:${HEAD}` });
    const between = reviewOf('d'.repeat(40), { id: 'between', state: 'done' });
    const tasks = [between, first];
    const requestKey = `review:1:3:${HEAD}:main:after:between`;

    it.each([
      ['done', {}],
      ['superseded', { state: 'stopped', reason: 'Superseded by ddddddd.' }],
      ['failed', { state: 'failed' }],
    ] as const)('is reviewed again, going on from that one, when its own was %s', (_what, change) => {
      const decision = decisionOn(event, { tasks: [between, { ...first, ...change }] });

      expect(created(decision)).toMatchObject([
        { requestKey, request: { since: { taskId: 'between', headSha: 'd'.repeat(40) } } },
      ]);
    });

    it.each(['working', 'done', 'failed', 'stopped'] as const)(
      'is reviewed once, however often and late it is told of: that review is %s',
      (state) => {
        const again = reviewOf(HEAD, { id: 'again', state, requestKey });

        expect(decisionOn(event, { tasks: [again, ...tasks] })).toMatchObject({
          decided: 'ignored',
          changes: [],
        });
      },
    );

    it('is not reviewed for a late delivery of it while GitHub tells the other head', () => {
      const now = { ...pullSnapshot, headSha: 'd'.repeat(40) };

      expect(decisionOn(event, { tasks, pullRequest: now })).toMatchObject({ decided: 'ignored' });
    });

    it('is reviewed a third time after a third head', () => {
      const again = reviewOf(HEAD, { id: 'again', state: 'done', requestKey });
      const other = reviewOf('e'.repeat(40), { id: 'other', state: 'done' });

      expect(created(decisionOn(event, { tasks: [other, again, ...tasks] }))[0]?.requestKey).toBe(
        `review:1:3:${HEAD}:main:after:other`,
      );
    });

    it('is reviewed from there on when the label asks for it', () => {
      expect(created(decisionOn(pullLabelled('crew:review'), { tasks }))).toMatchObject([
        { request: { since: { taskId: 'between' } } },
      ]);
    });
  });

  it('is not reviewed twice when its label was told of before its opening', () => {
    const byLabel = reviewOf(HEAD, { requestKey: 'label:1:3:crew:review@2026' });

    expect(decisionOn(opened(), { tasks: [byLabel] })).toMatchObject({ decided: 'ignored', changes: [] });
  });

  it('of the crew’s own that a person pushes to loses the review of its older head', () => {
    const event = opened({ action: 'synchronize', pullRequest: { ...pullRequest, author: own } });

    expect(decisionOn(event, { tasks: [reviewOf('d'.repeat(40))] }).changes).toMatchObject([
      { kind: 'stop_task' },
    ]);
    expect(decisionOn(event).decided).toBe('ignored');
  });

  it('closed stops its review, and reopened gets it again', () => {
    const stopped = reviewOf(HEAD, { state: 'stopped', requestKey: `review:1:3:${HEAD}` });
    const reopened = opened({ action: 'reopened' });

    const standing = { open: false, labels: [], updatedAt: AT };
    const toClosed = { standing, tasks: [reviewOf(HEAD)] };
    expect(decisionOn(opened({ action: 'closed' }), toClosed).changes).toMatchObject([{ kind: 'stop_task' }]);
    expect(decisionOn(reopened, { tasks: [stopped] }).changes).toEqual([
      { kind: 'reopen_task', taskId: stopped.id },
    ]);
    expect(decisionOn(opened(), { tasks: [stopped] }).decided).toBe('ignored');
  });

  it.each([
    ['triage', 'task'],
    ['read', 'ignored'],
  ] as const)('labelled crew:review by somebody with %s access: %s', (permission, decided) => {
    expect(decisionOn(pullLabelled('crew:review'), { permission }).decided).toBe(decided);
  });

  it('labelled crew is not worked on', () => {
    expect(decisionOn(pullLabelled('crew'))).toMatchObject({ decided: 'ignored', changes: [] });
  });
});
