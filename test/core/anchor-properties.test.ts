// GitHub's rule over ten thousand generated findings on diffs by real git: what is inline is taken, what can be inline is.
// The rule is the local GitHub's own, with its own parser of diffs.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anchor as accepts } from '../../demo/github/anchoring.ts';
import { type DiffFile, parseDiff as parseAsGitHub } from '../../demo/github/diff.ts';
import type { Finding } from '../../src/core/answers.ts';
import type { FileDiff } from '../../src/core/diff.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import { type Anchor, QUOTE_MAX_CHARS } from '../../src/core/result-records.ts';
import { anchorFinding } from '../../src/core/review/anchor.ts';
import { changes, linesOf, PATHS, type Tree, TreeRepository } from './generated-trees.ts';

const DIFFS = 100;
const FINDINGS_EACH = 100;

type Asked = Pick<Finding, 'path' | 'side' | 'start_line' | 'line' | 'replacement'>;
type Inline = Extract<Anchor, { kind: 'inline' }>;

let repository: TreeRepository;
beforeAll(() => {
  repository = new TreeRepository();
});
afterAll(() => repository.remove());

const numbers = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 40 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      0,
      -1,
      -70,
      0.5,
      1e3,
      2 ** 31,
      2 ** 53,
      2 ** 60,
      Infinity,
      -Infinity,
      Number.NaN,
    ),
  },
);
/** Of the path of a changed file mostly, else of whatever is asked. */
interface Wish extends Asked {
  readonly aim: 'new' | 'old' | 'as asked';
  readonly pick: number;
}

const findings: fc.Arbitrary<Wish> = fc.record({
  aim: fc.constantFrom('new', 'new', 'new', 'new', 'old', 'as asked'),
  pick: fc.nat(),
  path: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom<string>(...PATHS) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(...PATHS).chain((path) => fc.constantFrom(`a/${path}`, `./${path}`)),
    },
    { weight: 1, arbitrary: fc.string() },
  ),
  side: fc.constantFrom('RIGHT', 'LEFT'),
  start_line: fc.option(numbers),
  line: numbers,
  replacement: fc.option(fc.string()),
});
const cases = fc.tuple(changes, fc.array(findings, { minLength: FINDINGS_EACH, maxLength: FINDINGS_EACH }));

function aimed({ aim, pick, ...asked }: Wish, files: readonly FileDiff[]): Asked {
  const file = files[pick % Math.max(files.length, 1)];
  if (aim === 'as asked' || file === undefined) return asked;
  return { ...asked, path: aim === 'new' ? file.path : file.oldPath };
}

const takenBy = (files: readonly DiffFile[], place: Pick<Inline, 'path' | 'side' | 'startLine' | 'line'>) =>
  'place' in accepts(files, { ...place, startLine: place.startLine ?? undefined });

/** What the finding says, when GitHub would take it word for word. */
function exactly(asked: Asked, files: readonly DiffFile[]) {
  const startLine = asked.start_line === asked.line ? null : asked.start_line;
  const place = { path: asked.path, side: asked.side, startLine, line: asked.line };
  return takenBy(files, place) ? place : null;
}

test(`of ${DIFFS * FINDINGS_EACH} findings none is refused and none is lost`, { timeout: 90_000 }, () => {
  const seen = { inline: 0, body: 0 };
  fc.assert(
    fc.property(cases, ([[before, after], asked]) => {
      const [from = '', to = ''] = repository.commit([before, after]);
      const text = repository.diff(from, to);
      const [ours, theirs] = [parseDiff(text), parseAsGitHub(text)];

      for (const wish of asked) {
        const finding = aimed(wish, ours);
        const anchor = anchorFinding(finding, ours);
        seen[anchor.kind] += 1;
        if (anchor.kind === 'inline') expectTaken(anchor, theirs, { before, after, ours });
        else expect(anchor.place.length * anchor.reason.length).toBeGreaterThan(0);
        const exact = exactly(finding, theirs);
        // A file that changed its type is two in the diff, and no one can say which is meant.
        const twice = ours.filter(({ path }) => path === finding.path).length > 1;
        if (exact !== null && !twice) expect(anchor).toMatchObject({ kind: 'inline', ...exact });
      }
    }),
    // A failure is said within this time, shrunk as far as it came.
    { numRuns: DIFFS, interruptAfterTimeLimit: 60_000, markInterruptAsFailure: true },
  );
  // The generators are worth something.
  expect(seen.inline).toBeGreaterThan((DIFFS * FINDINGS_EACH) / 10);
  expect(seen.inline + seen.body).toBe(DIFFS * FINDINGS_EACH);
});

function expectTaken(
  anchor: Inline,
  files: readonly DiffFile[],
  of: { readonly before: Tree; readonly after: Tree; readonly ours: readonly FileDiff[] },
): void {
  const { path, side, startLine, line, quote } = anchor;
  expect(takenBy(files, anchor), JSON.stringify(anchor)).toBe(true);
  const file = of.ours.find((candidate) => candidate.path === path);
  const blob = side === 'RIGHT' ? of.after.get(path) : of.before.get(file?.oldPath ?? '');
  const standing = linesOf(blob?.content ?? Buffer.of()).slice((startLine ?? line) - 1, line);
  expect(quote).toBe(standing.join('\n').slice(0, QUOTE_MAX_CHARS));
}
