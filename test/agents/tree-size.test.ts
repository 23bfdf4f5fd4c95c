// Commits that are next to nothing in history, and more than a disk holds when they are checked out.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { Workspaces } from '../../src/core/workspace-ports.ts';
import { Origin, request, workspacesFor } from './workspace-fixture.ts';

const LIMITS = { checkoutMaxFiles: 20, checkoutMaxBytes: 10_000 };

let origin: Origin;
let base: string;
let workspaces: Workspaces & { readonly root: string };
beforeAll(async () => {
  origin = new Origin();
  base = origin.commit({ 'a.txt': 'x'.repeat(1_000) });
  workspaces = await workspacesFor(origin, { limits: LIMITS });
});
afterAll(() => {
  origin.remove();
  rmSync(workspaces.root, { recursive: true, force: true });
});

const named = (count: number, content: string) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`n/${at}.txt`, content]));

/** A commit of these files beside the first. */
function commitOf(files: Readonly<Record<string, string>>, more: () => void = () => {}): string {
  origin.git(['reset', '-q', '--hard', base]);
  more();
  return origin.commit(files, 'other');
}

const opened = async (sha: string) => {
  const workspace = await workspaces.open(request(sha));
  await workspace.close();
};

test.each([
  ['as many files as are allowed', named(19, '')],
  ['as many bytes as are allowed', named(9, 'y'.repeat(1_000))],
])('%s are checked out', async (_, files) => {
  await expect(opened(commitOf(files))).resolves.toBeUndefined();
});

test.each([
  ['one file more than is allowed', named(20, '')],
  ['one byte more than is allowed', { ...named(9, 'y'.repeat(1_000)), more: 'z' }],
  ['one blob under many names, each of which takes its size', named(10, 'same\n'.repeat(200))],
])('%s is refused before anything is written, and nothing stays', async (_, files) => {
  const sha = commitOf(files);

  await expect(opened(sha)).rejects.toThrow(
    new UserError(
      `The commit \`${sha.slice(0, 7)}\` is more than this crew checks out: 20 files, or 0.0 GiB.`,
    ),
  );
  expect(readdirSync(join(workspaces.root, 'work'))).toEqual([]);
});

test('a link takes the bytes of the name that it leads to, a commit of another repository none, and both count as files', async () => {
  const links = (count: number) => () => {
    for (let at = 0; at < count; at += 1) symlinkSync('a.txt', join(origin.clone, `link-${at}`));
    execFileSync('git', ['update-index', '--add', '--cacheinfo', `160000,${base},sub`], {
      cwd: origin.clone,
    });
  };
  const most = commitOf(named(9, 'y'.repeat(990)), links(9));
  const more = commitOf(named(9, 'y'.repeat(990)), links(11));

  await expect(opened(most)).resolves.toBeUndefined();
  await expect(opened(more)).rejects.toThrow(UserError);
});
