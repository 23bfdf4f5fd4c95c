// What a pull request changes, as the workspace tells it: every kind of change, every kind of path, every limit.
import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WorkspaceLimits } from '../../src/agents/workspace/limits.ts';
import { digestOf, readableChars } from '../../src/core/diff.ts';
import type { Workspace } from '../../src/core/ports.ts';
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

describe('the list of changed files', () => {
  test('has every kind of change, and the same files come with their text', async () => {
    const base = origin.commit({
      'edited.txt': lines(20),
      'gone.txt': 'x\n',
      'old name.txt': lines(30, 'moved'),
      'run.sh': 'true\n',
      'logo.png': Buffer.from([0, 1, 2]),
      'kind.txt': 'was a file\n',
      'a.txt': 'a file that becomes a folder\n',
    });
    writeFileSync(join(origin.clone, 'edited.txt'), lines(20).replace('line 7\n', 'line seven\n'));
    renameSync(join(origin.clone, 'old name.txt'), join(origin.clone, 'new name.txt'));
    chmodSync(join(origin.clone, 'run.sh'), 0o755);
    rmSync(join(origin.clone, 'kind.txt'));
    symlinkSync('edited.txt', join(origin.clone, 'kind.txt'));
    rmSync(join(origin.clone, 'a.txt'));
    const head = origin.commit({
      'gone.txt': null,
      'logo.png': Buffer.from([0, 1, 3]),
      'a.txt/b.txt': 'new\n',
      'empty.txt': '',
    });
    const workspace = await opened(head);

    const files = await workspace.changedFiles(base, head);
    const compared = await workspace.compare(
      base,
      head,
      files.map((file) => file.path),
    );

    expect(files.map((file) => [file.path, file.oldPath, file.status, file.binary])).toEqual([
      ['a.txt', 'a.txt', 'removed', false],
      ['a.txt/b.txt', 'a.txt/b.txt', 'added', false],
      ['edited.txt', 'edited.txt', 'modified', false],
      ['empty.txt', 'empty.txt', 'added', false],
      ['gone.txt', 'gone.txt', 'removed', false],
      ['kind.txt', 'kind.txt', 'modified', false],
      ['logo.png', 'logo.png', 'modified', true],
      ['new name.txt', 'old name.txt', 'renamed', false],
      ['run.sh', 'run.sh', 'modified', false],
    ]);
    expect(new Set(files.map((file) => file.digest)).size).toBe(files.length);
    for (const file of files.filter(({ path }) => path !== 'kind.txt')) {
      const [diff, ...more] = compared.filter(({ path }) => path === file.path);
      expect(more).toEqual([]);
      expect(file).toMatchObject({
        chars: diff && readableChars(diff),
        digest: diff && digestOf(diff),
        additions: diff?.additions,
        deletions: diff?.deletions,
      });
    }
    // Git shows a change of type as the old file removed and the new one added.
    expect(compared.filter(({ path }) => path === 'kind.txt').map(({ status }) => status)).toEqual([
      'removed',
      'added',
    ]);
  });

  test('takes a submodule for the commit that it names', async () => {
    const base = origin.commit({ 'x.txt': 'x\n' });
    origin.git(['update-index', '--add', '--cacheinfo', `160000,${base},sub`]);
    origin.git(['commit', '-q', '-m', 'sub']);
    origin.git(['push', '-q', origin.bare, 'HEAD:refs/heads/main']);
    const head = origin.git(['rev-parse', 'HEAD']);
    const workspace = await opened(head);

    expect(await workspace.changedFiles(base, head)).toMatchObject([{ path: 'sub', additions: 1 }]);
    expect((await workspace.compare(base, head, ['sub']))[0]?.hunks[0]?.lines[0]?.text).toBe(
      `Subproject commit ${base}`,
    );
  });

  test('starts at the merge base, and says when there is none', async () => {
    const base = origin.commit({ 'a.txt': 'a\n' });
    origin.git(['checkout', '-q', '-b', 'topic']);
    const head = origin.commit({ 'b.txt': 'b\n' }, 'topic');
    origin.git(['checkout', '-q', 'main']);
    const onMain = origin.commit({ 'c.txt': 'c\n' });
    origin.git(['checkout', '-q', '--orphan', 'lone']);
    const lone = origin.commit({ 'd.txt': 'd\n' }, 'lone');
    const workspace = await opened(onMain);

    expect((await workspace.changedFiles(onMain, head)).map(({ path }) => path)).toEqual(['b.txt']);
    expect(await workspace.changedFiles(head, base)).toEqual([]);
    await expect(workspace.changedFiles(onMain, lone)).rejects.toThrow('no history in common');
    await expect(workspace.changedFiles('HEAD', onMain)).rejects.toThrow('is not the name of a commit');
  });
});

describe('paths', () => {
  const ODD = [
    '-x.txt',
    '*.txt',
    ':(glob)x',
    'a"b.txt',
    'line\nfeed.txt',
    'tab\there.txt',
    'ключ.txt',
    'with space .txt ',
    'back\\slash.txt',
    '[ab].txt',
  ];

  test('are taken as they are, whatever git or a shell would make of them', async () => {
    const base = origin.commit(
      Object.fromEntries([...ODD, 'a.txt', 'b.txt'].map((path) => [path, `${lines(9)}${path}\n`])),
    );
    const head = origin.commit(
      Object.fromEntries([...ODD, 'a.txt', 'b.txt'].map((path) => [path, `${lines(9)}${path}!\n`])),
    );
    const workspace = await opened(head);

    expect((await workspace.changedFiles(base, head)).map(({ path }) => path).sort()).toEqual(
      [...ODD, 'a.txt', 'b.txt'].sort(),
    );
    for (const path of ODD) {
      const compared = await workspace.compare(base, head, [path]);
      expect(compared.map((file) => [file.path, file.additions])).toEqual([[path, 1]]);
    }
    expect(await workspace.compare(base, head, ['not-there', '', '../x', 'a\0b'])).toEqual([]);
  });

  test('that are no UTF-8 are listed and read, with U+FFFD for their bytes', async () => {
    const odd = Buffer.concat([Buffer.from(`${origin.clone}/caf`), Buffer.from([0xe9]), Buffer.from('.txt')]);
    const base = origin.commit({ 'cafX.txt': 'x\n' });
    writeFileSync(odd, 'one\n');
    const head = origin.commit({ 'cafX.txt': 'y\n' });
    const workspace = await opened(head);

    const files = await workspace.changedFiles(base, head);
    const compared = await workspace.compare(base, head, ['caf\ufffd.txt']);

    expect(files.map(({ path, chars }) => [path, chars !== null])).toEqual([
      ['cafX.txt', true],
      ['caf\ufffd.txt', true],
    ]);
    expect(compared.map(({ path, additions }) => [path, additions])).toEqual([['caf\ufffd.txt', 1]]);
  });
});

describe('renames', () => {
  test('are the same however few of them are read', async () => {
    const content = (name: string) => `${lines(20, name)}end of ${name}\n`;
    const names = ['a', 'b', 'c'];
    const base = origin.commit(Object.fromEntries(names.map((name) => [`old/${name}.txt`, content(name)])));
    const head = origin.commit(
      Object.fromEntries(
        names.flatMap((name) => [
          [`old/${name}.txt`, null],
          [`new/${name}.txt`, content(name).replace('end of', 'END OF')],
        ]),
      ),
    );
    const workspace = await opened(head);

    const files = await workspace.changedFiles(base, head);
    const [one] = await workspace.compare(base, head, ['new/b.txt']);

    expect(files.map(({ path, oldPath, additions }) => [path, oldPath, additions])).toEqual(
      names.map((name) => [`new/${name}.txt`, `old/${name}.txt`, 1]),
    );
    expect(one).toMatchObject({ path: 'new/b.txt', oldPath: 'old/b.txt', status: 'renamed', additions: 1 });
  });

  test('of one file into two are one rename and one new file, read like that too', async () => {
    const base = origin.commit({ 'one.txt': lines(30) });
    const head = origin.commit({ 'one.txt': null, 'two.txt': lines(30), 'three.txt': lines(30) });
    const workspace = await opened(head);

    const files = await workspace.changedFiles(base, head);

    expect(files.map(({ status }) => status).sort()).toEqual(['added', 'renamed']);
    for (const { path, oldPath, status, digest } of files) {
      const [diff] = await workspace.compare(base, head, [path]);
      expect(diff).toMatchObject({ path, status, oldPath });
      expect(diff && digestOf(diff)).toBe(digest);
    }
  });
});

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
