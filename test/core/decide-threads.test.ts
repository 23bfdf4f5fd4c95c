import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import type { CommentEvent } from '../../src/core/event.ts';
import type { Memory } from '../../src/core/review/review-records.ts';
import { replyTask, reviewTask } from '../support/records.ts';
import {
  AT,
  base,
  commented,
  created,
  decisionOn,
  finding,
  findingBody,
  kinds,
  mona,
  own,
  pullSnapshot,
  renovate,
  thread,
  threadChanged,
  unwatched,
} from './decide-parts.ts';

const resolved = thread({ resolved: true, resolvedBy: 'mona' });
const of = { repositoryId: 1, number: 3 };

describe('a thread of a finding', () => {
  const facts = { findings: [finding], threads: [resolved] };
  const memory: Memory = {
    id: 'abcd1234',
    repositoryId: 1,
    kind: 'dismissed',
    text: 'Findings like "Loses the last page of results" (bug) are not wanted.',
    path: 'server/api.js',
    evidence: { by: 'mona', number: 3, url: null, quote: 'resolved the thread' },
    uses: 0,
    createdAt: AT,
    usedAt: null,
    expiresAt: AT,
  };
  const open = { ...facts, threads: [thread()], findings: [{ ...finding, state: 'dismissed' as const }] };
  const unresolved = threadChanged({ action: 'unresolved' });

  it('resolved by a writer is a finding dismissed, and something learned', () => {
    const { fingerprint } = finding;

    expect(decisionOn(threadChanged(), facts)).toMatchObject({
      decided: 'change',
      actor: 'mona',
      changes: [
        { kind: 'settle_finding', of, fingerprint, state: 'dismissed', by: 'mona' },
        { kind: 'remember', memory: { kind: 'dismissed', evidence: { by: 'mona', url: resolved.url } } },
      ],
    });
  });

  it('resolved after its lines changed is a dismissal when a later review has left the finding open already', () => {
    const outdated = { ...facts, threads: [{ ...resolved, outdated: true }] };
    const later = reviewTask({ id: 'later', state: 'done' });
    const raising = reviewTask({ id: finding.taskId, state: 'done' });

    const judged = decisionOn(threadChanged(), { ...outdated, tasks: [later, raising] });
    const running = { ...outdated, tasks: [reviewTask({ id: 'later', state: 'working' }), raising] };
    const waiting = decisionOn(threadChanged(), running);

    expect(judged.changes[0]).toMatchObject({ kind: 'settle_finding', state: 'dismissed', by: 'mona' });
    expect(waiting).toMatchObject({
      decided: 'ignored',
      reason: expect.stringMatching(/next review decides/),
    });
  });

  it('opened again by a writer is an open finding, and what was learned of it is forgotten', () => {
    const others = [
      { ...memory, id: 'other001', evidence: { ...memory.evidence, number: 4 } },
      { ...memory, id: 'other002', kind: 'lesson' as const },
    ];

    expect(decisionOn(unresolved, { ...open, memories: [memory, ...others] }).changes).toMatchObject([
      { kind: 'settle_finding', of, state: 'open', by: 'mona' },
      { kind: 'forget_memory', repositoryId: 1, memoryId: 'abcd1234' },
    ]);
  });

  it.each([
    ['by somebody without write access', threadChanged(), { permission: 'triage' }, /lacks write/],
    ['by a bot', threadChanged({ sender: renovate }), {}, /is a bot/],
    ['by our own App', threadChanged({ sender: own }), {}, /itself/],
    [
      'after its lines changed',
      threadChanged(),
      { threads: [{ ...resolved, outdated: true }] },
      /next review/,
    ],
    ['that was opened again since', threadChanged(), { threads: [thread()] }, /not resolved any more/],
    ['that was resolved again since', unresolved, { threads: [resolved] }, /not unresolved any more/],
    ['that is gone', threadChanged(), { threads: [] }, /not resolved any more/],
    [
      'of a finding that has a newer thread',
      threadChanged(),
      { threads: [resolved, thread({ id: 'PRRT_2', commentId: 601 })] },
      /raised anew/,
    ],
    [
      'of a finding that has a newer thread, opened again',
      unresolved,
      { ...open, threads: [thread(), thread({ id: 'PRRT_2', commentId: 601, resolved: true })] },
      /raised anew/,
    ],
    [
      'of a finding that is settled',
      threadChanged(),
      { findings: [{ ...finding, state: 'fixed' }] },
      /fixed/,
    ],
    ['of a finding that is not known', threadChanged(), { findings: [] }, /not known/],
    ['opened again of an open finding', unresolved, { threads: [thread()] }, /open already/],
    [
      'that somebody else began with our marker',
      threadChanged({ root: { author: mona, appId: null, body: findingBody } }),
      {},
      /not begun/,
    ],
    [
      'that is ours and no finding',
      threadChanged({ root: { author: own, appId: null, body: 'Hello.' } }),
      {},
      /not begun/,
    ],
  ])('is left alone %s', (_what, event, change, reason) => {
    expect(decisionOn(event, { ...facts, ...change } as never)).toMatchObject({
      decided: 'ignored',
      changes: [],
      reason: expect.stringMatching(reason),
    });
  });

  it('of somebody else asks for nothing', () => {
    const event = threadChanged({ root: { author: mona, appId: null, body: 'Why?' } });

    expect(decide(event, { app: base.app, roles: base.roles }).kind).toBe('decided');
  });
});

describe('a reply to a finding', () => {
  const replied = (change: Partial<CommentEvent> = {}) =>
    commented('That is on purpose.', {
      on: 'review_comment',
      commentId: 509,
      inReplyTo: 501,
      subject: { kind: 'pull_request', number: 3 },
      ...change,
    });
  const root = { body: findingBody, author: own.login, ours: true, inReplyTo: null };
  const said = (id: number, body: string, ours = false) => ({
    id,
    author: ours ? own.login : 'lisa',
    ours,
    body,
    createdAt: AT,
  });
  const comments = [said(501, 'Ends one short.', true), said(503, 'Does it?'), said(511, 'Later.')];
  const facts = { findings: [finding], root, threads: [thread({ comments })] };
  const answers = (count: number, commentId = 501) =>
    Array.from({ length: count }, (_, index) =>
      replyTask({ requestKey: `reply:1:${index}`, state: 'done', request: { commentId } }),
    );

  it('by a writer is answered, and acknowledged with eyes, by the thread as it stood then', () => {
    const decision = decisionOn(replied(), facts);

    expect(decision).toMatchObject({ decided: 'task', actor: 'mona' });
    expect(decision.changes[0]).toMatchObject({
      effect: {
        key: 'mark:reply:1:509',
        action: { content: 'eyes', target: { on: 'review_comment', commentId: 509 } },
      },
    });
    expect(created(decision)).toMatchObject([
      {
        kind: 'reply',
        subject: { kind: 'pull_request', number: 3 },
        requestKey: 'reply:1:509',
        requester: 'mona',
        budgetUsd: 5,
        request: {
          kind: 'reply',
          pullRequest: pullSnapshot,
          finding,
          commentId: 501,
          thread: [
            comments[0],
            comments[1],
            { id: 509, author: 'mona', ours: false, body: 'That is on purpose.', createdAt: AT },
          ],
        },
      },
    ]);
  });

  it('is answered also when its thread is not shown yet, from the comment that began it', () => {
    expect(created(decisionOn(replied(), { ...facts, threads: [] }))).toMatchObject([
      { request: { thread: [{ id: 501, ours: true, body: findingBody }, { id: 509 }] } },
    ]);
  });

  it('of a long thread is answered by its beginning and the newest', () => {
    const long = [said(501, 'first', true), ...Array.from({ length: 90 }, (_, at) => said(1_000 + at, 'x'))];
    const event = replied({ commentId: 2_000 });
    const [task] = created(decisionOn(event, { ...facts, threads: [thread({ comments: long })] }));
    const ids = task?.request.kind === 'reply' ? task.request.thread.map(({ id }) => id) : [];

    expect([ids.length, ids[0], ids[1], ids.at(-1)]).toEqual([30, 501, 1_062, 2_000]);
  });

  it('is answered by its own thread where the finding was raised in more than one', () => {
    const threads = [thread({ id: 'PRRT_0', commentId: 401, comments: [said(401, 'Old.', true)] })];
    const [task] = created(decisionOn(replied(), { ...facts, threads: [...threads, ...facts.threads] }));

    expect(task?.request).toMatchObject({ thread: [comments[0], comments[1], { id: 509 }] });
  });

  it('to a settled finding is answered too', () => {
    const settled = { ...facts, findings: [{ ...finding, state: 'dismissed' as const }] };

    expect(created(decisionOn(replied(), settled))).toHaveLength(1);
  });

  it('is answered three times a thread', () => {
    const other = answers(5, 601);

    expect(created(decisionOn(replied(), { ...facts, tasks: [...answers(2), ...other] }))).toHaveLength(1);
    expect(decisionOn(replied(), { ...facts, tasks: answers(3) })).toMatchObject({ changes: [] });
  });

  it.each([
    ['by somebody without write access', replied(), { permission: 'triage' }],
    ['by a bot, listed or not', replied({ sender: renovate, author: renovate }), {}],
    ['by our own App', replied({ sender: own, author: own }), {}],
    ['that is edited', replied({ action: 'edited', before: 'x' }), {}],
    ['on a closed pull request', replied({ open: false }), {}],
    ['on one that was closed since', replied(), { standing: { open: false, labels: [], updatedAt: AT } }],
    ['to a comment of somebody else', replied(), { root: { ...root, ours: false } }],
    ['to a comment that is gone', replied(), { root: null }],
    ['to what is no finding', replied(), { root: { ...root, body: 'Hello.' } }],
    ['where the crew found nothing', replied(), { findings: [] }],
    ['that was taken up before', replied(), { tasks: [replyTask({ requestKey: 'reply:1:509' })] }],
  ])('%s is not answered and gets no reaction', (_what, event, change) => {
    expect(decisionOn(event, { ...facts, ...change } as never)).toMatchObject({
      decided: 'ignored',
      changes: [],
    });
  });

  it('that holds a command is a command', () => {
    expect(decide(replied({ body: '/crew stop' }), { ...base, ...facts }).kind).toBe('commands');
  });

  it('ends the counting of pushes, answered or not', () => {
    const watch = { ...unwatched, pushedHeads: ['c'.repeat(40)] };

    expect(kinds(decisionOn(replied(), { ...facts, watch }).changes)).toEqual([
      'note_person',
      'plan_effect',
      'create_task',
    ]);
    expect(kinds(decisionOn(replied(), { ...facts, watch, permission: 'read' }).changes)).toEqual([
      'note_person',
    ]);
  });

  it('asks GitHub nothing where the crew found nothing', () => {
    const { app, roles } = base;

    expect(decide(replied(), { app, roles })).toEqual({ kind: 'needs', facts: ['own'] });
    expect(decide(replied(), { app, roles, own: [] })).toEqual({
      kind: 'needs',
      facts: ['findings', 'watch'],
    });
    expect(decide(replied(), { app, roles, own: [], findings: [], watch: unwatched }).kind).toBe('decided');
  });
});
