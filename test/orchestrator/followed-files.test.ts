// Findings over several reviews of one pull request, its files as git has them: renamed, edited, pushed over.
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileDiff } from '../../src/core/diff.ts';
import { anchorFinding } from '../../src/core/review/anchor.ts';
import type { TrackedFinding, TrackedState } from '../../src/core/review/review-records.ts';
import { trackingOf } from '../../src/core/review/track-findings.ts';
import type { Workspaces } from '../../src/core/workspace-ports.ts';
import { earlierFindings } from '../../src/orchestrator/earlier-findings.ts';
import { Origin, request, workspacesFor } from '../agents/workspace-fixture.ts';
import {
  finding,
  pullRequest,
  recordsOf,
  result,
  reviewTask,
  subtask,
  surveyOf,
} from '../support/records.ts';

const roots: string[] = [];
let origin: Origin;
let workspaces: Workspaces;
let pulls = 0;
let base: string;
let tracked: readonly TrackedFinding[];

beforeEach(async () => {
  origin = new Origin();
  const made = await workspacesFor(origin);
  roots.push(made.root);
  workspaces = made;
  begin();
});
afterEach(() => origin.remove());
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

/** Another pull request, on a history of its own. */
function begin(): void {
  pulls += 1;
  origin.git(['checkout', '-q', '--orphan', `pull-${pulls}`]);
  origin.git(['rm', '-r', '-q', '-f', '--ignore-unmatch', '.']);
  base = origin.commit({ 'old.js': code('old', null) });
  tracked = [];
}

const BUG = 'strike(descriptors); // BUG';
const TITLE = 'Socket leaks descriptors forever';

function code(word: string, bug: string | null, above: readonly string[] = []): string {
  const lines = (from: number) => Array.from({ length: 8 }, (_, at) => `const ${word}${from + at} = ${at};`);
  return `${[...above, ...lines(0), ...(bug === null ? [] : [bug]), ...lines(8)].join('\n')}\n`;
}

type Files = Readonly<Record<string, string | null>>;

/** `over`: as one commit on the base, so that the one reviewed before is no part of its history. */
function push(files: Files, { over = false } = {}): string {
  if (over) origin.git(['reset', '-q', '--soft', base]);
  return origin.commit(files, 'pull');
}

/** Answers the titles that it said; a reviewer that finds each line with a bug, and the file with one that names none. */
async function review(headSha: string): Promise<readonly string[]> {
  const workspace = await workspaces.open(request(headSha, { alsoShas: [base] }));
  try {
    const files = await workspace.changedFiles(base, headSha);
    const paths = files.map(({ path }) => path);
    const diffs = await workspace.compare(base, headSha, paths);
    const survey = surveyOf(paths, ['backend'], { files });
    const store = { findings: { ofPull: async () => tracked }, effects: { byKey: async () => null } };
    const of = { repositoryId: 1, number: 3 };
    const { groups } = survey;
    const { earlier } = await earlierFindings(
      { store, workspace },
      { of, baseSha: base, headSha, files, groups },
    );
    const surveyed = subtask({ key: 'survey', kind: 'survey', role: 'strategist', state: 'done' });
    const read = subtask({ key: 'review-backend', kind: 'review', role: 'backend', state: 'done' });
    const found = diffs.flatMap(bugsIn);
    const answer = { summary: '', findings: found, earlier: [] };
    const anchors = found.map((one) => anchorFinding(one, diffs));
    const records = recordsOf(reviewTask({ request: { pullRequest: { ...pullRequest, headSha } } }), {
      subtasks: [surveyed, read],
      results: [
        result(surveyed, { kind: 'survey', survey: { ...survey, earlier } }),
        result(read, { kind: 'findings', answer, anchors, coverage: survey.manifest }),
      ],
    });
    return track(trackingOf(records));
  } finally {
    await workspace.close();
  }
}

function bugsIn(file: FileDiff) {
  return file.hunks
    .flatMap(({ lines }) => lines)
    .flatMap(({ text, newLine }) => {
      if (newLine === null || !/BUG/.test(text)) return [];
      const line = text.includes('BUG in the file') ? 0 : newLine;
      return [finding({ path: file.path, line, title: TITLE, category: 'leak' })];
    });
}

function track({ raised, settled }: ReturnType<typeof trackingOf>): readonly string[] {
  const again = new Set(raised.map(({ fingerprint }) => fingerprint));
  tracked = [
    ...tracked
      .filter(({ fingerprint }) => !again.has(fingerprint))
      .map((one) => {
        const end = settled.find(({ fingerprint }) => fingerprint === one.fingerprint);
        return end === undefined ? one : { ...one, state: end.state };
      }),
    ...raised.map((one) => ({ ...one, state: 'open' as const, settledBy: null, reason: null })),
  ];
  return raised.map(({ title }) => title);
}

function settle(state: TrackedState): void {
  tracked = tracked.map((one) => ({ ...one, state }));
}

const states = () => tracked.map(({ state }) => state);

describe('a finding in a file that was renamed since', () => {
  it.each(['open', 'dismissed', 'withdrawn'] as const)(
    'goes on as %s where the pull request added the file',
    async (state) => {
      await review(push({ 'a.js': code('new', BUG) }));
      settle(state);

      const said = await review(push({ 'a.js': null, 'b.js': code('new', BUG) }));
      const then = await review(push({ 'b.js': null, 'c.js': code('new', `  ${BUG}`, ['// top']) }));

      expect([said, then, states()]).toEqual([[], [], [state]]);
    },
  );

  it.each(['open', 'dismissed'] as const)(
    'goes on as %s where the commit of its review was pushed over',
    async (state) => {
      await review(push({ 'a.js': code('new', BUG) }));
      settle(state);

      const said = await review(push({ 'a.js': null, 'b.js': code('new', BUG) }, { over: true }));

      expect([said, states()]).toEqual([[], [state]]);
    },
  );

  it('goes on where the pull request renames a file twice, and back', async () => {
    await review(push({ 'old.js': null, 'b.js': code('old', BUG) }));

    const said = await review(push({ 'b.js': null, 'c.js': code('old', BUG) }));
    const back = await review(push({ 'c.js': null, 'old.js': code('old', BUG) }));

    expect([said, back, states()]).toEqual([[], [], ['open']]);
  });

  it('goes on where a file was written anew before, so that the merge base has another', async () => {
    await review(push({ 'old.js': code('new', BUG) }));

    const said = await review(push({ 'old.js': null, 'b.js': code('new', BUG) }));

    expect([said, states()]).toEqual([[], ['open']]);
  });

  it('goes on where its line was edited at the same time', async () => {
    await review(push({ 'a.js': code('new', BUG) }));

    const said = await review(push({ 'a.js': null, 'b.js': code('new', 'strike(sockets); // BUG') }));

    expect([said, states()]).toEqual([[], ['open']]);
  });

  it('goes on where it has no line', async () => {
    await review(push({ 'a.js': code('new', '// BUG in the file') }));

    const said = await review(push({ 'a.js': null, 'b.js': code('new', '// BUG in the file') }));

    expect([said, states()]).toEqual([[], ['open']]);
  });

  it('is fixed where the file went away, though another has a line as short as its own', async () => {
    await review(push({ 'a.js': code('new', BUG) }));
    tracked = tracked.map((one) => ({ ...one, anchor: { ...one.anchor, quote: '}' } }));

    await review(push({ 'a.js': null, 'b.js': 'x\n}\n' }));

    expect(states()).toEqual(['fixed']);
  });
});

it('no finding is ever both said again and open, and none is lost, whatever is pushed', {
  timeout: 120_000,
}, async () => {
  const change = fc.record({
    rename: fc.boolean(),
    bug: fc.constantFrom(BUG, `\t${BUG}`, null),
    above: fc.integer({ min: 0, max: 3 }),
    over: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (changes, dismiss) => {
        begin();
        let name = 'file-0.js';
        await review(push({ [name]: code('new', BUG) }));
        if (dismiss) settle('dismissed');
        for (const [at, { rename, bug, above, over }] of changes.entries()) {
          const before = states();
          const next = rename ? `file-${at + 1}.js` : name;
          const text = code('new', bug, Array(above).fill('// above'));
          const said = await review(push({ [name]: null, [next]: text }, { over }));
          name = next;

          const live = states().filter((state) => state !== 'fixed');
          expect(live).toEqual(dismiss ? ['dismissed'] : bug === null ? [] : ['open']);
          expect(said).toEqual(bug === null || before.some((state) => state !== 'fixed') ? [] : [TITLE]);
        }
      },
    ),
    { numRuns: 15 },
  );
});
