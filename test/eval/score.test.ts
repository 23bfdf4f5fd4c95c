import { describe, expect, it } from 'vitest';
import type { Counts, Expected, Found } from '../../eval/review/score.ts';
import { countsOf, judge, ratesOf, sumOf } from '../../eval/review/score.ts';

function expected(lines: readonly [number, number], more: Partial<Expected> = {}): Expected {
  return { path: 'a.ts', side: 'RIGHT', lines, about: 'a fault', or: [], ...more };
}

function found(line: number, more: Partial<Found> = {}): Found {
  return { path: 'a.ts', side: 'RIGHT', start_line: null, line, also_at: [], ...more };
}

describe('a finding', () => {
  it.each([
    ['on the expected line', found(10), 'true'],
    ['three lines above', found(7), 'true'],
    ['four lines above', found(6), 'false'],
    ['three lines below the last', found(15), 'true'],
    ['four lines below the last', found(16), 'false'],
    ['over a range that ends near', found(8, { start_line: 1 }), 'true'],
    ['over a range that ends too early', found(6, { start_line: 1 }), 'false'],
    ['over a range around it', found(90, { start_line: 1 }), 'true'],
    ['in another file', found(10, { path: 'b.ts' }), 'false'],
    ['on the other side of the diff', found(10, { side: 'LEFT' }), 'false'],
    ['elsewhere that says it is also here', found(80, { also_at: [{ path: 'a.ts', line: 11 }] }), 'true'],
    ['elsewhere that names this file alone', found(80, { also_at: [{ path: 'a.ts', line: null }] }), 'false'],
    ['on no line', found(Number.NaN), 'false'],
  ])('%s is judged', (_, finding, verdict) => {
    expect(judge([finding], [expected([10, 12])]).verdicts).toEqual([verdict]);
  });

  it('at another place that is as right is true', () => {
    const place = { path: 'b.sql', side: 'LEFT', lines: [1, 1] } as const;

    const judged = judge([found(2, { path: 'b.sql', side: 'LEFT' })], [expected([10, 12], { or: [place] })]);

    expect(judged).toEqual({ verdicts: ['true'], missed: [] });
  });

  it('that says again what one before it said is a duplicate', () => {
    expect(judge([found(10), found(11), found(50)], [expected([10, 12])])).toEqual({
      verdicts: ['true', 'duplicate', 'false'],
      missed: [],
    });
  });

  it('that spans two expected ones finds both, and is one true finding', () => {
    const judged = judge([found(40, { start_line: 10 })], [expected([10, 12]), expected([38, 39])]);

    expect(countsOf(judged, 2)).toEqual({
      findings: 1,
      trueFindings: 1,
      duplicates: 0,
      expected: 2,
      expectedFound: 2,
    });
  });

  it('that finds one more than those before it is true', () => {
    const judged = judge(
      [found(11), found(40, { start_line: 10 })],
      [expected([10, 12]), expected([38, 39])],
    );

    expect(judged).toEqual({ verdicts: ['true', 'true'], missed: [] });
  });
});

describe('what nothing matches', () => {
  it('is missed', () => {
    expect(judge([found(11)], [expected([10, 12]), expected([90, 91])]).missed).toEqual([1]);
  });
});

describe('rates', () => {
  const counts = (findings: number, trueFindings: number, wanted: number, expectedFound: number): Counts => ({
    findings,
    trueFindings,
    duplicates: 0,
    expected: wanted,
    expectedFound,
  });

  it.each([
    ['all right', counts(2, 2, 2, 2), { precision: 1, recall: 1, f1: 1 }],
    ['half of both', counts(4, 2, 4, 2), { precision: 0.5, recall: 0.5, f1: 0.5 }],
    ['one of three, and one of one', counts(3, 1, 1, 1), { precision: 1 / 3, recall: 1, f1: 0.5 }],
    ['silence about a fault', counts(0, 0, 1, 0), { precision: null, recall: 0, f1: 0 }],
    ['silence about nothing', counts(0, 0, 0, 0), { precision: null, recall: null, f1: null }],
    ['noise about nothing', counts(2, 0, 0, 0), { precision: 0, recall: null, f1: 0 }],
  ])('of %s', (_, given, rates) => {
    expect(ratesOf(given)).toEqual(rates);
  });

  it('of several reviews come from their counts together, not from their rates', () => {
    expect(ratesOf(sumOf([counts(1, 1, 1, 1), counts(3, 0, 3, 0)]))).toEqual({
      precision: 0.25,
      recall: 0.25,
      f1: 0.25,
    });
  });
});
