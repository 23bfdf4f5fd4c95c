/**
 * How a review is scored against the faults that were planted. Pure.
 *
 * A finding matches an expected one when it names the same path and side, and its lines overlap the expected ones, each
 * widened by `LINE_TOLERANCE`; one of its `also_at` places, or one of the expected finding's `or` places, serves as well.
 * Findings are taken in the order of the review. One that matches an expected finding that none before it matched is true; one that
 * matches only what was matched already is a duplicate; any other is false. Duplicates count as false positives: people
 * read them, too. A single finding may match several expected ones: it is one true finding, and each of these is found.
 */

/** Lines by which a place may be off: a fault is often named at the statement above or below. */
export const LINE_TOLERANCE = 3;

export interface Place {
  readonly path: string;
  readonly side: 'RIGHT' | 'LEFT';
  /** First and last line. */
  readonly lines: readonly [number, number];
}

export interface Expected extends Place {
  readonly about: string;
  /** Other places at which to name it is as right. */
  readonly or: readonly Place[];
}

export interface Found {
  readonly path: string;
  readonly side: 'RIGHT' | 'LEFT';
  readonly start_line: number | null;
  readonly line: number;
  readonly also_at: readonly { readonly path: string; readonly line: number | null }[];
}

export type Verdict = 'true' | 'duplicate' | 'false';

export interface Judged {
  /** Of each finding, in their order. */
  readonly verdicts: readonly Verdict[];
  /** Indices of expected findings that nothing matched. */
  readonly missed: readonly number[];
}

/** Counts of one review, or the sums of several. */
export interface Counts {
  readonly findings: number;
  readonly trueFindings: number;
  readonly duplicates: number;
  readonly expected: number;
  readonly expectedFound: number;
}

/** Null: there is nothing to measure it by. */
export interface Rates {
  /** True findings of all findings. */
  readonly precision: number | null;
  /** Expected findings that were found, of all expected. */
  readonly recall: number | null;
  readonly f1: number | null;
}

export function judge(findings: readonly Found[], expected: readonly Expected[]): Judged {
  const matched = new Set<number>();
  const verdicts = findings.map((finding): Verdict => {
    const hits = [...expected.keys()].filter((index) => {
      const wanted = expected[index];
      return wanted !== undefined && matches(finding, wanted);
    });
    const isNew = hits.some((index) => !matched.has(index));
    for (const index of hits) matched.add(index);
    return isNew ? 'true' : hits.length > 0 ? 'duplicate' : 'false';
  });
  return { verdicts, missed: [...expected.keys()].filter((index) => !matched.has(index)) };
}

export function countsOf({ verdicts, missed }: Judged, expected: number): Counts {
  return {
    findings: verdicts.length,
    trueFindings: verdicts.filter((verdict) => verdict === 'true').length,
    duplicates: verdicts.filter((verdict) => verdict === 'duplicate').length,
    expected,
    expectedFound: expected - missed.length,
  };
}

export function sumOf(all: readonly Counts[]): Counts {
  const sum = (of: (counts: Counts) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    findings: sum((one) => one.findings),
    trueFindings: sum((one) => one.trueFindings),
    duplicates: sum((one) => one.duplicates),
    expected: sum((one) => one.expected),
    expectedFound: sum((one) => one.expectedFound),
  };
}

export function ratesOf({ findings, trueFindings, expected, expectedFound }: Counts): Rates {
  const precision = findings === 0 ? null : trueFindings / findings;
  const recall = expected === 0 ? null : expectedFound / expected;
  return { precision, recall, f1: f1Of(precision, recall) };
}

/** Nothing found where something was to be found is 0, and so is any finding where nothing was; silence about nothing has none. */
function f1Of(precision: number | null, recall: number | null): number | null {
  if (precision === null && recall === null) return null;
  const [p, r] = [precision ?? 0, recall ?? 0];
  return p + r === 0 ? 0 : (2 * p * r) / (p + r);
}

function matches(finding: Found, expected: Expected): boolean {
  const places: readonly Place[] = [
    { path: finding.path, side: finding.side, lines: [finding.start_line ?? finding.line, finding.line] },
    ...finding.also_at.flatMap(({ path, line }): readonly Place[] =>
      line === null ? [] : [{ path, side: finding.side, lines: [line, line] }],
    ),
  ];
  return places.some((place) => [expected, ...expected.or].some((wanted) => overlaps(place, wanted)));
}

function overlaps(place: Place, wanted: Place): boolean {
  if (place.path !== wanted.path || place.side !== wanted.side) return false;
  const [from, to] = wanted.lines;
  return place.lines[0] <= to + LINE_TOLERANCE && place.lines[1] >= from - LINE_TOLERANCE;
}
