/** Generated paths through every file tool, through a patch and through the commits that are made of it: none leaves the workspace. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import type { Workspace, Workspaces } from '../../src/core/workspace-ports.ts';
import { callIn } from '../agents/tool-calls.ts';
import { Origin, patchOf, request, workspacesFor } from '../agents/workspace-fixture.ts';
import { type CanaryTree, canaryTree, changesBetween, standsIn } from './support/canary-tree.ts';
import { endsBelow } from './support/ends-below.ts';
import { escapedAnswers, isError, leadsOut, type ToolAnswer } from './support/escaped-answers.ts';
import { pathsFrom, plainWaysOut } from './support/escaping-paths.ts';
import { trial } from './trial.ts';

const CANARY = 'canary-beyond-the-workspace';
/** An answer later than this is none. */
const ANSWER_MS = 10_000;
const TOOLS_AT_ONCE = 8;
/** Through a link that stays within, to a file that every tool can do its work on. */
const FINE = 'fine/own.js';

let origin: Origin;
let base: string;
let workspaces: Workspaces & { readonly root: string };
let beyond: CanaryTree;

beforeAll(async () => {
  origin = new Origin();
  workspaces = await workspacesFor(origin);
  // Next to the tree of a job: `../../beyond` of it.
  beyond = await canaryTree(join(workspaces.root, 'work/beyond'), CANARY);
  const links = {
    out: beyond.dir,
    'secret-link': join(beyond.dir, 'secret'),
    up: '../..',
    root: '/',
    'a/b/chain': '../../chain-2',
    'chain-2': 'chain-3',
    'chain-3': '../../beyond/deep',
    loop: 'loop',
    dangling: join(beyond.dir, 'made-by-a-link'),
    'self-root': '/proc/self/root',
    'self-cwd': '/proc/self/cwd',
    fd: '/dev/fd',
    fine: 'src',
  };
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(origin.clone, path)), { recursive: true });
    symlinkSync(target, join(origin.clone, path));
  }
  base = origin.commit({
    'src/a.js': 'one\n',
    'src/own.js': 'a canary\n',
    'README.md': 'two\n',
    'a/b/c': 'three\n',
  });
}, 60_000);
afterAll(() => {
  origin?.remove();
  if (workspaces) rmSync(workspaces.root, { recursive: true, force: true });
});

trial(
  'no path leaves the workspace, by a file tool or in a commit, and each has an answer',
  {
    full: { paths: 10_000, patches: 400, checkedOut: 40 },
    short: { paths: 60, patches: 6, checkedOut: 3 },
    minutes: { full: 15 },
  },
  async ({ size, random, count }) => {
    const made = fc.sample(pathsFrom(beyond.dir), { numRuns: size.paths, seed: random.seed });
    const paths = [...plainWaysOut(beyond.dir), ...made, FINE];
    const workspace = await workspaces.open(request(base));
    execFileSync('mkfifo', [join(workspace.dir, 'pipe')]);
    symlinkSync('/dev/zero', join(workspace.dir, 'device'));
    const before = await standsBeside(workspace);

    const answers = await callTools(workspace, paths);
    const touched = changesBetween(before, await standsBeside(workspace));
    const { patch, leftOut } = await workspace.diff();
    await workspace.close();

    count({
      paths: paths.length,
      'calls of tools': answers.length,
      'that led out': answers.filter(({ ledOut }) => ledOut === true).length,
      refused: answers.filter(isError).length,
    });
    expect(escapedAnswers(answers, CANARY)).toEqual([]);
    expect(answers.filter(({ text }) => text === UNANSWERED)).toEqual([]);
    for (const tool of ['read', 'glob', 'grep', 'edit', 'write']) {
      const of = answers.filter((answer) => answer.tool === tool);
      expect(of.filter(({ ledOut }) => ledOut === true).length).toBeGreaterThan(0);
      expect(of.some((answer) => !isError(answer))).toBe(true);
    }
    expect(touched).toEqual([]);
    const inPatch = parseDiff(patch).map(({ path }) => path);
    count({ 'files in the patch': inPatch.length, 'left out of it': leftOut.length });
    expect(inPatch.filter(leaves)).toEqual([]);

    const ends = await commitAll(random.shuffled(paths).slice(0, size.patches), patch, size.checkedOut);
    count({ patches: ends.length, 'patches refused': ends.filter((end) => end === null).length });
    expect(ends.flatMap((end) => end ?? []).filter(leaves)).toEqual([]);
    expect(await beyond.changes()).toEqual([]);
  },
);

it('says of an answer from beyond the tree that it escaped, whatever was read or written', async () => {
  const workspace = await workspaces.open(request(base));
  const out = [
    '../owner.json',
    '../git/config',
    '../tmp/new',
    '../../../mirrors/new',
    'out/secret',
    'dangling',
    'a/b/chain/secret',
    'loop',
    'root/proc/self/environ',
    '/proc/self/root/proc/self/environ',
    `${workspace.dir}-beside`,
  ];
  const within = ['src/a.js', 'fine/a.js', 'new/file', '../tree/src', `/proc/self/root${workspace.dir}/src`];
  const read = async (path: string, text: string): Promise<ToolAnswer> => {
    return { tool: 'read', path, text, ledOut: await leadsOut(workspace.dir, path) };
  };

  const answers = await Promise.all([
    ...[...out, ...within].map((path) => read(path, 'Text.')),
    ...out.map((path) => read(path, 'error: is outside')),
    read('src/a.js', `It says ${CANARY}.`),
  ]);

  const judged = [...out.map((path) => [path, 'Text.']), ['src/a.js', `It says ${CANARY}.`]];
  expect(escapedAnswers(answers, CANARY)).toEqual(
    judged.map(([path, text]) => `read ${JSON.stringify(path)}: ${text}`),
  );
  await workspace.close();
});

it('says what of the files beside the tree is not as it was', async () => {
  const workspace = await workspaces.open(request(base));
  const job = dirname(workspace.dir);
  const before = await standsBeside(workspace);

  writeFileSync(join(workspace.dir, 'within'), 'by a tool\n');
  for (const name of ['owner.json', 'git/config', 'tmp/new']) writeFileSync(join(job, name), 'by a tool\n');

  const found = changesBetween(before, await standsBeside(workspace)).map((change) => change.split(' ')[0]);
  const changed = ['owner.json', 'git/config', 'tmp/new'];
  expect(new Set(found)).toEqual(new Set(changed.map((name) => relative(workspaces.root, join(job, name)))));
  await workspace.close();
});

/** The job's own files, its git directory, the mirrors and the canaries. */
function standsBeside(workspace: Workspace): Promise<ReadonlyMap<string, string>> {
  return standsIn(workspaces.root, (path) => join(workspaces.root, path) === workspace.dir);
}

const UNANSWERED = 'no answer';

/** Of each path, by each tool that takes one. */
async function callTools(workspace: Workspace, paths: readonly string[]): Promise<readonly ToolAnswer[]> {
  const answers: ToolAnswer[] = [];
  const waiting = [...paths];
  const one = async (tool: string, path: string, input: object): Promise<void> => {
    const ledOut = 'pattern' in input && !('path' in input) ? null : await leadsOut(workspace.dir, path);
    const late = Promise.withResolvers<string>();
    const timer = setTimeout(() => late.resolve(UNANSWERED), ANSWER_MS);
    const text = await Promise.race([callIn(workspace.dir, tool, input), late.promise]);
    clearTimeout(timer);
    answers.push({ tool, path, text, ledOut });
  };
  const work = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      await one('read', path, { file_path: path });
      await one('glob', path, { pattern: '*', path });
      await one('glob', path, { pattern: path });
      await one('grep', path, { pattern: 'canary|root', path });
      // What leads further is only read: were it not refused, the machine itself would be changed.
      if (!(await endsBelow(workspaces.root, workspace.dir, path))) continue;
      await one('edit', path, { file_path: path, old_string: 'canary', new_string: 'changed' });
      await one('write', path, { file_path: path, content: 'written by a tool\n' });
    }
  };
  await Promise.all(Array.from({ length: TOOLS_AT_ONCE }, work));
  return answers;
}

/** The files that come of patches which name the paths; null for a patch that is refused. */
async function commitAll(
  paths: readonly string[],
  whole: string,
  checkedOut: number,
): Promise<readonly (readonly string[] | null)[]> {
  const patches = [
    whole,
    ...paths.flatMap((path) => [
      newFile(path, '100644', 'written by a patch\n'),
      newFile(`link-${path.length}`, '120000', path.replaceAll('\0', '') || '/'),
    ]),
  ];
  const ends: (readonly string[] | null)[] = [];
  for (const patch of patches) {
    const { signal } = new AbortController();
    const wanted = { ...request(base), patches: [patchOf('S1', patch)], signal };
    const built = await workspaces.commits(wanted).catch((error: unknown) => {
      if (!(error instanceof Error)) throw error;
      return null;
    });
    ends.push(built?.commits.flatMap(({ changes }) => changes.map(({ path }) => path)) ?? null);
    if (built === null || ends.length > checkedOut) continue;
    await expectOpens(wanted);
  }
  return ends;
}

/** Or says why not: a name may be longer than a disk takes. */
async function expectOpens(wanted: Parameters<Workspaces['open']>[0]): Promise<void> {
  try {
    await (await workspaces.open(wanted)).close();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).toMatch(/a path that git does not check out/);
  }
}

function newFile(path: string, mode: string, content: string): string {
  const name = JSON.stringify(`b/${path}`).replaceAll('\\u0000', '\\000');
  const lines = content.split('\n');
  const body = content.endsWith('\n')
    ? lines
        .slice(0, -1)
        .map((line) => `+${line}\n`)
        .join('')
    : `${lines.map((line) => `+${line}`).join('\n')}\n\\ No newline at end of file\n`;
  const length = content.endsWith('\n') ? lines.length - 1 : lines.length;
  return `diff --git ${name.replace('"b/', '"a/')} ${name}\nnew file mode ${mode}\n--- /dev/null\n+++ ${name}\n@@ -0,0 +1,${length} @@\n${body}`;
}

/** Out of the tree, or into a git directory of any file system. */
function leaves(path: string): boolean {
  const names = path.split('/');
  const plain = names.map((name) =>
    name.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, '').toLowerCase(),
  );
  return (
    path.startsWith('/') ||
    names.includes('..') ||
    plain.some((name) => /^(?:\.git|git~1)(?:[\s.]*$|:)/.test(name))
  );
}
