import { describe, expect, it } from 'vitest';
import { toJudge } from '../../src/core/review/review-answer-problems.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import { eventOf } from '../../src/core/review/review-verdict.ts';
import { trackingOf } from '../../src/core/review/track-findings.ts';
import { config, earlierFinding, inlineAnchor, surveyOf, trackedFinding } from '../support/records.ts';
import { reviewRecords } from './review-parts.ts';

const CALLER = 'server/caller.js';
/** About a file that the pull request never changed. */
const folded = earlierFinding({
  finding: trackedFinding({
    path: CALLER,
    roles: ['security'],
    severity: 'critical',
    anchor: { kind: 'body', place: `${CALLER}:3`, reason: 'the file is not part of the diff' },
  }),
  now: null,
});
const GROUPS = [
  { index: 1, paths: ['server/api.js'], reviewers: ['backend'] },
  { index: 2, paths: ['db/query.js'], reviewers: ['backend', 'security'] },
];
const judged = (verdict: 'fixed' | 'stands' | null) =>
  reviewRecords({
    reviews: { 'backend-1': [], 'backend-2': [], 'security-2': [] },
    earlier: {
      backend: [{ id: 'E1', verdict: 'fixed', reason: '' }],
      security: verdict === null ? [] : [{ id: 'E1', verdict, reason: '' }],
    },
    survey: { earlier: [folded], groups: GROUPS },
    config: { approve: true },
  });

describe('an earlier finding about a file that the pull request does not change', () => {
  it.each([
    ['stands', []],
    [null, []],
    ['fixed', ['crew:security']],
  ] as const)('is settled by the word of who raised it only: %s', (verdict, by) => {
    expect(trackingOf(judged(verdict)).settled.map((one) => one.by)).toEqual(by);
  });

  it('rules out an approval while it stands', () => {
    const approved = (verdict: 'fixed' | 'stands') =>
      eventOf(assembledOf(judged(verdict)), { ...config, approve: true }, false);

    expect([approved('stands'), approved('fixed')]).toEqual([null, 'APPROVE']);
  });

  it('stays open when nobody reads anything', () => {
    const records = reviewRecords({ reviews: {}, survey: { earlier: [folded], groups: [] } });

    expect(trackingOf(records).settled).toEqual([]);
  });

  it('is judged by who raised it, in one group, or else by who reads first', () => {
    const asked = (roles: readonly string[]) => {
      const finding = { ...folded.finding, roles };
      const survey = surveyOf(['server/api.js', 'db/query.js'], [], {
        groups: GROUPS,
        earlier: [{ ...folded, finding }],
      });
      return GROUPS.flatMap(({ index, paths, reviewers }) =>
        reviewers
          .filter((role) => toJudge(survey, { role, files: paths }).length > 0)
          .map((role) => `${role}-${index}`),
      );
    };

    expect([asked(['security']), asked(['backend']), asked(['qa'])]).toEqual([
      ['security-2'],
      ['backend-1'],
      ['backend-1'],
    ]);
  });

  it('is for nobody to judge, and fixed, when its lines were changed and are not any more', () => {
    const finding = { ...folded.finding, anchor: inlineAnchor({ path: CALLER }) };
    const earlier = [{ ...folded, finding }];
    const survey = surveyOf(['server/api.js'], ['security'], { earlier });

    expect(toJudge(survey, { role: 'security', files: ['server/api.js'] })).toEqual([]);
    expect(trackingOf(reviewRecords({ reviews: { security: [] }, survey })).settled).toHaveLength(1);
  });
});
