import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_MAX_BYTES } from '../../src/wire/local/clone-staging.ts';
import { type LocalRange, readRange } from '../../src/wire/local/read-range.ts';

const signal = new AbortController().signal;

let dir: string;
let repo: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'crew-range-')));
  // What a path may hold where git reads it from a file.
  repo = join(dir, 'a "clone"\\ with#ümlaut\nand line');
  await mkdir(repo);
  await simpleGit(repo).init(false, ['--initial-branch=trunk']);
  await commit('a.js', '1\n', 'Begin');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a range of a clone', () => {
  it('becomes the pull request that it would be', async () => {
    await commit('a.js', '2\n', 'Count on\n\nBecause one is not enough.');
    await commit('a.js', '3\n', 'Count further');

    const range = await read({ base: 'HEAD~2' });

    const [head, base] = await shas('HEAD', 'HEAD~2');
    expect(range.pullRequest).toEqual({
      number: 1,
      title: 'Count further',
      body: 'Count on\n\nBecause one is not enough.\n\nCount further',
      author: 'Robin',
      authorIsWriter: false,
      comments: [],
      headSha: head,
      headRef: 'HEAD',
      baseSha: base,
      baseRef: 'HEAD~2',
      fromFork: false,
      draft: false,
      linkedIssues: [],
    });
    expect(range.config).toBeNull();
  });

  it('can be fetched from a repository of our own, which holds none of its settings', async () => {
    await commit('a.js', '2\n', 'Count on');
    await simpleGit(repo).addConfig('crew.hostile', 'yes');

    const { gitDir, pullRequest } = await read({ base: 'HEAD~1' });

    const ours = simpleGit({ baseDir: gitDir, config: ['safe.bareRepository=all'] });
    expect((await ours.raw(['cat-file', '-p', 'refs/pull/1/head:a.js'])).trim()).toBe('2');
    expect((await ours.raw(['rev-parse', 'refs/heads/main'])).trim()).toBe(pullRequest.baseSha);
    expect(await ours.raw(['config', '--local', '--list'])).not.toContain('hostile');
  });

  it('is found from a folder below, in a worktree and in a bare repository', async () => {
    await commit('a.js', '2\n', 'Count on');
    await mkdir(join(repo, 'deep/down'), { recursive: true });
    await simpleGit(repo).raw(['worktree', 'add', '--detach', join(dir, 'tree'), 'HEAD']);
    await simpleGit(dir).raw(['clone', '--quiet', '--bare', repo, join(dir, 'bare.git')]);

    const places = [join(repo, 'deep/down'), join(dir, 'tree'), join(dir, 'bare.git')];
    const ranges = await Promise.all(places.map((place) => read({ dir: place, base: 'HEAD~1' })));

    const [head] = await shas('HEAD');
    expect(ranges.map(({ name, pullRequest }) => [name, pullRequest.headSha])).toEqual([
      ['a "clone"\\ with#ümlaut�and line', head],
      ['tree', head],
      ['bare', head],
    ]);
  });

  it('has words of bounded length, and says what was cut', async () => {
    await commit('a.js', '2\n', `${'t'.repeat(400)}\n\n${'b'.repeat(30_000)}`);

    const { pullRequest } = await read({ base: 'HEAD~1' });

    expect(pullRequest.title).toBe('t'.repeat(250));
    expect(pullRequest.body).toMatch(/b\n\n\(cut: 20000 of 30402 characters\)$/);
  });

  it('goes by the configuration of its base, unless that is too long', async () => {
    await mkdir(join(repo, '.github'));
    await commit('.github/crew.yml', 'approval: auto\n', 'Rules');
    await commit('.github/crew.yml', `#${'x'.repeat(CONFIG_MAX_BYTES)}`, 'More rules');
    await commit('.github/crew.yml', 'approval: required\n', 'Fewer rules');

    expect((await read({ head: 'HEAD~1', base: 'HEAD~2' })).config).toBe('approval: auto');
    expect((await read({ base: 'HEAD~1' })).config).toEqual({ bytes: CONFIG_MAX_BYTES + 1 });
  });

  it.each(['HEAD', 'main', 'master'])("begins where the head left origin's %s", async (name) => {
    const [trunk = ''] = await shas('HEAD');
    await commit('a.js', '2\n', 'Count on');
    await simpleGit(repo).raw(['update-ref', `refs/remotes/origin/${name}`, trunk]);

    expect((await read({ base: null })).pullRequest.baseSha).toBe(trunk);
  });

  it('needs a common commit with the default branch', async () => {
    await simpleGit(repo).raw(['checkout', '--quiet', '--orphan', 'elsewhere']);
    await commit('b.js', '1\n', 'Begin elsewhere');
    await simpleGit(repo).raw(['update-ref', 'refs/remotes/origin/main', 'trunk']);

    await expect(read({ base: null })).rejects.toThrow('no commit in common');
  });

  it('is refused when the head is part of the base: the two may be swapped', async () => {
    await commit('a.js', '2\n', 'Count on');

    await expect(read({ base: 'HEAD', head: 'HEAD~1' })).rejects.toThrow(
      'may be swapped: try `--base HEAD~1 --head HEAD`',
    );
  });

  it('is refused in a repository of SHA-256, by that name', async () => {
    repo = join(dir, 'sha256');
    await mkdir(repo);
    await simpleGit(repo).raw(['init', '--quiet', '--object-format=sha256']);
    await commit('a.js', '1\n', 'Begin');

    await expect(read({ base: 'HEAD' })).rejects.toThrow('SHA-256 repositories are not supported');
  });

  it('is refused where there are no commits yet', async () => {
    await simpleGit(repo).raw(['checkout', '--quiet', '--orphan', 'elsewhere']);
    const empty = join(dir, 'empty');
    await mkdir(empty);
    await simpleGit(empty).init();

    await expect(read({ base: 'trunk' })).rejects.toThrow('HEAD is a branch with no commits yet');
    await expect(read({ dir: empty, head: 'main' })).rejects.toThrow('this clone has no commits yet');
  });

  it.each(['', '-x', '--all', 'HEAD\nHEAD', 'x'.repeat(501), 'HEAD:a.js', 'trunk..HEAD', '^HEAD'])(
    'is not named by %j',
    async (revision) => {
      await expect(read({ base: revision })).rejects.toThrow('names no commit of this clone');
    },
  );
});

async function read(
  wanted: { readonly dir?: string; readonly base?: string | null; readonly head?: string } = {},
): Promise<LocalRange> {
  const stagingDir = join(await mkdtemp(join(dir, 'staging-')), 'ours.git');
  const { base = null, head = 'HEAD' } = wanted;
  return readRange({ dir: wanted.dir ?? repo, base, head, stagingDir, path: process.env.PATH ?? '', signal });
}

async function commit(path: string, text: string, message: string): Promise<void> {
  await writeFile(join(repo, path), text);
  const git = simpleGit(repo);
  await git.add(path);
  await git.raw(['-c', 'user.name=Robin', '-c', 'user.email=r@example.com', 'commit', '-qm', message]);
}

function shas(...revisions: readonly string[]): Promise<readonly string[]> {
  return Promise.all(revisions.map(async (revision) => (await simpleGit(repo).revparse([revision])).trim()));
}
