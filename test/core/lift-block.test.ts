import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/core/effect-records.ts';
import type { Task } from '../../src/core/records.ts';
import type { Severity } from '../../src/core/result-records.ts';
import { type BlockedPull, liftedBlock, mayBlock } from '../../src/core/review/lift-block.ts';
import type { TrackedState } from '../../src/core/review/review-records.ts';
import { config, effect, implementTask, reviewTask, trackedFinding } from '../support/records.ts';

const task = (id: string, requestChanges: Severity | null): Task =>
  reviewTask({ id, request: { config: { ...config, requestChanges } } });
const review = (of: string, event: 'REQUEST_CHANGES' | 'COMMENT', state: Effect['state'] = 'done') =>
  effect({
    key: `review:${of}`,
    state,
    action: { kind: 'review', number: 3, headSha: '', event, body: '', comments: [] },
  });
const finding = (severity: Severity, state: TrackedState = 'open') => trackedFinding({ severity, state });
const blocked: BlockedPull = {
  tasks: [task('T2', 'high'), task('T1', 'high')],
  reviews: [review('T2', 'COMMENT'), review('T1', 'REQUEST_CHANGES')],
  findings: [finding('high', 'fixed')],
};
const lifted = (change: Partial<BlockedPull> = {}) => liftedBlock({ ...blocked, ...change }, { task: 'T2' });

describe('the block of a review that requested changes', () => {
  it('is lifted, review by review, when no open finding calls for it', () => {
    const reviews = [review('T2', 'REQUEST_CHANGES'), review('T1', 'REQUEST_CHANGES')];

    expect(lifted({ reviews })).toEqual({
      key: 'dismiss-review:T2',
      taskId: 'T2',
      repository: reviews[0]?.repository,
      after: null,
      action: {
        kind: 'dismiss_review',
        number: 3,
        reviews: ['review:T2', 'review:T1'],
        message: expect.stringMatching(/^No open finding of the crew calls for changes any more: .*\.$/),
      },
    });
  });

  it.each<[string, boolean, Partial<BlockedPull>]>([
    ['is dismissed', true, { findings: [finding('critical', 'dismissed')] }],
    ['is withdrawn', true, { findings: [finding('high', 'withdrawn')] }],
    ['is open and less grave', true, { findings: [finding('medium')] }],
    ['is open', false, { findings: [finding('high')] }],
    ['is fixed, but another is open', false, { findings: [finding('high', 'fixed'), finding('critical')] }],
    [
      'is below what is asked for now',
      true,
      { findings: [finding('high')], tasks: [task('T2', 'critical'), task('T1', 'high')] },
    ],
    [
      'reaches what is asked for now',
      false,
      { findings: [finding('medium')], tasks: [task('T2', 'medium'), task('T1', 'high')] },
    ],
    [
      'is open where none blocks any more',
      true,
      { findings: [finding('critical')], tasks: [task('T2', null), task('T1', 'high')] },
    ],
    ['is fixed, and was never blocking', false, { reviews: [review('T2', 'COMMENT'), null] }],
  ])('goes when the finding %s: %s', (_what, goes, change) => {
    expect(lifted(change) !== null).toBe(goes);
  });

  it.each([
    ['planned', 'review:T2'],
    ['sending', 'review:T2'],
    ['done', null],
    ['failed', null],
  ] as const)('is lifted after the review that is %s', (state, after) => {
    const reviews = [review('T2', 'REQUEST_CHANGES', state), review('T1', 'REQUEST_CHANGES')];

    expect(lifted({ reviews })?.after).toBe(after);
  });

  it('is lifted once for each finding and review, where no task does it', () => {
    const effect = liftedBlock(blocked, { finding: 'abc' });

    expect(effect).toMatchObject({ key: 'dismiss-review:review:T1:abc', taskId: reviewTask().id });
  });

  it('can be of no task but a review by the setting', () => {
    expect([task('T1', 'low'), task('T1', null), implementTask()].map(mayBlock)).toEqual([
      true,
      false,
      false,
    ]);
  });
});
