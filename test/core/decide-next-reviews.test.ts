import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import {
  base,
  config,
  created,
  decisionOn,
  finding,
  HEAD,
  kinds,
  opened,
  pullLabelled,
  reviewOf,
  thread,
  unwatched,
} from './decide-parts.ts';

describe('a review after an earlier one', () => {
  const pushed = opened({ action: 'synchronize', previousHeadSha: 'd'.repeat(40) });
  const earlierReview = reviewOf('d'.repeat(40), { id: 'earlier', state: 'done' });
  const tasks = [reviewOf('e'.repeat(40), { id: 'failed', state: 'failed' }), earlierReview];
  const requestOf = (event = pushed, given = tasks) =>
    created(decisionOn(event, { tasks: given }))[0]?.request;

  it('goes on from the newest that came to its end, whatever head that read', () => {
    const older = reviewOf('f'.repeat(40), { id: 'older', state: 'done' });

    expect(requestOf(pushed, [...tasks, older])).toMatchObject({
      since: { taskId: 'earlier', headSha: 'd'.repeat(40) },
    });
    expect(requestOf(pushed, [])).toMatchObject({ since: null });
  });

  it('reads the threads only when there was something to resolve', () => {
    const facts = { ...base, tasks, findings: undefined, threads: undefined };
    const asks = (change: object) => decide(pushed, { ...facts, ...change } as never);

    expect(asks({})).toEqual({ kind: 'needs', facts: ['findings'] });
    expect(asks({ findings: [finding] })).toEqual({ kind: 'needs', facts: ['threads'] });
    expect(asks({ findings: [] }).kind).toBe('decided');
    expect(asks({ tasks: [] }).kind).toBe('decided');
  });

  it.each([
    ['resolved by a writer', { resolved: true, resolvedBy: 'hubot' }, 'hubot', 'resolved the thread'],
    ['disliked by a writer', { dislikedBy: ['lisa'] }, 'lisa', 'reacted with 👎'],
  ])('finds a finding dismissed that was %s, in that person’s name', (_what, change, by, quote) => {
    const facts = { tasks, findings: [finding], threads: [thread(change)] };

    expect(decisionOn(pushed, facts).changes).toMatchObject([
      { kind: 'note_push' },
      {
        kind: 'settle_finding',
        of: { repositoryId: 1, number: 3 },
        fingerprint: finding.fingerprint,
        state: 'dismissed',
        by,
        reason: `${by} ${quote}.`,
      },
      {
        kind: 'remember',
        memory: {
          repositoryId: 1,
          kind: 'dismissed',
          text: 'Findings like "Loses the last page of results" (bug) are not wanted.',
          path: 'server/api.js',
          evidence: { by, number: 3, url: thread().url, quote },
          key: `dismissed:1:3:${finding.fingerprint}`,
        },
      },
      { kind: 'create_task' },
    ]);
  });

  const byWriter = { resolved: true, resolvedBy: 'mona' };
  const begun = (createdAt: string) => ({
    comments: [{ id: 501, author: 'crew[bot]', ours: true, body: 'Ends one short.', createdAt }],
  });
  const raisedBy = reviewOf('c'.repeat(40), {
    id: 'raised',
    state: 'done',
    createdAt: '2026-01-02T00:00:00.900Z',
  });

  it.each([
    ['resolved', byWriter],
    ['disliked', { dislikedBy: ['mona'] }],
    ['liked', { likedBy: ['mona'] }],
  ])('takes no notice of the older thread of a finding that is back: %s', (_what, change) => {
    const newer = thread({ id: 'PRRT_2', commentId: 601 });
    const both = { tasks, findings: [finding], threads: [newer, thread(change)] };
    const known = [{ ...finding, taskId: 'raised' }];
    const old = thread({ ...change, ...begun('2026-01-01T23:59:59Z') });
    const alone = { tasks: [raisedBy, ...tasks], findings: known, threads: [old] };

    for (const facts of [both, alone]) {
      expect(kinds(decisionOn(pushed, facts).changes)).toEqual(['note_push', 'create_task']);
    }
  });

  it('finds a finding dismissed that is back by its newest thread, begun in the second of its review or later', () => {
    const known = [{ ...finding, taskId: 'raised' }];
    const older = thread({ id: 'PRRT_0', commentId: 401 });
    const threads = [thread({ ...byWriter, ...begun('2026-01-02T00:00:00Z') }), older];

    expect(
      decisionOn(pushed, { tasks: [raisedBy, ...tasks], findings: known, threads }).changes,
    ).toContainEqual(expect.objectContaining({ kind: 'settle_finding', by: 'mona' }));
  });

  it('finds a finding dismissed whose comment was deleted, and learns nothing of it', () => {
    const facts = { tasks, findings: [finding], threads: [], deleted: [finding.fingerprint] };

    expect(decisionOn(pushed, facts).changes).toMatchObject([
      { kind: 'note_push' },
      { kind: 'settle_finding', state: 'dismissed', by: 'system', reason: 'Its comment was deleted.' },
      { kind: 'create_task' },
    ]);
  });

  it('asks after deleted comments only where an open finding on lines has no thread', () => {
    const facts = { ...base, tasks, findings: [finding], threads: [], deleted: undefined };
    const asks = (change: object) => decide(pushed, { ...facts, ...change } as never);
    const inBody = { kind: 'body' as const, place: 'README', reason: 'it stands on no line' };

    expect(asks({})).toEqual({ kind: 'needs', facts: ['deleted'] });
    expect(asks({ threads: [thread()] }).kind).toBe('decided');
    expect(asks({ findings: [{ ...finding, anchor: inBody }] }).kind).toBe('decided');
    expect(asks({ findings: [{ ...finding, state: 'fixed' }] }).kind).toBe('decided');
  });

  it('remembers what a writer liked, and settles nothing by it', () => {
    const facts = { tasks, findings: [finding], threads: [thread({ likedBy: ['lisa'] })] };

    expect(decisionOn(pushed, facts).changes).toMatchObject([
      { kind: 'note_push' },
      { kind: 'remember', memory: { kind: 'valued', evidence: { by: 'lisa' } } },
      { kind: 'create_task' },
    ]);
  });

  it.each([
    ['resolved by nobody who may', finding, thread({ resolved: true })],
    [
      'resolved after its lines changed',
      finding,
      thread({ resolved: true, resolvedBy: 'mona', outdated: true }),
    ],
    [
      'of a finding that is settled',
      { ...finding, state: 'fixed' as const },
      thread({ dislikedBy: ['mona'] }),
    ],
    ['of another finding', finding, thread({ fingerprint: 'f'.repeat(16), dislikedBy: ['mona'] })],
  ])('leaves a thread alone that is %s', (_what, known, found) => {
    expect(kinds(decisionOn(pushed, { tasks, findings: [known], threads: [found] }).changes)).toEqual([
      'note_push',
      'create_task',
    ]);
  });

  it('that the label asks for reads a reviewed head again as a whole', () => {
    const label = pullLabelled('crew:review');

    expect(requestOf(label as never, [reviewOf(HEAD, { state: 'done' })])).toMatchObject({ since: null });
    expect(requestOf(label as never)).toMatchObject({ since: { taskId: 'earlier' } });
  });
});

describe('a pull request that is pushed to again and again', () => {
  const pushed = opened({ action: 'synchronize', previousHeadSha: 'd'.repeat(40) });
  const heads = (count: number) => Array.from({ length: count }, (_, index) => String(index).repeat(40));
  const watch = (count: number) => ({ watch: { ...unwatched, pushedHeads: heads(count) } });

  it('is paused at the push after the fifth without a word by a person, and its check says how to go on', () => {
    expect(created(decisionOn(pushed, watch(4)))).toHaveLength(1);
    const { changes } = decisionOn(pushed, { ...watch(5), tasks: [reviewOf('d'.repeat(40))] });

    expect(changes).toMatchObject([
      { kind: 'stop_task' },
      { kind: 'pause_reviews', of: { repositoryId: 1, number: 3 }, why: 'automatic' },
      {
        effect: {
          key: `check-skip:1:3:${HEAD}`,
          action: { conclusion: 'skipped', summary: expect.stringMatching(/5 pushes[\s\S]*\/crew resume/) },
        },
      },
    ]);
  });

  it('counts a head once, and only pushes', () => {
    const again = { watch: { ...unwatched, pushedHeads: [...heads(4), HEAD] } };

    expect(created(decisionOn(pushed, again))).toHaveLength(1);
    expect(created(decisionOn(opened({ action: 'reopened' }), watch(9)))).toHaveLength(1);
    expect(kinds(decisionOn(opened()).changes)).toEqual(['create_task']);
  });

  it.each([
    ['never', 0, 50, 1],
    ['after two', 2, 2, 0],
  ])('is paused %s where the configuration says so', (_what, after, count, reviews) => {
    const facts = { ...watch(count), ...config(`review:\n  pause_after: ${after}`) };

    expect(created(decisionOn(pushed, facts))).toHaveLength(reviews);
  });

  it.each(['asked', 'automatic'] as const)('starts no review while it is paused (%s)', (paused) => {
    const facts = { watch: { ...unwatched, paused, pausedBy: 'lisa' } };

    for (const event of [pushed, opened({ action: 'ready_for_review' })]) {
      expect(decisionOn(event, facts).changes).toMatchObject([
        {
          effect: {
            action: {
              title: 'Reviews are paused',
              summary: expect.stringMatching(paused === 'asked' ? /lisa paused/ : /without a word/),
            },
          },
        },
      ]);
    }
    expect(kinds(decisionOn(pushed, { ...facts, tasks: [reviewOf('d'.repeat(40))] }).changes)).toEqual([
      'stop_task',
      'plan_effect',
    ]);
  });
});
