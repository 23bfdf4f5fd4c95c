import { expect, it } from 'vitest';
import type { FileDiff } from '../../src/core/diff.ts';
import { UserError } from '../../src/core/errors.ts';
import { earlierFindings } from '../../src/orchestrator/earlier-findings.ts';
import { inlineAnchor, surveyedFile, trackedFinding } from '../support/records.ts';

it('earlier findings begin with the open ones and are 200 at most, and that is said', async () => {
  const tracked = Array.from({ length: 201 }, (_, at) =>
    trackedFinding({ fingerprint: `${at}`, state: at < 2 ? 'dismissed' : 'open' }),
  );
  const store = { findings: { ofPull: async () => tracked }, effects: { byKey: async () => null } };
  const workspace = { compare: async () => [] };
  const compared = { of: { repositoryId: 1, number: 3 }, baseSha: 'a', headSha: 'b', files: [], groups: [] };

  const { earlier, problems } = await earlierFindings({ store, workspace }, compared);

  expect(earlier).toHaveLength(200);
  expect(earlier.map(({ finding }) => finding.state).indexOf('dismissed')).toBe(199);
  expect(earlier[199]?.finding.fingerprint).toBe('1');
  expect(problems).toEqual(['1 of 201 earlier findings were not followed: at most 200 are.']);
});

/** Every line is new, and the quote of `inlineAnchor()` is the last. */
function added(path: string, above: number): FileDiff {
  const texts = [...Array<string>(above).fill('other'), inlineAnchor().quote];
  const lines = texts.map((text, at) => ({ kind: 'added', oldLine: null, newLine: at + 1, text }) as const);
  const of = { path, oldPath: path, status: 'added', binary: false, deletions: 0 } as const;
  return { ...of, additions: lines.length, hunks: [{ header: '@@', lines }] };
}

it('a file whose reviewed commit is gone is found by the quote, nearest to where it stood, in 300 new files at most', async () => {
  const paths = Array.from({ length: 301 }, (_, at) => `new-${at}.js`);
  const diffs = [added('new-0.js', 90), added('new-1.js', 5), added('new-300.js', 2)];
  const store = {
    findings: { ofPull: async () => [trackedFinding()] },
    effects: { byKey: async () => null },
  };
  const workspace = {
    async compare(from: string, _to: string, wanted: readonly string[]) {
      if (from !== 'base') throw new UserError('the commit is no longer in the repository');
      return diffs.filter(({ path }) => wanted.includes(path));
    },
  };
  const files = paths.map((path) => surveyedFile(path, { status: 'added' }));
  const compared = {
    of: { repositoryId: 1, number: 3 },
    baseSha: 'base',
    headSha: 'head',
    files,
    groups: [],
  };

  const { earlier, problems } = await earlierFindings({ store, workspace }, compared);

  expect(earlier).toMatchObject([{ path: 'new-1.js', now: { path: 'new-1.js', line: 6 }, reread: false }]);
  expect(problems).toEqual(['Files of earlier findings were looked for in 300 of 301 new files only.']);
});
