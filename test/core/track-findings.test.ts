import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileDiff } from '../../src/core/diff.ts';
import { reviewEffects } from '../../src/core/outcome-effects.ts';
import { fatesOf } from '../../src/core/review/earlier-fates.ts';
import { assembledOf } from '../../src/core/review/review-assembly.ts';
import { relocate, trackingOf } from '../../src/core/review/track-findings.ts';
import {
  earlierFinding,
  finding,
  implementTask,
  inlineAnchor,
  recordsOf,
  replyTask,
  result,
  subtask,
  surveyedFile,
  trackedFinding,
} from '../support/records.ts';
import { files as allFiles, FAILED, fault, reviewRecords } from './review-parts.ts';

const PATH = 'server/api.js';
const HEAD = 'b'.repeat(40);

/** A file of which all lines are new, or, on the left, removed. */
function fileOf(lines: readonly string[], change: Partial<FileDiff> = {}, first = 1): FileDiff {
  const removed = change.status === 'removed';
  return {
    path: PATH,
    oldPath: PATH,
    status: 'modified',
    binary: false,
    additions: lines.length,
    deletions: 0,
    hunks: [
      {
        header: '@@',
        lines: lines.map((text, index) => ({
          kind: removed ? ('removed' as const) : ('added' as const),
          oldLine: removed ? first + index : null,
          newLine: removed ? null : first + index,
          text,
        })),
      },
    ],
    ...change,
  };
}

const range = inlineAnchor({ startLine: 2, line: 3, quote: 'two();\nthree();' });

describe('the place of an earlier finding in the new diff', () => {
  it.each([
    ['where it was', ['one', 'two();', 'three();'], { startLine: 2, line: 3 }],
    ['below where it was', ['', '', '', 'two();', 'three();'], { startLine: 4, line: 5 }],
    ['above where it was', ['two();', 'three();'], { startLine: 1, line: 2 }],
    ['indented by another hand', ['one', 'x', '  two( );', '\tthree();\r'], { startLine: 3, line: 4 }],
    [
      'nearest to where it was',
      ['two();', 'three();', 'two();', 'three();', 'two();', 'three();'],
      { startLine: 1, line: 2 },
    ],
    [
      'as it was, before one that is nearer but indented',
      ['', '\ttwo();', 'three();', '', 'two();', 'three();'],
      { startLine: 5, line: 6 },
    ],
  ])('is %s', (_, lines, place) => {
    expect(relocate(range, PATH, [fileOf(lines)])).toEqual({ ...range, ...place });
  });

  it.each([
    ['its lines are no longer together', ['two();', 'x', 'three();']],
    ['one of them changed', ['two();', 'three(3);']],
    ['only the first is left at the end', ['one', 'two();']],
    ['nothing is left', []],
  ])('is nowhere when %s', (_, lines) => {
    expect(relocate(range, PATH, [fileOf(lines)])).toBeNull();
  });

  it('is not in another file, on the other side, or of a finding without lines', () => {
    const lines = ['two();', 'three();'];

    expect(relocate(range, PATH, [fileOf(lines, { path: 'b.js', oldPath: 'b.js' })])).toBeNull();
    expect(relocate({ ...range, side: 'LEFT' }, PATH, [fileOf(lines)])).toBeNull();
    expect(relocate({ kind: 'body', place: PATH, reason: 'so' }, PATH, [fileOf(lines)])).toBeNull();
    expect(
      relocate({ ...range, side: 'LEFT' }, PATH, [fileOf(lines, { status: 'removed' }, 7)]),
    ).toMatchObject({ side: 'LEFT', startLine: 7, line: 8 });
  });

  it('follows a renamed file, and loses its suggestion where the lines are not the same to the letter', () => {
    const suggesting = { ...range, suggestion: 'both();' };
    const renamed = { path: 'new.js', oldPath: PATH, status: 'renamed' } as const;

    expect(relocate(suggesting, PATH, [fileOf(['two();', 'three();'], renamed)])).toMatchObject({
      path: 'new.js',
      suggestion: 'both();',
    });
    expect(relocate(suggesting, PATH, [fileOf([' two();', 'three();'])])?.suggestion).toBeNull();
  });

  it('is found by a quote that was cut, with all the lines that were anchored', () => {
    const long = 'y'.repeat(3_000);
    const cut = inlineAnchor({ startLine: 1, line: 3, quote: `two();\n${long}`.slice(0, 2_000) });

    expect(relocate(cut, PATH, [fileOf(['', 'two();', long, 'three();', ''])])).toMatchObject({
      startLine: 2,
      line: 4,
    });
    expect(relocate(cut, PATH, [fileOf(['', 'two();', `x${long}`, 'three();'])])).toBeNull();
  });

  it('is where the lines went, however many were put before and behind them', () => {
    const amount = fc.integer({ min: 0, max: 60 });

    fc.assert(
      fc.property(amount, amount, fc.integer({ min: 1, max: 6 }), (before, behind, length) => {
        const own = Array.from({ length }, (_, index) => `own(${index});`);
        const anchor = inlineAnchor({
          startLine: length > 1 ? 1 : null,
          line: length,
          quote: own.join('\n'),
        });
        const lines = [...Array(before).fill('other'), ...own, ...Array(behind).fill('other')];

        expect(relocate(anchor, PATH, [fileOf(lines)])).toEqual({
          ...anchor,
          startLine: length > 1 ? before + 1 : null,
          line: before + length,
        });
      }),
    );
  });
});

describe('what became of an earlier finding', () => {
  const stands = { id: 'E1', verdict: 'stands', reason: 'So.' } as const;
  const fixed = { id: 'e1 ', verdict: 'fixed', reason: 'So.' } as const;
  const now = inlineAnchor();
  const open = (change: object = {}) => trackedFinding({ ...change });
  const elsewhere = inlineAnchor({ path: 'old.js' });

  it.each([
    ['stays open where nobody says otherwise', { now }, [], 'open'],
    ['is fixed by the word of who found it', { now }, [fixed], 'crew:backend'],
    ['is fixed when its lines are gone', { now: null }, [], 'crew:backend'],
    [
      'stays open, though its lines are gone, when who found it says that it stands',
      { now: null },
      [stands],
      'open',
    ],
    [
      'stays open, whatever is said, when its file was not read again',
      { now, reread: false },
      [fixed],
      'open',
    ],
    [
      'stays open when it never had lines to lose',
      { now: null, finding: open({ anchor: { kind: 'body', place: PATH, reason: 'so' } }) },
      [],
      'open',
    ],
    [
      'stays open when only one of its places is gone',
      { now: null, finding: open({ body: 'So.\n\nThe same at: b.js:3' }) },
      [],
      'open',
    ],
    [
      'is fixed when its file is no part of the pull request any more',
      { now: null, finding: open({ path: 'old.js', anchor: elsewhere }) },
      [],
      'crew:backend',
    ],
  ] as const)('%s', (_, change, said, expected) => {
    const records = reviewRecords({
      reviews: { backend: [], qa: [] },
      earlier: {
        backend: [...said],
        qa: [{ id: 'E1', verdict: expected === 'open' ? 'fixed' : 'stands', reason: '' }],
      },
      survey: { earlier: [earlierFinding(change)] },
    });

    const settled = trackingOf(records).settled.map(({ by }) => by);

    expect(settled).toEqual(expected === 'open' ? [] : [expected]);
    expect(fatesOf(records, []).open).toHaveLength(expected === 'open' ? 1 : 0);
  });

  it('stays open when its reviewer failed, whatever others say; is judged by others when no finder reads it', () => {
    const survey = { earlier: [earlierFinding({ now: null })] };
    const failed = reviewRecords({ reviews: { backend: FAILED, qa: [] }, earlier: { qa: [fixed] }, survey });
    const others = reviewRecords({ reviews: { qa: [] }, earlier: { qa: [fixed] }, survey });

    expect(trackingOf(failed).settled).toEqual([]);
    expect(trackingOf(others).settled).toMatchObject([{ by: 'crew:qa' }]);
  });

  it('stays open, and is not said again, when it is reported again', () => {
    const records = reviewRecords({
      reviews: { backend: [finding({ line: 4 })] },
      earlier: { backend: [fixed] },
      survey: { earlier: [earlierFinding()] },
    });

    const review = assembledOf(records);

    expect([review.inline, review.folded]).toEqual([[], []]);
    expect(review.earlier).toMatchObject({
      open: [{ finding: { fingerprint: trackedFinding().fingerprint } }],
      fixed: [],
    });
    expect(trackingOf(records)).toEqual({ raised: [], settled: [], memories: [] });
  });

  it('is told with commit and role', () => {
    const records = reviewRecords({
      reviews: { backend: [] },
      survey: { earlier: [earlierFinding({ now: null })] },
    });

    expect(trackingOf(records).settled).toEqual([
      {
        repositoryId: 1,
        number: 3,
        fingerprint: trackedFinding().fingerprint,
        state: 'fixed',
        by: 'crew:backend',
        reason: 'fixed in bbbbbbb',
      },
    ]);
  });

  it('is not called fixed in words when its file has left the pull request', () => {
    const records = reviewRecords({
      reviews: { backend: [] },
      survey: { earlier: [earlierFinding({ finding: open({ path: 'gone.js' }), now: null })] },
    });

    const [settled] = trackingOf(records).settled;
    const replies = reviewEffects(records).map(({ action }) =>
      action.kind === 'resolve_thread' ? action.reply : null,
    );

    expect(settled).toMatchObject({
      state: 'fixed',
      reason: 'no longer part of the pull request, as of bbbbbbb',
    });
    expect(replies).toEqual(['No longer part of this pull request, as of bbbbbbb.']);
  });

  it('is looked for in the group that reads its file, also under its old name', () => {
    const earlier = [earlierFinding({ finding: open({ path: 'old.js' }), now: null })];
    const renamed = surveyedFile(PATH, { oldPath: 'old.js', status: 'renamed' });
    const groups = [
      { index: 1, paths: ['db/query.js'], reviewers: ['backend'] },
      { index: 2, paths: [PATH], reviewers: ['backend'] },
    ];
    const survey = { earlier, groups, files: [renamed, surveyedFile('db/query.js')] };

    const own = reviewRecords({ reviews: { 'backend-1': FAILED, 'backend-2': [] }, survey });
    const other = reviewRecords({ reviews: { 'backend-1': [], 'backend-2': FAILED }, survey });

    expect([trackingOf(own).settled.length, trackingOf(other).settled.length]).toEqual([1, 0]);
  });
});

describe('what a review leaves to be followed', () => {
  it('is what was published, inline and folded, and nothing else', () => {
    const published = [
      fault('Token is written to the log', 10),
      fault('Reads the whole table', 900, { category: 'speed' }),
    ];
    const slight = fault('Name is misspelt', 90, { severity: 'low' });
    const records = reviewRecords({ reviews: { backend: [...published, slight] } });

    expect(trackingOf(records).raised).toEqual(
      [
        {
          fingerprint: expect.stringMatching(/^[0-9a-f]{16}$/),
          repositoryId: 1,
          number: 3,
          taskId: records.task.id,
          headSha: HEAD,
          roles: ['backend'],
          path: PATH,
          anchor: inlineAnchor({ line: 10, quote: `${PATH} at 10` }),
          severity: 'high',
          category: 'bug',
          title: 'Reads the whole table',
          body: 'x',
        },
      ]
        .flatMap((one) => [
          {
            ...one,
            title: 'Token is written to the log',
            body: 'Token is written to the log, when it runs.',
          },
          {
            ...one,
            category: 'speed',
            body: 'Reads the whole table, when it runs.',
            anchor: { kind: 'body', place: `${PATH}:900`, reason: 'the line is not part of the diff' },
          },
        ])
        .toSorted((a, b) => (a.anchor.kind < b.anchor.kind ? 1 : -1)),
    );
  });

  it('tells apart by occurrence what is otherwise alike, also from what was raised before', () => {
    const lines = Array.from({ length: 100 }, () => 'save(item);');
    const reviews = { backend: [fault('Item is saved twice', 10), fault('Other items are lost here', 60)] };
    const anchored = (records: ReturnType<typeof reviewRecords>) => ({
      ...records,
      results: records.results.map((one) =>
        one.outcome.kind === 'findings'
          ? {
              ...one,
              outcome: {
                ...one.outcome,
                anchors: one.outcome.anchors.map((anchor) =>
                  anchor.kind === 'inline' ? { ...anchor, quote: lines[0] ?? '' } : anchor,
                ),
              },
            }
          : one,
      ),
    });
    const first = trackingOf(anchored(reviewRecords({ reviews }))).raised.map(
      ({ fingerprint }) => fingerprint,
    );
    const before = earlierFinding({
      finding: trackedFinding({
        fingerprint: first[0] ?? '',
        path: 'db/query.js',
        anchor: inlineAnchor({ path: 'db/query.js' }),
      }),
      now: inlineAnchor({ path: 'db/query.js' }),
    });

    const then = trackingOf(anchored(reviewRecords({ reviews, survey: { earlier: [before] } }))).raised;

    expect(new Set(first).size).toBe(2);
    expect(new Set([...first, ...then.map(({ fingerprint }) => fingerprint)]).size).toBe(3);
    expect(then.map(({ fingerprint }) => fingerprint)).not.toContain(first[0]);
  });

  it('is the same finding again when one that was fixed comes back', () => {
    const reviews = { backend: [fault('Token is written to the log', 10)] };
    const [raised] = trackingOf(reviewRecords({ reviews })).raised;
    if (raised === undefined) throw new Error('nothing was raised');
    const earlier = [
      earlierFinding({ finding: { ...raised, state: 'fixed', settledBy: 'crew:qa', reason: 'fixed' } }),
    ];

    expect(trackingOf(reviewRecords({ reviews, survey: { earlier } })).raised).toMatchObject([
      { fingerprint: raised.fingerprint },
    ]);
  });

  it('is recognised by the next review, whoever says it in whatever order', () => {
    const found = [10, 40, 70, 100].map((line, index) =>
      fault(`${['Token', 'Table', 'Page', 'Cart'][index]} goes astray`, line),
    );
    const { raised } = trackingOf(reviewRecords({ reviews: { backend: found } }));
    const earlier = raised.map((one) => ({
      finding: { ...one, state: 'open' as const, settledBy: null, reason: null },
      now: relocate(one.anchor, one.path, allFiles),
      reread: true,
    }));

    const again = assembledOf(reviewRecords({ reviews: { qa: found.toReversed() }, survey: { earlier } }));

    expect([again.inline.length, again.folded.length, again.earlier.open.length]).toEqual([0, 0, 4]);
  });
});

describe('what a reply leaves behind', () => {
  const replied = (answer: { verdict: 'stands' | 'withdrawn' | 'dismissed'; lesson: string | null }) => {
    const of = subtask({ key: 'reply', kind: 'reply', role: 'backend', state: 'done' });
    const results = [result(of, { kind: 'reply', answer: { answer: 'You are right.', ...answer } })];
    return trackingOf(recordsOf(replyTask(), { subtasks: [of], results }));
  };
  const settled = { repositoryId: 1, number: 3, fingerprint: trackedFinding().fingerprint };
  const evidence = { by: 'mona', number: 3, url: null, quote: 'That is on purpose.' };

  it('is nothing while the finding stands', () => {
    expect(replied({ verdict: 'stands', lesson: ' ' })).toEqual({ raised: [], settled: [], memories: [] });
  });

  it('is the withdrawal by the specialist, and the lesson', () => {
    expect(replied({ verdict: 'withdrawn', lesson: 'Pages\ncount from 0.' })).toMatchObject({
      settled: [{ ...settled, state: 'withdrawn', by: 'crew:backend' }],
      memories: [
        {
          kind: 'lesson',
          text: 'Pages count from 0.',
          evidence,
          path: PATH,
          key: expect.stringContaining('502'),
        },
      ],
    });
  });

  it('is the dismissal by the person, learned once as other dismissals are', () => {
    expect(replied({ verdict: 'dismissed', lesson: null })).toMatchObject({
      settled: [{ ...settled, state: 'dismissed', by: 'mona' }],
      memories: [{ kind: 'dismissed', evidence, key: `dismissed:1:3:${trackedFinding().fingerprint}` }],
    });
  });

  it('is nothing when no answer came, and of tasks of other kinds', () => {
    const nothing = { raised: [], settled: [], memories: [] };

    expect(trackingOf(recordsOf(replyTask()))).toEqual(nothing);
    expect(trackingOf(recordsOf(implementTask()))).toEqual(nothing);
  });
});
