// Real git over HTTP: clone, push, what a push does to a pull request, and what is refused.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { git, installationToken, type Local, repoName, startLocal } from './local-github.ts';

let local: Local;
let work: string;
beforeAll(async () => {
  local = await startLocal();
  work = mkdtempSync(join(tmpdir(), 'git-http-'));
});
afterAll(async () => {
  await local.stop();
  rmSync(work, { recursive: true, force: true });
});

const addressWith = (token: string): string =>
  `${local.github.url.replace('http://', `http://x-access-token:${token}@`)}/${repoName}.git`;

/** git runs in a process of its own while this one serves it, so it must not block. */
async function gitHere(cwd: string, ...args: string[]): Promise<string> {
  const { execFile } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    execFile(
      'git',
      args,
      { cwd, env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0' } },
      (error, stdout, stderr) => (error ? reject(new Error(stderr)) : resolve(stdout)),
    );
  });
}

async function cloneWith(token: string, name: string): Promise<string> {
  await gitHere(work, 'clone', '--quiet', addressWith(token), name);
  return join(work, name);
}

function commit(dir: string, path: string, message: string): string {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), `${message}\n`);
  git(dir, 'add', '-A');
  git(dir, 'commit', '--quiet', '-m', message);
  return git(dir, 'rev-parse', 'HEAD').trim();
}

describe('git over HTTP', () => {
  it('clones, pushes a branch, and a second push moves the open pull request', async () => {
    const dir = await cloneWith(await installationToken(local.github), 'one');
    git(dir, 'checkout', '--quiet', '-b', 'crew/one');
    const first = commit(dir, 'a.txt', 'Add a');
    await gitHere(dir, 'push', '--quiet', 'origin', 'crew/one');
    const { number } = await local.github
      .as('bob')
      .openPull(repoName, { title: 'A', head: 'crew/one', base: 'main' });
    const second = commit(dir, 'b.txt', 'Add b');
    await gitHere(dir, 'push', '--quiet', 'origin', 'crew/one');

    const { pulls, refs, deliveries } = await local.github.snapshot(repoName);
    expect(pulls.find((one) => one.number === number)?.pull?.head.sha).toBe(second);
    expect(refs).toMatchObject({ 'refs/heads/crew/one': second, [`refs/pull/${number}/head`]: second });
    const pushes = deliveries.filter((one) => one.event === 'push').map((one) => JSON.parse(one.payload));
    expect(pushes.map(({ after, sender }) => [after, sender.login])).toEqual(
      expect.arrayContaining([
        [first, 'hypercode-crew[bot]'],
        [second, 'hypercode-crew[bot]'],
      ]),
    );
    expect(deliveries.filter((one) => one.action === 'synchronize')).toHaveLength(1);
    expect(local.github.violations()).toEqual([]);
  });

  it('refuses to push without contents: write', async () => {
    const dir = await cloneWith(
      await installationToken(local.github, { permissions: { contents: 'read' } }),
      'two',
    );
    commit(dir, 'c.txt', 'Add c');

    await expect(gitHere(dir, 'push', 'origin', 'HEAD:refs/heads/c')).rejects.toThrow('403');
  });

  it('refuses to push a workflow file without workflows: write', async () => {
    const dir = await cloneWith(await installationToken(local.github), 'three');
    commit(dir, '.github/workflows/ci.yml', 'Add ci');

    await expect(gitHere(dir, 'push', 'origin', 'HEAD:refs/heads/ci')).rejects.toThrow(
      'refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission',
    );
    expect(Object.keys((await local.github.snapshot(repoName)).refs)).not.toContain('refs/heads/ci');
  });

  it('asks for credentials before showing a private repository', async () => {
    await local.github.seedRepository({ owner: 'octo-org', name: 'hidden', private: true });

    await expect(gitHere(work, 'ls-remote', `${local.github.url}/octo-org/hidden.git`)).rejects.toThrow();
    const answer = await fetch(`${local.github.url}/octo-org/hidden.git/info/refs?service=git-upload-pack`);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="GitHub"']);
  });

  it('marks a pull request merged when its commits arrive in the base by push', async () => {
    const dir = await cloneWith(await local.github.as('alice').token(), 'four');
    git(dir, 'checkout', '--quiet', '-b', 'by-hand');
    commit(dir, 'd.txt', 'Add d');
    await gitHere(dir, 'push', '--quiet', 'origin', 'by-hand');
    const { number } = await local.github
      .as('alice')
      .openPull(repoName, { title: 'D', head: 'by-hand', base: 'main' });
    await gitHere(dir, 'push', '--quiet', 'origin', 'by-hand:main');

    const { pulls } = await local.github.snapshot(repoName);
    expect(pulls.find((one) => one.number === number)).toMatchObject({
      state: 'closed',
      pull: { mergedBy: 'alice' },
    });
  });

  it('ends what git says when nobody is sent it', async () => {
    const token = await installationToken(local.github);
    const dir = await cloneWith(token, 'large');
    // More than a pipe holds.
    writeFileSync(join(dir, 'large.bin'), randomBytes(2 * 1024 * 1024));
    commit(dir, 'c.txt', 'Add what is large');
    await gitHere(dir, 'push', '--quiet', 'origin', 'HEAD:refs/heads/large');
    local.github.setFaults([{ kind: 'lost-answer', path: 'git-upload-pack$', status: 502 }]);

    // By the old protocol the first answer of that name is the pack.
    const clone = gitHere(work, '-c', 'protocol.version=0', 'clone', addressWith(token), 'lost');
    await expect(clone).rejects.toThrow('502');

    local.github.setFaults([]);
    await vi.waitFor(() => expect(backends()).toEqual([]), { timeout: 5_000 });
  });
});

/** Those that this process has begun and that have not ended. */
function backends(): readonly string[] {
  return readdirSync('/proc/self/task')
    .flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '')
    .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
    .filter((command) => command.includes('http-backend'));
}
