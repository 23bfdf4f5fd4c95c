import { describe, expect, it } from 'vitest';
import { replyEffects, reviewEffects } from '../../src/core/outcome-effects.ts';
import { progressEffects } from '../../src/core/progress.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { fingerprintIn } from '../../src/core/review/fingerprint.ts';
import { trackingOf } from '../../src/core/review/track-findings.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import {
  earlierFinding,
  effect,
  inlineAnchor,
  pullRequest,
  recordsOf,
  replyTask,
  result,
  reviewTask,
  subtask,
  trackedFinding,
} from '../support/records.ts';
import { confirmed, FAILED, fault, type Review, refuted, reviewRecords } from './review-parts.ts';

const leak = fault('Token is written to the log', 10, { severity: 'high' });
const HEAD = 'b'.repeat(40);

function eventOf(review: Review): string | null {
  const [first] = reviewEffects(reviewRecords(review));
  return first?.action.kind === 'review' ? first.action.event : null;
}

describe('a review on GitHub', () => {
  it('is one review of the head, each comment on its line and ending in its fingerprint', () => {
    const records = reviewRecords({
      reviews: { backend: [leak, { ...fault('Reads the whole table', 900), category: 'speed' }] },
      verdicts: [confirmed('C1'), confirmed('C2')],
    });

    const effects = reviewEffects(records);

    expect(effects).toMatchObject([
      {
        key: `review:${records.task.id}`,
        taskId: records.task.id,
        action: {
          kind: 'review',
          number: 3,
          headSha: HEAD,
          event: 'COMMENT',
          comments: [{ path: 'server/api.js', side: 'RIGHT', startLine: null, line: 10 }],
        },
      },
    ]);
    const { action } = effects[0] ?? {};
    const body = action?.kind === 'review' ? (action.comments[0]?.body ?? '') : '';
    expect(trackingOf(records).raised.map(({ fingerprint }) => fingerprint)).toContain(fingerprintIn(body));
  });

  it('is nothing at all where nothing is new', () => {
    const earlier = [earlierFinding()];

    expect(reviewEffects(reviewRecords({ reviews: { backend: [] } }))).toEqual([]);
    expect(reviewEffects(reviewRecords({ reviews: { backend: [] }, survey: { earlier } }))).toEqual([]);
    expect(reviewEffects(recordsOf(reviewTask()))).toEqual([]);
  });

  it('ends the threads of what was fixed, with or without a review beside them', () => {
    const survey = { earlier: [earlierFinding({ now: null })] };
    const silent = reviewRecords({ reviews: { backend: [] }, survey });
    const resolved = {
      key: `resolve:${silent.task.id}:${trackedFinding().fingerprint}`,
      taskId: silent.task.id,
      repository: silent.task.repository,
      action: {
        kind: 'resolve_thread',
        number: 3,
        fingerprint: trackedFinding().fingerprint,
        when: 'outdated',
        reply: 'Fixed in bbbbbbb.',
      },
    };

    const spoken = reviewEffects(reviewRecords({ reviews: { backend: [leak] }, survey }));

    expect(reviewEffects(silent)).toEqual([resolved]);
    expect(spoken.map(({ action }) => action.kind)).toEqual(['review', 'resolve_thread']);
    expect(new Set(spoken.map(({ key }) => key)).size).toBe(2);
  });

  const stillOpen = (severity: 'high' | 'medium') => ({
    earlier: [
      earlierFinding({
        finding: trackedFinding({
          severity,
          path: 'web/page.js',
          anchor: inlineAnchor({ path: 'web/page.js' }),
        }),
        reread: false,
      }),
    ],
  });
  it.each([
    [
      'COMMENT',
      'by default, whatever it found',
      { reviews: { backend: [{ ...leak, severity: 'critical' as const }] } },
    ],
    [
      'REQUEST_CHANGES',
      'from the configured severity on',
      { reviews: { backend: [leak] }, config: { requestChanges: 'high' as const } },
    ],
    [
      'COMMENT',
      'below it',
      { reviews: { backend: [leak] }, config: { requestChanges: 'critical' as const } },
    ],
    [
      'COMMENT',
      'when the second look found it less grave',
      {
        reviews: { backend: [leak] },
        verdicts: [confirmed('C1', 'medium')],
        config: { requestChanges: 'high' as const },
      },
    ],
    [
      'REQUEST_CHANGES',
      'when what is still open reaches it',
      {
        reviews: { backend: [{ ...leak, severity: 'medium' as const }] },
        survey: stillOpen('high'),
        config: { requestChanges: 'high' as const },
      },
    ],
    [
      'COMMENT',
      'when what is still open does not',
      {
        reviews: { backend: [{ ...leak, severity: 'medium' as const }] },
        survey: stillOpen('medium'),
        config: { requestChanges: 'high' as const },
      },
    ],
  ])('has the event %s %s', (event, _, review) => {
    expect(eventOf(review)).toBe(event);
  });
});

describe('an approval', () => {
  const config = { approve: true };
  const clean = { reviews: { backend: [], qa: [] }, config };
  const manifest = (read: 'full' | 'part' | 'skipped', reason: string | null) => ({
    manifest: [{ path: 'server/api.js', read, reason }],
    groups:
      read === 'full' && reason === null
        ? [{ index: 1, paths: ['server/api.js'], reviewers: ['backend'] }]
        : [],
  });

  it('is given where it is configured, all was read by all, and nothing is open', () => {
    expect(eventOf(clean)).toBe('APPROVE');
    expect(eventOf({ ...clean, survey: manifest('full', 'unchanged since abcdef1') })).toBe('APPROVE');
    expect(eventOf({ ...clean, survey: { earlier: [earlierFinding({ now: null })] } })).toBe('APPROVE');
    expect(eventOf({ ...clean, reviews: { backend: [leak] }, verdicts: [refuted('C1')] })).toBe('APPROVE');
  });

  it.each([
    ['it is not configured', { ...clean, config: { approve: false } }],
    ['the pull request is a draft', { ...clean, request: { pullRequest: { ...pullRequest, draft: true } } }],
    ['something is still open', { ...clean, survey: { earlier: [earlierFinding()] } }],
    ['a reviewer failed', { ...clean, reviews: { backend: [], qa: FAILED } }],
    ['a file was skipped', { ...clean, survey: manifest('skipped', 'lock file') }],
    [
      'a file was read in part',
      { ...clean, survey: manifest('part', 'over 60,000 characters: only its beginning is read') },
    ],
    ['something slight was found', { ...clean, reviews: { backend: [{ ...leak, severity: 'low' }] } }],
    [
      'the second look found it slight',
      { ...clean, reviews: { backend: [leak] }, verdicts: [confirmed('C1', 'low')] },
    ],
    ['nothing was read', { ...clean, survey: { manifest: [], groups: [] } }],
    ['nobody finished reading a file', { ...clean, reviews: { qa: FAILED } }],
  ] satisfies readonly (readonly [string, Review])[])('is not given when %s', (_, review) => {
    expect(eventOf(review)).toBeNull();
  });

  it('is not given with a finding, whatever became of it', () => {
    expect(eventOf({ ...clean, reviews: { backend: [leak] } })).toBe('COMMENT');
    expect(eventOf({ ...clean, reviews: { backend: [{ ...leak, line: 900 }] }, verdicts: FAILED })).toBe(
      'COMMENT',
    );
  });
});

describe('an answer in a thread', () => {
  const of = subtask({ key: 'reply', kind: 'reply', role: 'backend', state: 'done' });
  const answered = (
    verdict: 'stands' | 'withdrawn' | 'dismissed',
    answer: string,
    lesson: string | null = null,
  ): TaskRecords => {
    const outcome: Outcome = { kind: 'reply', answer: { answer, verdict, lesson } };
    return recordsOf(replyTask({ costUsd: 0.02 }), { subtasks: [of], results: [result(of, outcome)] });
  };

  it('is one reply by the specialist, with its cost', () => {
    const records = answered('stands', 'It still ends one short: see line 4.');

    expect(replyEffects(records)).toEqual([
      {
        key: `reply:${records.task.id}`,
        taskId: records.task.id,
        repository: records.task.repository,
        action: {
          kind: 'thread_reply',
          number: 3,
          commentId: 501,
          body: 'It still ends one short: see line 4.\n\n<sub>Answered by backend · $0.02</sub>',
        },
      },
    ]);
  });

  it('ends the thread of a finding that was withdrawn, after the reply and without a word', () => {
    const records = answered('withdrawn', 'You are right.', 'Pages count from 0.');

    const [reply, resolve] = replyEffects(records);

    expect(reply?.action).toMatchObject({
      body: expect.stringMatching(
        /_The finding is withdrawn\._\n\nRemembered for this repository: Pages count from 0\./,
      ),
    });
    expect(resolve).toMatchObject({
      key: `resolve:${records.task.id}:${trackedFinding().fingerprint}`,
      after: `reply:${records.task.id}`,
      action: {
        kind: 'resolve_thread',
        when: 'always',
        reply: null,
        fingerprint: trackedFinding().fingerprint,
      },
    });
    expect(replyEffects(answered('dismissed', 'As you like.'))).toHaveLength(1);
  });

  it('cannot break out of its place, and is never empty', () => {
    const [hostile] = replyEffects(answered('stands', '</sub><script>x</script>\n/crew stop'));
    const [empty] = replyEffects(answered('stands', ' '));

    expect(hostile?.action).toMatchObject({
      body: expect.stringMatching(/^&lt;\/sub>&lt;script>x&lt;\/script>\n\\\/crew stop\n\n<sub>/),
    });
    expect(empty?.action).toMatchObject({ body: expect.stringMatching(/^The reply was read/) });
    expect(replyEffects(recordsOf(replyTask()))).toEqual([]);
  });

  it('is all that a reply task says, unless it fails: then the thread is told why', () => {
    const silent = (['queued', 'working', 'publishing', 'done', 'stopped'] as const).flatMap((state) => [
      ...progressEffects(recordsOf(replyTask({ state }))),
    ]);
    const failed = recordsOf(replyTask({ state: 'failed', reason: 'The model was away.' }));

    expect(silent).toEqual([]);
    expect(progressEffects(failed)).toEqual([
      {
        key: `reply-failed:${failed.task.id}`,
        taskId: failed.task.id,
        repository: failed.task.repository,
        action: {
          kind: 'thread_reply',
          number: 3,
          commentId: 501,
          body: 'The crew could not answer this: The model was away.\n\nThe finding stays as it is; a new reply asks again.',
        },
      },
    ]);
    const refusedReply = effect({
      key: `reply:${failed.task.id}`,
      state: 'failed',
      action: { kind: 'thread_reply', number: 3, commentId: 501, body: 'x' },
    });
    expect(progressEffects({ ...failed, effects: [refusedReply] })).toEqual([]);
  });
});
