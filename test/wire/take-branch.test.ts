import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseBranch, type LocalBase, readBase } from '../../src/wire/local/read-base.ts';
import { takeBranch } from '../../src/wire/local/take-branch.ts';

const signal = new AbortController().signal;
const path = process.env.PATH ?? '';

let dir: string;
let repo: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'crew-take-')));
  repo = join(dir, 'a "clone" with ümlaut');
  await mkdir(repo);
  git('init', '--quiet', '--initial-branch=trunk');
  await writeFile(join(repo, 'a.txt'), 'one\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'Begin');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('a branch that the crew made', () => {
  it('stands in the clone with all its objects, beside packed branches, and the rest is as it was', async () => {
    git('branch', 'other');
    git('pack-refs', '--all');
    const { base, headSha } = await worked();
    const index = git('ls-files', '--stage');

    const name = await take(base, 'crew/work', headSha);

    await rm(base.gitDir, { recursive: true });
    expect(name).toBe('crew/work');
    expect(git('rev-parse', 'crew/work')).toBe(headSha);
    expect(git('show', 'crew/work:a.txt')).toBe('two');
    expect(git('fsck', '--strict')).not.toMatch(/missing|error/);
    expect(git('symbolic-ref', 'HEAD')).toBe('refs/heads/trunk');
    expect(git('ls-files', '--stage')).toBe(index);
    expect(git('status', '--porcelain')).toBe('');
    expect(
      (await readdir(join(repo, '.git/objects/pack'))).filter((file) => file.startsWith('tmp_')),
    ).toEqual([]);
  });

  it('gets a number when somebody took its name meanwhile, by a branch or by a folder of them', async () => {
    git('branch', 'crew/one');
    git('branch', 'crew/two/deep');
    git('pack-refs', '--all');
    const { base, headSha } = await worked();

    expect(await take(base, 'crew/one', headSha)).toBe('crew/one-2');
    expect(await take(base, 'crew/two', headSha)).toBe('crew/two-2');
    expect(git('rev-parse', 'crew/one')).toBe(base.baseSha);
  });

  it('is taken into the clone that a worktree belongs to', async () => {
    git('worktree', 'add', '--quiet', '--detach', join(dir, 'tree'));
    const { base, headSha } = await worked(join(dir, 'tree'));

    await take(base, 'crew/work', headSha);

    expect(git('rev-parse', 'crew/work')).toBe(headSha);
  });

  it('is not written where a link leads', async () => {
    const { base, headSha } = await worked();
    await mkdir(join(dir, 'elsewhere'));
    await symlink(join(dir, 'elsewhere'), join(repo, '.git/refs/heads/crew'));

    await expect(take(base, 'crew/work', headSha)).rejects.toThrow('is not a folder');

    expect(await readdir(join(dir, 'elsewhere'))).toEqual([]);
  });

  it('is refused by name before anything is spent where branches are kept in another way', async () => {
    const { base } = await worked();
    await rename(join(repo, '.git/refs/heads'), join(repo, '.git/refs/gone'));
    await writeFile(join(repo, '.git/refs/heads'), 'this repository uses the reftable format\n');

    await expect(choose(base, null)).rejects.toThrow('Reftables are not supported');
  });
});

describe('the name of a branch', () => {
  it('is made of the title, with a number where it is taken', async () => {
    const { base } = await worked();
    expect(await choose(base, null)).toBe('crew/let-us-add-things');
    git('branch', 'crew/let-us-add-things');
    git('pack-refs', '--all');

    expect(await choose(base, null)).toBe('crew/let-us-add-things-2');
    await expect(choose(base, 'trunk')).rejects.toThrow('is there already');
    await expect(choose(base, 'crew')).rejects.toThrow('stands in the way');
    await expect(choose(base, '-x')).rejects.toThrow('is no name for a branch');
  });
});

describe('what is not committed', () => {
  it('is counted without a word from the settings and attributes of the clone', async () => {
    await writeFile(join(repo, 'b.txt'), 'staged\n');
    git('add', 'b.txt');
    await writeFile(join(repo, 'a.txt'), 'changed\n');
    const marker = join(dir, 'ran');
    await writeFile(join(repo, '.gitattributes'), '* filter=x diff=x\n');
    git('config', 'filter.x.clean', `touch '${marker}'`);
    git('config', 'diff.x.textconv', `touch '${marker}'`);
    git('config', 'core.fsmonitor', `touch '${marker}'`);

    const { base } = await worked(repo, false);

    expect(base.uncommitted).toBe(2);
    expect(existsSync(marker)).toBe(false);
  });
});

/** A commit upon the clone's newest, in our repository alone. */
async function worked(
  from = repo,
  clean = true,
): Promise<{ readonly base: LocalBase; readonly headSha: string }> {
  const stagingDir = join(await mkdtemp(join(dir, 'staging-')), 'ours.git');
  const base = await readBase({ dir: from, base: 'HEAD', stagingDir, path, signal });
  if (clean) expect(base.uncommitted).toBe(0);
  const ours = (args: readonly string[], input = '') =>
    execFileSync('git', ['--git-dir', stagingDir, ...args], {
      input,
      encoding: 'utf8',
      env: identity(),
    }).trim();
  const blob = ours(['hash-object', '-w', '--stdin'], 'two\n');
  const tree = ours(['mktree'], `100644 blob ${blob}\ta.txt\n`);
  return { base, headSha: ours(['commit-tree', tree, '-p', base.baseSha, '-m', 'Work']) };
}

function take(base: LocalBase, branch: string, headSha: string): Promise<string> {
  const { place, gitDir: stagingDir, baseSha } = base;
  return takeBranch({ place, stagingDir, branch, baseSha, headSha, path, signal });
}

function choose(base: LocalBase, branch: string | null): Promise<string> {
  const stagingDir = `${base.gitDir}-${Math.random()}`;
  return chooseBranch({ dir: repo, stagingDir, path, signal, branch, title: 'Let us add things!' }, base);
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: repo, encoding: 'utf8', env: identity() }).trim();
}

function identity(): NodeJS.ProcessEnv {
  const who = { GIT_AUTHOR_NAME: 'Robin', GIT_AUTHOR_EMAIL: 'robin@example.com' };
  const by = { GIT_COMMITTER_NAME: 'Robin', GIT_COMMITTER_EMAIL: 'robin@example.com' };
  return { ...process.env, ...who, ...by };
}
