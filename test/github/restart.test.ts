// A SIGKILL of the process at any moment loses nothing that was answered, and what was not yet delivered is delivered after.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Octokit } from '@octokit/rest';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { app, git, owner, quiet, receiveHooks, repo } from './local-github.ts';

const dir = mkdtempSync(join(tmpdir(), 'restart-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly apiUrl: string;
  readonly port: number;
}

function start(config: object): Promise<Running> {
  const path = join(dir, 'config.json');
  writeFileSync(path, JSON.stringify({ dir: join(dir, 'state'), ...config }));
  const child = spawn(
    process.execPath,
    [new URL('../../demo/github/main.ts', import.meta.url).pathname, path],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    child.stdout?.once('data', (line: Buffer) => resolve({ child, ...JSON.parse(line.toString()) }));
  });
}

const kill = (running: Running): Promise<void> =>
  new Promise((resolve) => {
    running.child.once('exit', () => resolve());
    running.child.kill('SIGKILL');
  });

describe('the process', () => {
  it('keeps what it answered through a SIGKILL and delivers what was waiting', async () => {
    const source = join(dir, 'source');
    git(dir, 'init', '--quiet', '--initial-branch=main', source);
    git(source, 'commit', '--quiet', '--allow-empty', '-m', 'Start');
    const hooks = await receiveHooks();
    const repositories = [{ owner, name: repo, from: source, collaborators: { alice: 'admin' } }];
    // No webhook address yet: every delivery waits.
    const rateLimits = { contentPerMinute: 1_000, contentPerHour: 1_000 };
    const first = await start({ app, repositories, rateLimits });
    const alice = new Octokit({ baseUrl: first.apiUrl, auth: 'ghp_alice', log: quiet });
    const answered: number[] = [];
    const until = Promise.all(
      Array.from({ length: 150 }, async (_, index) => {
        const made = await alice.rest.issues
          .create({ owner, repo, title: `Issue ${index}` })
          .catch(() => null);
        if (made) answered.push(made.data.number);
      }),
    );
    await vi.waitFor(() => expect(answered.length).toBeGreaterThan(5), { interval: 1, timeout: 15_000 });
    await kill(first);
    await until;

    const second = await start({ app: { ...app, webhookUrl: hooks.url }, repositories, port: first.port });
    const again = new Octokit({ baseUrl: second.apiUrl, auth: 'ghp_alice', log: quiet });
    const listed = await again.paginate(again.rest.issues.listForRepo, {
      owner,
      repo,
      state: 'all',
      per_page: 100,
    });
    expect(listed.map((one) => one.number)).toEqual(expect.arrayContaining(answered));
    expect(answered.length).toBeLessThan(150);
    await vi.waitFor(
      () => {
        const told = hooks.received
          .filter((one) => one.event === 'issues')
          .map(({ payload }) => (payload.issue as { number: number }).number);
        expect([...told].sort((a, b) => a - b)).toEqual(
          listed.map((one) => one.number).sort((a, b) => a - b),
        );
      },
      { timeout: 15_000 },
    );
    await kill(second);
    await hooks.stop();
  });

  it('tells of refs that moved while it was down', async () => {
    const hooks = await receiveHooks();
    const bare = join(dir, 'state', 'repositories', owner, `${repo}.git`);
    const sha = git(bare, 'rev-parse', 'main').trim();
    git(bare, 'update-ref', 'refs/heads/late', sha);

    const running = await start({ app: { ...app, webhookUrl: hooks.url } });
    await vi.waitFor(() => expect(hooks.received.map((one) => one.event)).toContain('push'), {
      timeout: 10_000,
    });

    const push = hooks.received.find((one) => one.event === 'push');
    expect(push?.payload).toMatchObject({ ref: 'refs/heads/late', after: sha, created: true });
    await kill(running);
    await hooks.stop();
  });
});
