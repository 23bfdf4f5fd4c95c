import { execFile } from 'node:child_process';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { RunningModel } from '../../demo/model/start-model.ts';
import { readSampleTexts } from '../../demo/sample.ts';
import { DEMO_CONVERSATIONS, folderFor, modelForTest } from './conversation-dir.ts';
import { issueContext, refusal, runAgent } from './run-agent.ts';

const run = promisify(execFile);
const BASE = join(import.meta.dirname, '../../demo/sample/base');

async function contextOfIssue(): Promise<string> {
  const { issue } = await readSampleTexts();
  return issueContext(issue.title, issue.body);
}

/** A checkout of the sample as a git tree, so that a subtask's changes can be taken out of it as a patch. */
async function checkout(): Promise<string> {
  const workdir = await folderFor('checkout');
  await cp(BASE, workdir, { recursive: true });
  await git(workdir, ['init', '--quiet']);
  await commitAll(workdir);
  return workdir;
}

async function commitAll(workdir: string): Promise<void> {
  await git(workdir, ['add', '--all']);
  const identity = [
    '-c',
    'user.name=test',
    '-c',
    'user.email=test@example.com',
    '-c',
    'commit.gpgSign=false',
  ];
  await git(workdir, [...identity, 'commit', '--quiet', '--message', 'x']);
}

async function git(workdir: string, args: readonly string[]): Promise<string> {
  return (await run('git', ['-C', workdir, ...args])).stdout;
}

/** Does one subtask in a checkout that has the patches of its dependencies and nothing else; returns its own patch. */
async function doSubtask(model: RunningModel, role: string, patches: readonly string[]): Promise<string> {
  const workdir = await checkout();
  for (const patch of patches) await applyPatch(workdir, patch);
  const context = await contextOfIssue();
  const answer = await runAgent({ url: model.url, role, job: 'work', context, workdir });
  expect(answer.checks[0]).toMatch(/^npm test: \d+ passed, 0 failed$/);
  await git(workdir, ['add', '--all']);
  return git(workdir, ['diff', '--cached']);
}

async function applyPatch(workdir: string, patch: string): Promise<void> {
  const child = run('git', ['-C', workdir, 'apply']);
  child.child.stdin?.end(patch);
  await child;
  await commitAll(workdir);
}

describe("the sample's issue", () => {
  it('is planned with database before backend before qa, and frontend beside them', async () => {
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });

    const plan = await runAgent({
      url: model.url,
      role: 'strategist',
      job: 'plan',
      context: await contextOfIssue(),
      workdir: await checkout(),
    });

    expect(plan.subtasks.map(({ key, role, depends_on }) => [key, role, depends_on])).toEqual([
      ['S1', 'database', []],
      ['S2', 'backend', ['S1']],
      ['S3', 'frontend', []],
      ['S4', 'qa', ['S1', 'S2', 'S3']],
    ]);
    expect(plan.summary).toContain((await readSampleTexts()).issue.title);
    expect(plan.subtasks[1]?.files).toContain('server/items.js');
  });

  it('is done in the order of its plan, each subtask on its dependencies alone, and ends with passing tests', async () => {
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });

    const [database, frontend] = await Promise.all([
      doSubtask(model, 'database', []),
      doSubtask(model, 'frontend', []),
    ]);
    const backend = await doSubtask(model, 'backend', [database]);
    const qa = await doSubtask(model, 'qa', [database, backend, frontend]);
    const whole = await checkout();
    for (const patch of [database, frontend, backend, qa]) await applyPatch(whole, patch);
    const tests = await run('node', ['--test', 'test/*.test.js'], { cwd: whole });

    expect(tests.stdout).toMatch(/are listed first, each part by name, on one shelf too/);
    expect(tests.stdout).toMatch(/pass 13\b/);
    expect(tests.stdout).toMatch(/fail 0\b/);
    expect(qa).not.toContain('server/items.js');
    expect(await readFile(join(whole, 'web/item-view.js'), 'utf8')).toContain('class="favourite"');
    expect(model.violations()).toEqual([]);
    expect(model.requests().every(({ status }) => status === 200)).toBe(true);
  }, 60_000);

  it('fails loudly in a checkout that lacks what a subtask depends on', async () => {
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });
    const job = { url: model.url, role: 'backend', job: 'work', context: await contextOfIssue() } as const;

    const message = await refusal(runAgent({ ...job, workdir: await checkout() }));

    expect(message).toMatch(/conversation "issue\/backend": turn 1 was to bring .*003_favourite/);
  });

  it('answers a question about prices from what a search finds', async () => {
    const model = await modelForTest({ conversationsDir: DEMO_CONVERSATIONS });
    const job = {
      url: model.url,
      role: 'backend',
      job: 'answer',
      context: 'x',
      workdir: await checkout(),
    } as const;

    const { answer } = await runAgent({ ...job, asked: 'where are prices validated?' });
    const other = await runAgent({ ...job, asked: 'who are you?' });

    const lines = (await readFile(join(BASE, 'server/validate.js'), 'utf8')).split('\n');
    const line = lines.findIndex((text) => text.includes('export function checkPrice')) + 1;
    expect(answer).toContain(`In \`server/validate.js\`, line ${line}: \`checkPrice\` accepts`);
    expect(answer).toContain('from 0 to 1_000_00');
    expect(other.answer).toContain('README.md says what lies where');
  });
});
