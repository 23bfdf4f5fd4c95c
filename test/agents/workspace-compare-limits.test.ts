// What a pull request changes, as the workspace tells it: every limit, and by what a change is known again.
import { rmSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WorkspaceLimits } from '../../src/agents/workspace/limits.ts';
import type { Workspace } from '../../src/core/workspace-ports.ts';
import { Origin, request, workspacesFor } from './workspace-fixture.ts';

const roots: string[] = [];
const open: Workspace[] = [];
let origin: Origin;

beforeEach(() => {
  origin = new Origin();
});
afterEach(async () => {
  for (const workspace of open.splice(0)) await workspace.close();
  origin.remove();
});
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

async function opened(sha: string, limits: Partial<WorkspaceLimits> = {}): Promise<Workspace> {
  const workspaces = await workspacesFor(origin, { limits });
  const workspace = await workspaces.open(request(sha));
  roots.push(workspaces.root);
  open.push(workspace);
  return workspace;
}

const lines = (count: number, word = 'line') =>
  Array.from({ length: count }, (_, at) => `${word} ${at + 1}\n`).join('');

describe('limits', () => {
  test('a file that is too large is listed with its counts and comes without its text; others are whole', async () => {
    const base = origin.commit({ 'a.txt': 'a\n' });
    const head = origin.commit({ 'a.txt': 'b\n', 'big.txt': lines(5_000), 'z.txt': 'z\n' });
    const workspace = await opened(head, { diffBatchMaxBytes: 10_000 });

    const files = await workspace.changedFiles(base, head);
    const compared = await workspace.compare(base, head, ['a.txt', 'big.txt', 'z.txt']);

    expect(files.map(({ path, additions, chars }) => [path, additions, chars !== null])).toEqual([
      ['a.txt', 1, true],
      ['big.txt', 5_000, false],
      ['z.txt', 1, true],
    ]);
    expect(compared.map(({ path, hunks, omitted }) => [path, hunks.length, omitted])).toEqual([
      ['a.txt', 1, undefined],
      ['big.txt', 0, true],
      ['z.txt', 1, undefined],
    ]);
  });

  test('the digest of a file that is too large follows its content', async () => {
    const base = origin.commit({ 'a.txt': 'a\n' });
    const first = origin.commit({ 'big.txt': lines(5_000) });
    const other = origin.commit({ 'other.txt': 'x\n' });
    const changed = origin.commit({ 'big.txt': lines(5_000).replace('line 7\n', 'line seven\n') });
    const workspace = await opened(changed, { diffBatchMaxBytes: 10_000 });
    const digest = async (head: string) =>
      (await workspace.changedFiles(base, head)).find(({ path }) => path === 'big.txt')?.digest;

    expect(await digest(other)).toBe(await digest(first));
    expect(await digest(changed)).not.toBe(await digest(first));
  });

  test('files beyond those that are looked at are listed', async () => {
    const base = origin.commit({ 'a.txt': 'a\n' });
    const head = origin.commit({ 'b.txt': 'b\n', 'c.txt': 'c\n', 'd.txt': 'd\n' });
    const workspace = await opened(head, { measuredMaxFiles: 1 });

    const files = await workspace.changedFiles(base, head);

    expect(files.map(({ path, chars }) => [path, chars !== null])).toEqual([
      ['b.txt', true],
      ['c.txt', false],
      ['d.txt', false],
    ]);
  });

  test('files that are too much together come without their text once the room is used', async () => {
    const base = origin.commit({ 'a.txt': 'a\n' });
    const head = origin.commit({ 'b.txt': lines(50), 'c.txt': lines(50), 'd.txt': 'd\n' });
    const workspace = await opened(head, { compareMaxBytes: 1_000 });

    const compared = await workspace.compare(base, head, ['b.txt', 'c.txt', 'd.txt']);

    expect(compared.map(({ path, omitted }) => [path, omitted])).toEqual([
      ['b.txt', undefined],
      ['c.txt', true],
      ['d.txt', undefined],
    ]);
  });

  test('a list that is too long itself is said to be', async () => {
    const base = origin.commit({ 'a.txt': 'a\n' });
    const head = origin.commit({ 'b.txt': 'b\n' });
    const workspace = await opened(head, { changesMaxBytes: 50 });

    await expect(workspace.changedFiles(base, head)).rejects.toThrow('longer than 50 bytes');
  });
});

test('a digest stays the same over a rebase that moved the lines, and changes with them', async () => {
  const file = (top: string, middle: string) => `${top}${lines(30).replace('line 15\n', middle)}`;
  const base = origin.commit({ 'a.txt': file('', 'line 15\n') });
  const before = origin.commit({ 'a.txt': file('', 'fifteen\n') });
  origin.git(['checkout', '-q', base]);
  const newBase = origin.commit({ 'a.txt': file(lines(5, 'new'), 'line 15\n') });
  const rebased = origin.commit({ 'a.txt': file(lines(5, 'new'), 'fifteen\n') });
  const amended = origin.commit({ 'a.txt': file(lines(5, 'new'), 'fifteen\r\n') });
  const workspace = await opened(amended);
  const digest = async (from: string, to: string) => (await workspace.changedFiles(from, to))[0]?.digest;

  origin.git(['push', '-q', '-f', origin.bare, `${before}:refs/heads/before`]);
  expect(await digest(newBase, rebased)).toBe(await digest(base, before));
  expect(await digest(newBase, amended)).not.toBe(await digest(base, before));
});
