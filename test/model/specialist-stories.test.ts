import { execFile } from 'node:child_process';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../../demo/run-command.ts';
import { readSpecialistIssues, SPECIALISTS, type Specialist } from '../../demo/sample.ts';
import { DEMO_CONVERSATIONS, folderFor, modelForTest } from './conversation-dir.ts';
import { issueContext, refusal, runAgent } from './run-agent.ts';

const run = promisify(execFile);
const BASE = join(import.meta.dirname, '../../demo/sample/base');
const BASE_TESTS = 8;

/** What each changes that was there; everything else that it brings is new. */
const CHANGED: Readonly<Record<Specialist, readonly string[]>> = {
  frontend: ['test/item-view.test.js', 'web/index.html', 'web/item-view.js'],
  backend: ['README.md', 'server/app.js', 'server/items.js', 'server/validate.js', 'test/api.test.js'],
  database: [],
  qa: [],
  devops: ['Dockerfile'],
  security: ['server/app.js'],
};

let contexts: Readonly<Record<Specialist, string>>;
beforeAll(async () => {
  const issues = await readSpecialistIssues();
  contexts = Object.fromEntries(
    SPECIALISTS.map((role) => [role, issueContext(issues[role].title, issues[role].body)]),
  ) as Record<Specialist, string>;
});

/** A checkout of the sample as a git tree, so that what was changed can be asked for. */
async function checkout(): Promise<string> {
  const workdir = await folderFor('checkout');
  await cp(BASE, workdir, { recursive: true });
  const git = (...args: readonly string[]) => run('git', ['-C', workdir, ...args]);
  await git('init', '--quiet');
  await git('add', '--all');
  const who = ['-c', 'user.name=test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgSign=false'];
  await git(...who, 'commit', '--quiet', '--message', 'x');
  return workdir;
}

describe.each(SPECIALISTS)('the issue for %s', (role) => {
  it('is planned for that specialist alone', async () => {
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });
    const job = { url: model.url, role: 'strategist', job: 'plan', context: contexts[role] } as const;

    const plan = await runAgent({ ...job, workdir: await checkout() });

    expect(plan.subtasks.map((subtask) => subtask.role)).toEqual([role]);
    expect(plan.subtasks[0]?.files).toEqual(expect.arrayContaining([...CHANGED[role]]));
  });

  it('is done with tests of its own, which pass', { timeout: 60_000 }, async () => {
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });
    const workdir = await checkout();

    const answer = await runAgent({ url: model.url, role, job: 'work', context: contexts[role], workdir });
    const { exitCode, output } = await runCommand(workdir, ['npm', 'test']);
    const changed = await run('git', ['-C', workdir, 'diff', '--name-only', 'HEAD']);

    expect(answer.checks.at(-1)).toMatch(/^npm test: \d+ passed, 0 failed$/);
    expect([exitCode, /fail (\d+)/.exec(output)?.[1]]).toEqual([0, '0']);
    expect(Number(/pass (\d+)/.exec(output)?.[1])).toBeGreaterThan(BASE_TESTS);
    expect(changed.stdout.split('\n').filter((path) => path !== '')).toEqual(CHANGED[role]);
    expect(model.violations()).toEqual([]);
  });
});

it('the work of a specialist fails loudly where what it builds on is missing', async () => {
  const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });
  const workdir = await checkout();
  await writeFile(join(workdir, 'Dockerfile'), 'FROM scratch\n');
  const job = { url: model.url, role: 'devops', job: 'work', context: contexts.devops } as const;

  const message = await refusal(runAgent({ ...job, workdir }));

  expect(message).toMatch(
    /conversation "specialists\/devops\/work": turn 1 was to bring .*COPY server server/,
  );
});
