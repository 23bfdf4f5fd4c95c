// Workspaces from opening to closing, over real repositories.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSandbox } from '../../src/agents/sandbox/sandbox.ts';
import { checkGitVersion, isSafeGit } from '../../src/agents/workspace/git-version.ts';
import { ConflictError, TransientError, UserError } from '../../src/core/errors.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import type { Repository } from '../../src/core/records.ts';
import type { Workspaces } from '../../src/core/workspace-ports.ts';
import { type Logged, Origin, patchOf, REPOSITORY, request, workspacesFor } from './workspace-fixture.ts';

const LINES = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
const TEXT = `${LINES.join('\n')}\n`;

let origin: Origin;
let base: string;
let workspaces: Workspaces & { readonly root: string };
const lines: Logged[] = [];
beforeAll(async () => {
  origin = new Origin();
  base = origin.commit({
    'a.txt': TEXT,
    'src/b.txt': 'b\n',
    '.gitignore': 'dist/\n*.log\n',
    'src/.gitignore': '/local\n',
    'run.sh': '#!/bin/sh\n',
  });
  workspaces = await workspacesFor(origin, { lines });
});
afterAll(() => {
  origin.remove();
  rmSync(workspaces.root, { recursive: true, force: true });
});

/** What an opened tree's change does to a fresh checkout of the same commit. */
async function reapplied(patch: string, path: string): Promise<string | null> {
  const workspace = await workspaces.open(request(base, { patches: [patchOf('S1', patch)] }));
  const text = await readFile(join(workspace.dir, path), 'utf8').catch(() => null);
  await workspace.close();
  return text;
}

describe('opening', () => {
  test('gives the files of the commit, without a .git and with nothing changed', async () => {
    const workspace = await workspaces.open(request(base));

    expect(readdirSync(workspace.dir).sort()).toEqual(['.gitignore', 'a.txt', 'run.sh', 'src']);
    expect(await readFile(join(workspace.dir, 'a.txt'), 'utf8')).toBe(TEXT);
    expect(workspace).toMatchObject({ headSha: base, commits: [] });
    expect(await workspace.diff()).toEqual({ patch: '', leftOut: [] });
    await workspace.close();
    expect(existsSync(workspace.dir)).toBe(false);
  });

  test('many at once on one cold mirror are apart from one another', async () => {
    const cold = await workspacesFor(origin);

    const opened = await Promise.all(
      Array.from({ length: 6 }, (_, at) => cold.open(request(base, { subtaskId: `s${at}` }))),
    );
    await Promise.all(opened.map((workspace, at) => writeFile(join(workspace.dir, 'a.txt'), `${at}\n`)));
    const patches = await Promise.all(opened.map((workspace) => workspace.diff()));

    expect(new Set(opened.map((workspace) => workspace.dir)).size).toBe(6);
    expect(patches.map(({ patch }) => /^\+(\d)$/m.exec(patch)?.[1])).toEqual(['0', '1', '2', '3', '4', '5']);
    await Promise.all(opened.map((workspace) => workspace.close()));
    expect(readdirSync(join(cold.root, 'work'))).toEqual([]);
    rmSync(cold.root, { recursive: true });
  });

  test('a commit of another repository is not to be had, though its mirror has it', async () => {
    const other = new Origin();
    const foreign = other.commit({ 'other.txt': 'theirs\n' });
    const urlOf = (id: number) => (id === REPOSITORY.id ? origin.url : other.url);
    const cloneAccess = { forReading: async ({ id }: Repository) => ({ url: urlOf(id), token: null }) };
    const both = await workspacesFor(origin, { cloneAccess });

    const theirs = await both.open(request(foreign, { repository: { ...REPOSITORY, id: 8, name: 'other' } }));
    const files = readdirSync(theirs.dir);
    await theirs.close();

    expect(files).toEqual(['other.txt']);
    await expect(both.open(request(foreign))).rejects.toThrow(UserError);
    rmSync(both.root, { recursive: true });
    other.remove();
  });

  test('a commit that is gone is said to be gone, and leaves nothing behind', async () => {
    const gone = workspaces.open(request('0123456789012345678901234567890123456789'));

    await expect(gone).rejects.toThrow(UserError);
    await expect(gone).rejects.toThrow('no longer in the repository');
    expect(readdirSync(join(workspaces.root, 'work'))).toEqual([]);
  });

  test.each(['', '--upload-pack=x', 'HEAD', `${'a'.repeat(39)}\n`])(
    '%j is not taken for a commit',
    async (sha) => {
      await expect(workspaces.open(request(sha))).rejects.toThrow('is not the name of a commit');
    },
  );

  test('a pull request brings its head, from a branch that the default branch does not have', async () => {
    origin.git(['checkout', '-q', '-b', 'topic']);
    const head = origin.commit({ 'a.txt': TEXT.replace('line 3', 'line three') }, 'topic');
    origin.git(['push', '-q', origin.bare, 'HEAD:refs/pull/5/head']);
    origin.git(['checkout', '-q', 'main']);
    const onMain = origin.commit({ 'other.txt': 'x\n' });

    const workspace = await workspaces.open(request(onMain, { pullRequest: 5 }));
    const files = await workspace.compare(onMain, head, ['a.txt']);

    expect(files).toMatchObject([{ path: 'a.txt', additions: 1, deletions: 1 }]);
    expect(await workspace.show(head, 'a.txt')).toContain('line three');
    expect(await workspace.show(head, 'missing.txt')).toBeNull();
    expect(await workspace.show(head, 'src')).toBeNull();
    await workspace.close();
  });

  test('names what a folder holds at a commit, whatever the checkout holds', async () => {
    const name = 'odd "name"\n\u00e9.md';
    const before = origin.commit({ 'rules/one.md': '1', [`rules/${name}`]: '2', 'rules/deep/two.md': '3' });
    const after = origin.commit({ 'rules/one.md': null, 'rules/three.md': '3' });
    const small = await workspacesFor(origin, { limits: { listMaxNames: 3 } });
    const workspace = await small.open(request(after, { alsoShas: [before] }));

    expect([...(await workspace.list(before, 'rules'))].sort()).toEqual(['deep', name, 'one.md']);
    expect([...(await workspace.list(after, 'rules'))].sort()).toEqual(['deep', name, 'three.md']);
    for (const folder of ['none', 'rules/three.md', '../x', 'a\0b'])
      expect(await workspace.list(after, folder)).toEqual([]);
    expect(await workspace.list('HEAD', 'rules')).toEqual([]);
    await expect(workspace.list(after, '')).rejects.toThrow('more than 3 files');
    await workspace.close();
    rmSync(small.root, { recursive: true });
  });

  test.each([
    [
      'has lost all of its objects',
      (objects: string) => readdirSync(objects).map((name) => join(objects, name)),
    ],
    [
      'has lost the content of one file',
      (objects: string) => {
        const blob = origin.git(['rev-parse', `${base}:a.txt`]);
        return [join(objects, blob.slice(0, 2), blob.slice(2))];
      },
    ],
    ['has no HEAD', (objects: string) => [join(objects, '../HEAD')]],
  ])('a mirror that %s is built again', async (_damage, broken) => {
    const damaged = await workspacesFor(origin);
    await (await damaged.open(request(base))).close();
    for (const path of broken(join(damaged.root, 'mirrors', `${REPOSITORY.id}.git`, 'objects'))) {
      await rm(path, { recursive: true });
    }

    const workspace = await damaged.open(request(base));

    expect(await readFile(join(workspace.dir, 'a.txt'), 'utf8')).toBe(TEXT);
    await workspace.close();
    rmSync(damaged.root, { recursive: true });
  });

  test('a repository that is not there is trouble that has a name and no leftovers', async () => {
    const nowhere = await workspacesFor({ url: `file://${origin.dir}/nowhere.git` });

    await expect(nowhere.open(request(base))).rejects.toThrow('the repository was not found');
    expect(readdirSync(join(nowhere.root, 'work'))).toEqual([]);
    rmSync(nowhere.root, { recursive: true });
  });

  test('a fetch that takes too long ends as passing trouble', async () => {
    const slow = await workspacesFor(origin, { limits: { fetchTimeoutMs: 1 } });

    await expect(slow.open(request(base))).rejects.toThrow(TransientError);
    rmSync(slow.root, { recursive: true });
  });

  test('an abort before the fetch ends it', async () => {
    await expect(
      workspaces.open(request(base, { signal: AbortSignal.abort(new Error('stop')) })),
    ).rejects.toThrow('stop');
  });

  test('what a dead process left is swept when workspaces are made, a living one is let be', async () => {
    const work = join(workspaces.root, 'work');
    const living = await workspaces.open(request(base));
    await mkdir(join(work, 'dead-1', 'tree'), { recursive: true });
    const dead = {
      ...JSON.parse(await readFile(join(living.dir, '../owner.json'), 'utf8')),
      startId: 'another start',
    };
    await writeFile(join(work, 'dead-1', 'owner.json'), JSON.stringify(dead));

    await workspacesFor(origin, { root: workspaces.root });

    expect(existsSync(join(work, 'dead-1'))).toBe(false);
    expect(existsSync(living.dir)).toBe(true);
    await living.close();
  });
});

describe('the change of a work tree', () => {
  test('has what was changed, removed, added and renamed, text or not, and applies again', async () => {
    const workspace = await workspaces.open(request(base));
    const bytes = Buffer.from([0, 1, 2, 255]);
    await writeFile(join(workspace.dir, 'a.txt'), TEXT.replace('line 7', 'line seven'));
    await rename(join(workspace.dir, 'src/b.txt'), join(workspace.dir, 'src/c.txt'));
    await writeFile(join(workspace.dir, 'logo.bin'), bytes);
    await writeFile(join(workspace.dir, 'new.txt'), 'no newline');
    await chmod(join(workspace.dir, 'run.sh'), 0o755);

    const { patch } = await workspace.diff();
    await workspace.close();

    expect(parseDiff(patch).map((file) => [file.path, file.oldPath, file.status, file.binary])).toEqual([
      ['a.txt', 'a.txt', 'modified', false],
      ['logo.bin', 'logo.bin', 'added', true],
      ['new.txt', 'new.txt', 'added', false],
      ['run.sh', 'run.sh', 'modified', false],
      ['src/c.txt', 'src/b.txt', 'renamed', false],
    ]);
    expect(await reapplied(patch, 'a.txt')).toBe(TEXT.replace('line 7', 'line seven'));
    expect(await reapplied(patch, 'logo.bin')).toBe(bytes.toString('utf8'));
    expect(await reapplied(patch, 'src/b.txt')).toBeNull();
  });

  test('a change of the same length in the same second is seen', async () => {
    const workspace = await workspaces.open(request(base));
    await writeFile(join(workspace.dir, 'src/b.txt'), 'B\n');

    expect((await workspace.diff()).patch).toContain('+B');
    await workspace.close();
  });

  test('text that is no UTF-8 survives, though the patch is a string', async () => {
    const workspace = await workspaces.open(request(base));
    const latin = Buffer.from('caf\xe9 [1] *.txt\n', 'latin1');
    await writeFile(join(workspace.dir, 'caf\u00e9 [1] "*".txt'), latin);
    await writeFile(join(workspace.dir, '.gitattributes'), '*.dat diff\n');
    await writeFile(join(workspace.dir, 'nul.dat'), 'a\0b\n');
    await writeFile(join(workspace.dir, 'plain.txt'), 'stays readable\n');

    const { patch } = await workspace.diff();
    await workspace.close();

    expect(patch).toContain('+stays readable');
    expect(patch).not.toContain('\ufffd');
    expect(patch).not.toContain('\0');
    const again = await workspaces.open(request(base, { patches: [patchOf('S1', patch)] }));
    expect(readFileSync(join(again.dir, 'caf\u00e9 [1] "*".txt'))).toEqual(latin);
    expect(readFileSync(join(again.dir, 'nul.dat'), 'utf8')).toBe('a\0b\n');
    await again.close();
  });

  test('what the commit ignores stays out, even when the agent takes the rule away; node_modules always', async () => {
    const workspace = await workspaces.open(request(base));
    for (const dir of ['dist', 'node_modules/x', 'src/node_modules', 'src/local']) {
      await mkdir(join(workspace.dir, dir), { recursive: true });
      await writeFile(join(workspace.dir, dir, 'made.js'), 'x');
    }
    await writeFile(join(workspace.dir, 'debug.log'), 'x');
    await writeFile(join(workspace.dir, '.gitignore'), '!node_modules\ncoverage/\n');
    await rm(join(workspace.dir, 'src/.gitignore'));
    await mkdir(join(workspace.dir, 'coverage'));
    await writeFile(join(workspace.dir, 'coverage/made'), 'x');

    const { patch } = await workspace.diff();
    await workspace.close();

    expect(parseDiff(patch).map((file) => file.path)).toEqual(['.gitignore', 'src/.gitignore']);
  });

  test('a change that is too large ends the run at its limit', async () => {
    const small = await workspacesFor(origin, {
      limits: { diffMaxBytes: 2_000_000, changedMaxBytes: 4_000_000 },
    });
    const workspace = await small.open(request(base));
    const words = Array.from({ length: 400_000 }, (_, at) => at).join('\n');

    await writeFile(join(workspace.dir, 'big.txt'), words);
    await expect(workspace.diff()).rejects.toThrow('larger than 2000000 bytes as a patch');
    await writeFile(join(workspace.dir, 'big.txt'), words + words);
    const tooMuch = workspace.diff();
    await expect(tooMuch).rejects.toThrow('the limit is 4000000');
    await expect(tooMuch).rejects.toMatchObject({ name: 'RunEndedError', failure: 'limit_reached' });
    await workspace.close();
    rmSync(small.root, { recursive: true });
  });

  test('a folder that became a link inside the repository replaces its files', async () => {
    const workspace = await workspaces.open(request(base));
    await rename(join(workspace.dir, 'src'), join(workspace.dir, 'lib'));
    symlinkSync('lib', join(workspace.dir, 'src'));

    const { patch } = await workspace.diff();
    await workspace.close();

    const again = await workspaces.open(request(base, { patches: [patchOf('S1', patch)] }));
    expect(readFileSync(join(again.dir, 'src/b.txt'), 'utf8')).toBe('b\n');
    expect(await again.diff()).toEqual({ patch: '', leftOut: [] });
    await again.close();
  });
});

describe('patches', () => {
  const edit = async (path: string, content: string): Promise<string> => {
    const workspace = await workspaces.open(request(base));
    await writeFile(join(workspace.dir, path), content);
    const { patch } = await workspace.diff();
    await workspace.close();
    return patch;
  };

  test('become the same commits under another root', async () => {
    const elsewhere = await workspacesFor(origin, { root: join(origin.dir, 'another root') });
    const patches = [
      patchOf('S1', await edit('a.txt', TEXT.replace('line 2\n', 'line two\n'))),
      patchOf('S2', await edit('a.txt', TEXT.replace('line 18', 'line eighteen'))),
    ];

    const one = await workspaces.open(request(base, { patches }));
    const two = await elsewhere.open(request(base, { patches, subtaskId: 'other' }));

    expect(one.headSha).toBe(two.headSha);
    // Known beforehand: neither the machine nor the moment plays a part.
    expect(one.headSha).toBe('08fb04cada10fe0810fd3a60c02e8bc88065e044');
    expect(one.commits).toEqual(two.commits);
    expect(one.commits.map(({ sha: _sha, ...commit }) => commit)).toEqual([
      { role: 'backend', subject: 'Change of S1', filesChanged: 1 },
      { role: 'backend', subject: 'Change of S2', filesChanged: 1 },
    ]);
    expect(await readFile(join(one.dir, 'a.txt'), 'utf8')).toBe(
      TEXT.replace('line 2\n', 'line two\n').replace('line 18', 'line eighteen'),
    );
    expect(await one.diff()).toEqual({ patch: '', leftOut: [] });
    await Promise.all([one.close(), two.close()]);
  });

  test('that contradict each other name the files', async () => {
    const patches = [
      patchOf('S1', await edit('a.txt', TEXT.replace('line 5', 'five'))),
      patchOf('S2', await edit('a.txt', TEXT.replace('line 5', 'FIVE'))),
    ];

    const opening = workspaces.open(request(base, { patches }));

    await expect(opening).rejects.toThrow(ConflictError);
    await expect(opening).rejects.toMatchObject({ subtaskKey: 'S2', files: ['a.txt'] });
    await expect(opening).rejects.toThrow(
      'The change of S2 does not fit what is there: it conflicts in `a.txt`.',
    );
    expect(readdirSync(join(workspaces.root, 'work'))).toEqual([]);
  });

  test.each([
    ['above the tree', '../evil.txt'],
    ['into git', '.git/hooks/post-checkout'],
  ])('that write %s are refused', async (_where, path) => {
    const patch = `diff --git a/${path} b/${path}\nnew file mode 100755\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+evil\n`;

    await expect(workspaces.open(request(base, { patches: [patchOf('S1', patch)] }))).rejects.toThrow(
      UserError,
    );
  });

  test('that are no patches are refused with what git says', async () => {
    await expect(workspaces.open(request(base, { patches: [patchOf('S1', 'hello')] }))).rejects.toThrow(
      'The change of S1 cannot be applied: error: No valid patches in input',
    );
  });
});

describe('commands', () => {
  const limits = { timeoutMs: 20_000, signal: new AbortController().signal };

  test('run in the tree and are recorded', async () => {
    const workspace = await workspaces.open(request(base));

    const record = await workspace.run('pwd; cat src/b.txt; exit 4', limits);

    expect(record).toEqual({
      command: 'pwd; cat src/b.txt; exit 4',
      exitCode: 4,
      timedOut: false,
      output: `${workspace.dir}\nb\n`,
      durationMs: expect.any(Number),
      sandbox: 'off',
    });
    await workspace.close();
  });

  test.skipIf(!existsSync('/usr/bin/bwrap'))(
    'in the sandbox see neither the git directory nor the mirror (skipped without bubblewrap)',
    async () => {
      const sandboxed = await workspacesFor(origin, { sandbox: await createSandbox({ mode: 'on' }) });
      const workspace = await sandboxed.open(request(base));

      const record = await workspace.run(
        'ls ..; ls ../../..; cat ../git/config ../owner.json; echo x > ../git/config; git log',
        limits,
      );

      expect(record).toMatchObject({ sandbox: 'on', exitCode: 128 });
      expect(record.output.split('\n').slice(0, 3)).toEqual(['tmp', 'tree', 'work']);
      expect(record.output).toContain('not a git repository');
      expect(readFileSync(join(workspace.dir, '../git/config'), 'utf8')).toContain('repositoryformatversion');
      await workspace.close();
      rmSync(sandboxed.root, { recursive: true });
    },
  );

  test('keep the end of a long output and say that its beginning is missing', async () => {
    const workspace = await workspaces.open(request(base));

    const { output } = await workspace.run('seq 1 100000', limits);

    expect(output).toHaveLength(20_000);
    expect(output.startsWith('[the beginning is left out]\n')).toBe(true);
    expect(output.endsWith('99999\n100000\n')).toBe(true);
    await workspace.close();
  });

  test('closing ends a command that runs and a daemon that it left', async () => {
    const workspace = await workspaces.open(request(base));
    const seconds = `8${process.pid}`;
    await workspace.run(`setsid -f sleep ${seconds}`, limits);
    const running = workspace.run('touch started; sleep 600', limits);
    await vi.waitFor(() => expect(existsSync(join(workspace.dir, 'started'))).toBe(true));

    await workspace.close();

    expect(await running).toMatchObject({ exitCode: null, timedOut: false });
    await vi.waitFor(() =>
      expect(execFileSync('ps', ['-eo', 'args']).toString()).not.toContain(`sleep ${seconds}`),
    );
  });

  test('a tree whose folders were locked is removed all the same', async () => {
    const workspace = await workspaces.open(request(base));
    await workspace.run('mkdir -p locked/deep; touch locked/deep/x; chmod 000 locked/deep locked', limits);

    await workspace.close();

    expect(existsSync(workspace.dir)).toBe(false);
  });
});

describe('git itself', () => {
  test.each([
    ['2.39.5', true],
    ['2.39.3', false],
    ['2.30.2', false],
    ['2.40.1', false],
    ['2.45.0', false],
    ['2.45.1', true],
    ['2.51', true],
    ['3.0.0', true],
    ['', false],
  ])('%s is safe: %s', (version, safe) => {
    expect(isSafeGit(version)).toBe(safe);
  });

  test('a missing git is an error that says what to install', async () => {
    await expect(checkGitVersion('/nonexistent')).rejects.toThrow('apt-get install git');
    await expect(
      workspacesFor(origin, { path: '/nonexistent', sandbox: await createSandbox({ mode: 'off' }) }),
    ).rejects.toThrow('apt-get install git');
  });
});
