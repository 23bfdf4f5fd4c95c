import { describe, expect, it } from 'vitest';
import { collectFindings, FINDINGS_LIMITS } from '../../src/agents/collect-findings.ts';
import type { Finding, ReviewAnswer } from '../../src/core/answers.ts';
import type { FileDiff } from '../../src/core/diff.ts';
import { FINDINGS_PER_REVIEWER } from '../../src/core/review/candidates.ts';
import { finding, surveyedFile } from '../support/records.ts';

const diffOf = (path: string, oldPath = path): FileDiff => ({
  path,
  oldPath,
  status: path === oldPath ? 'modified' : 'renamed',
  binary: false,
  additions: 3,
  deletions: 0,
  hunks: [
    {
      header: '@@ -0,0 +1,3 @@',
      lines: [1, 2, 3].map((newLine) => ({ kind: 'added', oldLine: null, newLine, text: `line ${newLine}` })),
    },
  ],
});

/** A review of `given` in a pull request that changes `changed` as well. */
async function collect(
  findings: readonly Finding[],
  { given = ['src/a.js'], changed = [] as readonly FileDiff[], answer = {} as Partial<ReviewAnswer> } = {},
) {
  const asked: (readonly string[])[] = [];
  const outcome = await collectFindings({
    answer: { summary: 'Looked.', findings: [...findings], earlier: [], ...answer },
    reviewed: {
      compared: { baseSha: 'a', headSha: 'b' },
      files: given.map((path) => diffOf(path)),
      readable: { text: '', coverage: given.map((path) => ({ path, read: 'full', reason: null })) },
      elsewhere: [],
    },
    changed: [
      ...given.map((path) => surveyedFile(path)),
      ...changed.map((file) => surveyedFile(file.path, file)),
    ],
    workspace: {
      compare: async (_from, _to, paths) => {
        asked.push(paths);
        return changed.filter(({ path }) => paths.includes(path));
      },
    },
  });
  const places = outcome.anchors.map((anchor) =>
    anchor.kind === 'inline' ? `${anchor.path}:${anchor.line}` : `body: ${anchor.reason}`,
  );
  return { outcome, asked, places };
}

describe('findings', () => {
  it("of the group's files need no further look at the diff", async () => {
    const { places, asked } = await collect([finding({ path: './src/a.js', line: 2 })]);

    expect(places).toEqual(['src/a.js:2']);
    expect(asked).toEqual([]);
  });

  it('are kept under the real path of their file and of their other places, however that was spelled', async () => {
    const changed = [diffOf('lib/new.js', 'lib/old.js')];
    const named = ['./src/a.js', 'a/src/a.js', '/b/lib/old.js', './nowhere.js', 'a/nowhere.js'];
    const also_at = named.map((path) => ({ path, line: 1 }));
    const real = ['src/a.js', 'src/a.js', 'lib/new.js', 'nowhere.js', 'a/nowhere.js'];

    const { outcome } = await collect(
      named.map((path) => finding({ path, line: 900, also_at })),
      { changed },
    );

    expect(outcome.answer.findings.map(({ path }) => path)).toEqual(real);
    expect(outcome.answer.findings[0]?.also_at.map(({ path }) => path)).toEqual(real);
    expect(outcome.anchors.map((anchor) => anchor.kind === 'body' && anchor.place)).toEqual(
      real.map((path) => `${path}:900`),
    );
  });

  it('of changed files outside of the group are placed as well, by old path or new, in one look', async () => {
    const changed = [diffOf('lib/b.js'), diffOf('lib/new.js', 'lib/old.js'), diffOf('lib/unused.js')];
    const named = ['lib/b.js', 'b/lib/b.js', 'lib/old.js', 'src/a.js', 'nowhere.js'];

    const { places, asked } = await collect(
      named.map((path) => finding({ path, line: 2 })),
      { changed },
    );

    expect(places).toEqual([
      'lib/b.js:2',
      'lib/b.js:2',
      'lib/new.js:2',
      'src/a.js:2',
      'body: the file is not part of the diff',
    ]);
    expect(asked).toEqual([['lib/b.js', 'lib/new.js']]);
  });

  it('of too many files outside of the group stand in the body, and why is said', async () => {
    const changed = Array.from({ length: FINDINGS_LIMITS.filesElsewhere + 1 }, (_, at) =>
      diffOf(`lib/${at}.js`),
    );

    const { places, asked } = await collect(
      changed.map(({ path }) => finding({ path, line: 1 })),
      { changed },
    );

    expect(asked[0]).toHaveLength(FINDINGS_LIMITS.filesElsewhere);
    expect(places.slice(-2)).toEqual([
      `lib/${FINDINGS_LIMITS.filesElsewhere - 1}.js:1`,
      `body: findings stand in more than ${FINDINGS_LIMITS.filesElsewhere} files outside of what was given to read`,
    ]);
  });

  it('beyond what one reviewer may report are the least bad ones, and are counted beside the answer', async () => {
    const many = Array.from({ length: FINDINGS_PER_REVIEWER + 2 }, (_, at) =>
      finding({ severity: at === 41 ? 'critical' : at < 5 ? 'low' : 'medium', title: String(at) }),
    );

    const { outcome } = await collect(many);

    const titles = outcome.answer.findings.map(({ title }) => title);
    expect(titles).toHaveLength(FINDINGS_PER_REVIEWER);
    expect(titles[0]).toBe('41');
    expect(titles).not.toContain('4');
    expect(outcome.anchors).toHaveLength(FINDINGS_PER_REVIEWER);
    expect(outcome.answer.summary).toBe('Looked.');
    expect(outcome.leftOut).toBe(2);
  });

  it('name so many other places and say how many more there are', async () => {
    const also_at = Array.from({ length: FINDINGS_LIMITS.alsoAt + 3 }, (_, line) => ({ path: 'x.js', line }));

    const [kept] = (await collect([finding({ also_at })])).outcome.answer.findings;

    expect(kept?.also_at).toHaveLength(FINDINGS_LIMITS.alsoAt);
    expect(kept?.body).toBe('The loop ends one short.\n\nAlso in 3 more places that are not listed.');
  });
});
