// What a pull request changes, as the workspace tells it: every kind of change, every kind of path.
import { chmodSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf, readableChars } from '../../src/core/diff.ts';
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

async function opened(sha: string): Promise<Workspace> {
  const workspaces = await workspacesFor(origin);
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

    expect(await workspace.changedFiles(base, head)).toMatchObject([
      { path: 'sub', additions: 1, submodule: true },
    ]);
    expect((await workspace.compare(base, head, ['sub']))[0]?.hunks[0]?.lines[0]?.text).toBe(
      `Subproject commit ${base}`,
    );

    origin.git(['update-index', '--add', '--cacheinfo', `160000,${head},sub`]);
    origin.git(['commit', '-q', '-m', 'move sub']);
    const moved = origin.git(['rev-parse', 'HEAD']);
    const gone = origin.commit({ sub: 'now a file\n' });
    origin.git(['push', '-q', origin.bare, 'HEAD:refs/heads/main']);
    const later = await opened(gone);

    expect(await later.changedFiles(head, moved)).toMatchObject([{ path: 'sub', submodule: true }]);
    expect((await later.changedFiles(moved, gone))[0]).not.toHaveProperty('submodule');
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
      expect(compared.map((file) => [file.path, file.hunks.length])).toEqual([[path, 1]]);
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
    expect(compared.map(({ path, hunks }) => [path, hunks.length])).toEqual([['caf\ufffd.txt', 1]]);
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
