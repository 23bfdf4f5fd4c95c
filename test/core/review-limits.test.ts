// More than a review takes: what is over a limit is neither asked for nor counted as looked at, and it is said.
import { describe, expect, it } from 'vitest';
import { reviewBody } from '../../src/core/messages/review-body.ts';
import { reviewCheck } from '../../src/core/messages/review-check.ts';
import { reviewEffects } from '../../src/core/outcome-effects.ts';
import type { Outcome } from '../../src/core/result-records.ts';
import { CANDIDATES_MAX, candidatesOf } from '../../src/core/review/candidates.ts';
import { EARLIER_SHOWN_MAX, earlierShown, groupReading } from '../../src/core/review/earlier-judges.ts';
import { reviewProblems, toJudge } from '../../src/core/review/review-answer-problems.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import type { TaskRecords } from '../../src/core/store-ports.ts';
import { textOf } from '../agents/briefing-review-input.ts';
import { earlierFinding, surveyOf, trackedFinding } from '../support/records.ts';
import { FAILED, fault, refuted, reviewRecords } from './review-parts.ts';

const PATH = 'server/api.js';
const many = (amount: number, of: string, severity: 'high' | 'critical' = 'high') =>
  Array.from({ length: amount }, (_, at) =>
    fault(`${of}${at} w${at}x ${of}z${at}`, at * 4 + 1, { path: of, severity, category: `${of}${at}` }),
  );

/** A review in which nothing stands, once it is published. */
function checkOf(records: TaskRecords) {
  const task = { ...records.task, state: 'done' as const };
  const check = reviewCheck({ ...records, task }, 'a'.repeat(40));
  if (check.kind !== 'check_run') throw new Error('no check');
  return check;
}

describe('findings over the limit of one reviewer', () => {
  const left = (leftOut: number): Outcome => ({
    kind: 'findings',
    answer: { summary: '', findings: [], earlier: [] },
    anchors: [],
    coverage: [{ path: PATH, read: 'full', reason: null }],
    leftOut,
  });
  const reviewed = (leftOut: number) =>
    reviewRecords({ reviews: { backend: left(leftOut) }, config: { approve: true }, survey: onlyOne });
  const onlyOne = surveyOf([PATH], ['backend']);

  it('are said, keep the check from success, and rule out an approval', () => {
    const events = (records: TaskRecords) =>
      reviewEffects(records).flatMap(({ action }) => (action.kind === 'review' ? [action.event] : []));
    expect([events(reviewed(0)), checkOf(reviewed(0)).conclusion]).toEqual([['APPROVE'], 'success']);

    const records = reviewed(60);

    expect(events(records)).toEqual([]);
    expect(checkOf(records)).toMatchObject({
      conclusion: 'neutral',
      title: 'No finding stands, but 60 over a limit left out',
      summary: expect.stringContaining(
        '60 findings over the limit of one reviewer or of the second look left out, which rules out an approval.',
      ),
    });
  });
});

describe('candidates over the limit of the second look', () => {
  const reviews = { backend: many(40, PATH), database: many(40, 'db/query.js', 'critical') };

  it('are the least grave, are neither asked for nor published, and are said', () => {
    const records = reviewRecords({ reviews, verdicts: FAILED });
    const review = assembledOf(records);

    const asked = candidatesOf(records, 1);
    expect([asked.length, asked.at(-1)?.id]).toEqual([CANDIDATES_MAX, `C${CANDIDATES_MAX}`]);
    expect(asked.filter(({ severity }) => severity === 'critical')).toHaveLength(40);
    expect(review.inline.length + review.folded.length).toBe(CANDIDATES_MAX);
    expect(review.overLimit).toBe(80 - CANDIDATES_MAX);
    expect(reviewBody(records, review)).toContain(
      '20 findings over the limit of one reviewer or of the second look',
    );
    const [, own] = textOf({ kind: 'refute', role: 'qa', candidates: asked });
    for (const { id } of asked) expect(own).toContain(`<candidate id="${id}" `);
  });

  it('leave a review incomplete, though every one that was looked at is refuted', () => {
    const verdicts = Array.from({ length: CANDIDATES_MAX }, (_, at) => refuted(`C${at + 1}`));

    expect(checkOf(reviewRecords({ reviews, verdicts }))).toMatchObject({
      conclusion: 'neutral',
      title: 'No finding stands, but 20 over a limit left out',
    });
  });
});

describe('earlier findings over the limit of a reading', () => {
  const at = (path: string, index: number, change: object) =>
    earlierFinding({
      finding: trackedFinding({ path, fingerprint: String(index).padStart(16, '0'), ...change }),
      now: null,
    });
  // Settled ones first, then those of another group, then what this group is to judge: 50 slight and 30 grave.
  const earlier = [
    ...Array.from({ length: 40 }, (_, index) => at(PATH, index, { state: 'dismissed' })),
    ...Array.from({ length: 40 }, (_, index) => at('web/page.js', 100 + index, { severity: 'critical' })),
    ...Array.from({ length: 50 }, (_, index) =>
      at(PATH, 200 + index, { severity: 'low', roles: ['backend'] }),
    ),
    ...Array.from({ length: 30 }, (_, index) => at(PATH, 300 + index, { severity: 'high', roles: ['qa'] })),
  ];
  const groups = [
    { index: 1, paths: [PATH], reviewers: ['backend', 'qa'] },
    { index: 2, paths: ['web/page.js'], reviewers: ['backend'] },
  ];
  const survey = surveyOf([PATH, 'web/page.js'], [], { earlier, groups });
  const ids = (role: string) => toJudge(survey, { role, files: [PATH] });

  it('are asked of nobody: what is asked for is shown, the grave before the slight', () => {
    const shown = earlierShown(survey, groupReading(survey, [PATH])).map(({ id }) => id);

    expect(shown).toHaveLength(EARLIER_SHOWN_MAX);
    expect([...ids('backend'), ...ids('qa')]).toEqual(shown);
    expect([ids('qa').length, ids('backend').length]).toEqual([30, 30]);
    for (const role of ['backend', 'qa']) {
      const [context, own] = textOf({ survey, files: [PATH], role });
      expect(own).toContain(`Earlier findings for you to judge: ${ids(role).join(', ')}.`);
      for (const id of ids(role)) expect(context).toContain(`<earlier_finding id="${id}" `);
    }
  });

  it('are no part of a whole answer, and one that judges them is told so', () => {
    const answer = (judged: readonly string[]) => ({
      summary: '',
      findings: [],
      earlier: judged.map((id) => ({ id, verdict: 'fixed' as const, reason: 'Gone.' })),
    });
    const reviewer = { role: 'backend', files: [PATH] };

    expect(reviewProblems(answer(ids('backend')), survey, reviewer)).toEqual([]);
    expect(reviewProblems(answer([...ids('backend'), 'E130']), survey, reviewer)).toEqual([
      'There is no earlier finding "E130".',
    ]);
  });

  it('stay open, whatever is said of them, and are counted', () => {
    const all = earlier.map((_, index) => ({
      id: `E${index + 1}`,
      verdict: 'fixed' as const,
      reason: 'Gone.',
    }));
    const records = reviewRecords({
      reviews: { 'backend-1': [fault('Token is written to the log', 10)], 'qa-1': [], 'backend-2': [] },
      earlier: { backend: all, qa: all },
      survey,
    });

    const review = assembledOf(records);

    expect(review.earlier).toMatchObject({ notAsked: 20, dismissed: 40 });
    expect(review.earlier.fixed).toHaveLength(100);
    expect(review.earlier.open.map(({ finding }) => finding.fingerprint)).toEqual(
      Array.from({ length: 20 }, (_, index) => String(230 + index).padStart(16, '0')),
    );
    expect(reviewBody(records, review)).toContain(
      'Earlier findings: 20 still open, 100 fixed, 40 dismissed. 20 open ones over the limit of a reading not judged again.',
    );
  });
});
