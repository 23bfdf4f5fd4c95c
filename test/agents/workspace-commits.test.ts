// Commits as data, and commits of a branch that are made anew elsewhere.
import { rmSync } from 'node:fs';
import { chmod, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { BuiltChange, Workspaces } from '../../src/core/workspace-ports.ts';
import { Origin, patchOf, REPOSITORY, request, workspacesFor } from './workspace-fixture.ts';

const LINES = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
const TEXT = `${LINES.join('\n')}\n`;
const edited = (line: number, to: string) => TEXT.replace(`line ${line}\n`, `${to}\n`);
const BINARY = Buffer.from([0, 1, 2, 255, 254, 10, 0]);

let origin: Origin;
let base: string;
let workspaces: Workspaces & { readonly root: string };
beforeAll(async () => {
  origin = new Origin();
  base = origin.commit({ 'a.txt': TEXT, 'old.txt': 'old\n', 'run.sh': '#!/bin/sh\n' });
  workspaces = await workspacesFor(origin);
});
afterAll(() => {
  origin.remove();
  rmSync(workspaces.root, { recursive: true, force: true });
});

const patchAt = async (sha: string, change: (dir: string) => Promise<unknown>): Promise<string> => {
  const workspace = await workspaces.open(request(sha));
  await change(workspace.dir);
  const { patch } = await workspace.diff();
  await workspace.close();
  return patch;
};
const wanted = (baseSha: string) => ({
  repository: REPOSITORY,
  baseSha,
  patches: [],
  signal: new AbortController().signal,
});
const shown = (change: BuiltChange) =>
  change.kind === 'put' ? { ...change, content: Buffer.from(change.content).toString('latin1') } : change;

describe('commits as data', () => {
  test('are each one’s message and whole files: text, binary, links, programs, and what is gone', async () => {
    const first = await patchAt(base, async (dir) => {
      await writeFile(join(dir, 'a.txt'), edited(3, 'line three'));
      await rm(join(dir, 'old.txt'));
      await writeFile(join(dir, 'old.txt.bin'), BINARY);
      await symlink('a.txt', join(dir, 'link'));
      await chmod(join(dir, 'run.sh'), 0o755);
    });
    const second = await patchAt(base, (dir) => writeFile(join(dir, 'new "é".txt'), ''));
    const patches = [patchOf('S1', first), patchOf('S2', second)];

    const built = await workspaces.commits({ ...wanted(base), patches });

    const opened = await workspaces.open(request(base, { patches }));
    expect(built).toMatchObject({ treeSha: opened.treeSha, tooLarge: null });
    expect(built.baseTreeSha).toBe(origin.git(['rev-parse', `${base}^{tree}`]));
    expect(built.commits.map(({ message }) => message)).toEqual(patches.map(({ message }) => message));
    expect(built.commits[0]?.changes.map(shown)).toEqual([
      { kind: 'delete', path: 'old.txt', mode: '100644' },
      { kind: 'put', path: 'a.txt', mode: '100644', content: edited(3, 'line three') },
      { kind: 'put', path: 'link', mode: '120000', content: 'a.txt' },
      { kind: 'put', path: 'old.txt.bin', mode: '100644', content: BINARY.toString('latin1') },
      { kind: 'put', path: 'run.sh', mode: '100755', content: '#!/bin/sh\n' },
    ]);
    expect(built.commits[1]?.changes.map(shown)).toEqual([
      { kind: 'put', path: 'new "é".txt', mode: '100644', content: '' },
    ]);
    expect(built.commits[1]?.treeSha).toBe(opened.treeSha);
    await opened.close();
  });

  test.each([
    ['files', { builtMaxFiles: 1 }, '2 files are more than the API takes'],
    ['bytes', { builtMaxBytes: 5 }, '8 bytes are more than the API takes'],
  ])('with too many %s are not read, and say so', async (_what, limits, tooLarge) => {
    const small = await workspacesFor(origin, { limits });
    const patch = await patchAt(base, async (dir) => {
      await writeFile(join(dir, 'one.txt'), 'one\n');
      await writeFile(join(dir, 'two.txt'), 'two\n');
    });

    const built = await small.commits({ ...wanted(base), patches: [patchOf('S1', patch)] });

    expect(built).toMatchObject({ tooLarge, commits: [] });
    rmSync(small.root, { recursive: true });
  });
});

test('patches that are to be one commit leave nothing of what a later one takes out', async () => {
  const first = await patchAt(base, (dir) => writeFile(join(dir, 'key.txt'), 'secret\n'));
  const whole = await workspaces.open(request(base, { patches: [patchOf('S1', first)] }));
  await rm(join(whole.dir, 'key.txt'));
  await writeFile(join(whole.dir, 'b.txt'), 'b\n');
  const second = (await whole.diff()).patch;
  const patches = [patchOf('S1', first), patchOf('S2', second)];
  const asOne = { message: 'The work\n', at: '2026-01-01T00:00:00.000Z' };

  const built = await workspaces.commits({ ...wanted(base), patches, asOne });

  const apart = await workspaces.commits({ ...wanted(base), patches });
  expect(built.treeSha).toBe(apart.treeSha);
  expect(built.commits.map(({ message }) => message)).toEqual(['The work\n']);
  expect(built.commits[0]?.changes.map(({ path }) => path)).toEqual(['b.txt']);
});

test('a name that is no UTF-8 is refused, for the API has no way to say it', async () => {
  const path = '"caf\\351.txt"';
  const patch = `diff --git "a/caf\\351.txt" "b/caf\\351.txt"\nnew file mode 100644\n--- /dev/null\n+++ ${path.replace('"', '"b/')}\n@@ -0,0 +1 @@\n+x\n`;

  const building = workspaces.commits({ ...wanted(base), patches: [patchOf('S1', patch)] });

  await expect(building).rejects.toThrow(UserError);
  await expect(building).rejects.toThrow('is not UTF-8');
});

describe('commits made anew', () => {
  const own = (message: string) => `${message}\n\nWhat was done.\n\nCrew-Task: task-1\nCrew-Role: backend`;
  /** Commits on a branch that left `main` at `base`. */
  const branch = (
    name: string,
    commits: readonly (readonly [Record<string, string | Buffer | null>, string])[],
  ) => {
    origin.git(['checkout', '-q', '-B', name, base]);
    let head = base;
    for (const [files, message] of commits) {
      origin.commit(files, name);
      origin.git(['commit', '-q', '--amend', '--allow-empty', '-m', message]);
      head = origin.git(['rev-parse', 'HEAD']);
      origin.git(['push', '-q', '-f', origin.bare, `HEAD:refs/heads/${name}`]);
    }
    origin.git(['checkout', '-q', 'main']);
    return head;
  };
  const opened = (baseSha: string, toSha: string, patches = [] as ReturnType<typeof patchOf>[]) =>
    workspaces.open(request(baseSha, { replay: { fromSha: base, toSha }, patches }));

  test('keep their messages and come before the patches, with the same trees each time', async () => {
    const toSha = branch('topic', [
      [{ 'a.txt': edited(3, 'three'), 'image.bin': BINARY }, own('One')],
      [{ 'b.txt': 'b\n' }, own('Two')],
    ]);
    const onto = origin.commit({ 'a.txt': edited(18, 'eighteen') });
    const patch = await patchAt(onto, (dir) => writeFile(join(dir, 'c.txt'), 'c\n'));

    const one = await opened(onto, toSha, [patchOf('S1', patch)]);
    const two = await opened(onto, toSha, [patchOf('S1', patch)]);

    expect(one).toMatchObject({ headSha: two.headSha, treeSha: two.treeSha, skipped: [] });
    expect(one.commits.map(({ subject, role }) => `${role}: ${subject}`)).toEqual([
      'backend: One',
      'backend: Two',
      'backend: Change of S1',
    ]);
    expect(await readFile(join(one.dir, 'a.txt'), 'utf8')).toBe(
      edited(3, 'three').replace('line 18', 'eighteen'),
    );
    expect(await readFile(join(one.dir, 'image.bin'))).toEqual(BINARY);
    expect(await readFile(join(one.dir, 'c.txt'), 'utf8')).toBe('c\n');
    const built = await workspaces.commits({
      ...wanted(onto),
      replay: { fromSha: base, toSha },
      patches: [patchOf('S1', patch)],
    });
    expect(built.treeSha).toBe(one.treeSha);
    expect(built.commits[0]?.message).toBe(`${own('One')}\n`);
    await Promise.all([one.close(), two.close()]);
  });

  test('are skipped where they do not fit, and so is what needs them; the others stay', async () => {
    const toSha = branch('conflict', [
      [{ 'a.txt': edited(5, 'mine') }, own('Conflicts')],
      [{ 'a.txt': edited(5, 'mine, twice') }, own('Needs it')],
      [{ 'free.txt': 'free\n' }, own('Is free')],
    ]);
    const onto = origin.commit({ 'a.txt': edited(5, 'theirs') });

    const workspace = await opened(onto, toSha);

    expect(workspace.commits.map(({ subject }) => subject)).toEqual(['Is free']);
    expect(workspace.skipped.map(({ message, files }) => [message.split('\n')[0], files])).toEqual([
      ['Conflicts', ['a.txt']],
      ['Needs it', ['a.txt']],
    ]);
    expect(workspace.skipped[0]?.patch).toContain('+mine');
    expect(await readFile(join(workspace.dir, 'a.txt'), 'utf8')).toBe(edited(5, 'theirs'));
    expect(await workspace.diff()).toEqual({ patch: '', leftOut: [] });
    await workspace.close();
  });

  test('leave out what stands on the new base already, and what changes nothing', async () => {
    const toSha = branch('merged', [
      [{ 'same.txt': 'same\n' }, own('The same')],
      [{}, own('Nothing')],
    ]);
    const onto = origin.commit({ 'same.txt': 'same\n' });

    const workspace = await opened(onto, toSha);

    expect(workspace).toMatchObject({ headSha: onto, commits: [], skipped: [] });
    await workspace.close();
  });

  test('are refused where a person pushed among them', async () => {
    const toSha = branch('person', [
      [{ 'x.txt': 'x\n' }, own('Ours')],
      [{ 'y.txt': 'y\n' }, 'Fix a typo'],
    ]);

    const opening = opened(base, toSha);

    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(
      `The commit ${toSha.slice(0, 7)} was pushed by a person: the crew does not rewrite it.`,
    );
  });

  test('are refused where a person merged', async () => {
    branch('merge', [[{ 'x.txt': 'x\n' }, own('Ours')]]);
    origin.git(['checkout', '-q', 'merge']);
    origin.git(['merge', '-q', '--no-ff', '-m', own('Merge main'), 'main']);
    origin.git(['push', '-q', '-f', origin.bare, 'HEAD:refs/heads/merge']);
    const toSha = origin.git(['rev-parse', 'HEAD']);
    origin.git(['checkout', '-q', 'main']);

    await expect(opened(base, toSha)).rejects.toThrow('was pushed by a person');
  });
});
