// Generated findings, sent as reviews to a running local GitHub: it takes every one, whole, and each comment stands there.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileDiff } from '../../src/core/diff.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import type { Anchor } from '../../src/core/result-records.ts';
import { anchorFinding } from '../../src/core/review/anchor.ts';
import { changes, type Tree, TreeRepository } from '../core/generated-trees.ts';
import { installationOctokit, type Local, owner, repo, repoName, startLocal } from './local-github.ts';

const PULLS = 12;
/** Chance makes some changes of few lines, on which few findings stand: then more pull requests are opened. */
const PULLS_MAX = 36;
const FINDINGS_EACH = 60;
const COMMENTS_WANTED = 144;

let local: Local;
let repository: TreeRepository;
beforeAll(async () => {
  repository = new TreeRepository();
  local = await startLocal();
});
afterAll(async () => {
  repository.remove();
  await local.stop();
});

/** Symbolic links and modes aside, which the local GitHub's people do not make. */
const filesOf = (tree: Tree) =>
  Object.fromEntries(
    [...tree].filter(([, { mode }]) => mode === '100644').map(([path, { content }]) => [path, content]),
  );

const lines = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, -1, Number.NaN, 2 ** 60, 0.5));
const wishes = fc.array(
  fc.record({
    pick: fc.nat(),
    side: fc.constantFrom('RIGHT' as const, 'LEFT' as const),
    start_line: fc.option(lines),
    line: lines,
  }),
  { minLength: FINDINGS_EACH, maxLength: FINDINGS_EACH },
);

/** Opens a pull request from `before` to `after` and answers it with its diff. */
async function pullOf(at: number, before: Tree, after: Tree) {
  const bob = local.github.as('bob');
  const [old, fresh] = [filesOf(before), filesOf(after)];
  const [base, head] = [`base-${at}`, `head-${at}`];
  await bob.commit(repoName, {
    branch: base,
    from: 'main',
    message: 'Base',
    files: { [`n${at}`]: `${at}\n`, ...old },
  });
  const gone = Object.fromEntries(
    Object.keys(old)
      .filter((path) => !(path in fresh))
      .map((path) => [path, null]),
  );
  // Deleted first: a path may be taken for a folder by another.
  const files = { ...gone, ...fresh, [`m${at}`]: `${at}\n` };
  await bob.commit(repoName, { branch: head, from: base, message: 'Head', files });
  const { number } = await bob.openPull(repoName, { title: `Change ${at}`, head, base });
  const commits = (tree: Readonly<Record<string, Buffer>>): Tree =>
    new Map(Object.entries(tree).map(([path, content]) => [path, { mode: '100644', content }]));
  const [from = '', to = ''] = repository.commit([commits(old), commits(fresh)]);
  return { number, diff: parseDiff(repository.diff(from, to)) };
}

function placed(
  files: readonly FileDiff[],
  wish: (typeof wishes extends fc.Arbitrary<infer T> ? T : never)[number],
): Anchor {
  const { pick, ...place } = wish;
  const path = files[pick % Math.max(files.length, 1)]?.path ?? 'none';
  return anchorFinding({ path, replacement: null, ...place }, files);
}

test(`${PULLS} reviews or more of ${FINDINGS_EACH} findings each lose none`, {
  timeout: 60_000,
}, async () => {
  const octokit = await installationOctokit(local.github);
  const samples = fc.sample(fc.tuple(changes, wishes), { numRuns: PULLS_MAX });
  let sent = 0;
  for (const [at, [[before, after], wished]] of samples.entries()) {
    if (at >= PULLS && sent >= COMMENTS_WANTED) break;
    const { number, diff } = await pullOf(at, before, after);
    const pull = { owner, repo, pull_number: number };
    const inline = wished.map((wish) => placed(diff, wish)).filter((anchor) => anchor.kind === 'inline');
    const comments = inline.map(({ path, side, startLine, line }, index) => ({
      path,
      side,
      line,
      body: `Finding ${index}`,
      ...(startLine === null ? {} : { start_line: startLine, start_side: side }),
    }));

    await octokit.rest.pulls.createReview({ ...pull, event: 'COMMENT', body: 'All of it', comments });

    const { data } = await octokit.rest.pulls.listReviewComments({ ...pull, per_page: 100 });
    const standing = data.map(({ body, path, side, line }) => ({ body, path, side, line }));
    const byBody = (a: { body: string }, b: { body: string }) => a.body.localeCompare(b.body);
    expect(standing.sort(byBody)).toEqual(
      comments.map(({ body, path, side, line }) => ({ body, path, side, line })).sort(byBody),
    );
    sent += comments.length;
  }
  expect(sent).toBeGreaterThanOrEqual(COMMENTS_WANTED);
});
