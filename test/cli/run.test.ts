import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningModel } from '../../demo/model/start-model.ts';
import { startModel } from '../../demo/model/start-model.ts';
import { askReportSchema } from '../../src/cli/ask.ts';
import { runReportSchema } from '../../src/cli/run-report.ts';
import {
  type CrewProcess,
  EMBEDDED,
  endOf,
  scriptedSettings,
  startCrewProcess,
} from '../support/crew-process.ts';
import { scratchClone } from './scratch-clone.ts';

const TIMEOUT_MS = 180_000;
const WAIT_MS = 90_000;
const SUBTRACT = 'Add a subtract function';

let model: RunningModel;
let dir: string;
/** What the command makes for itself. */
let scratch: string;
let repo: string;
beforeAll(async () => {
  model = await startModel({ conversationsDir: join(import.meta.dirname, 'conversations') });
});
afterAll(() => model.close());
beforeEach(async () => {
  ({ dir, scratch, repo } = await scratchClone());
  await makeRepository();
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('crew run on a plain local repository', { timeout: TIMEOUT_MS }, () => {
  it('ends with a branch whose tests pass, touches nothing else, and prints how it was checked and what it cost', async () => {
    const marker = join(dir, 'ran');
    await plantHooks(marker);
    await writeFile(join(repo, 'sum.js'), '// being worked on\n');
    const before = await stateOf(repo);

    const { status, stdout, stderr } = await run([SUBTRACT, '--auto'], EMBEDDED);

    expect(stderr).toContain('what is not committed (1 file) is not part of it');
    expect(stderr).toContain('S1 Add subtract beside add (backend)');
    expect(stderr).toContain('S1 is done');
    expect(stdout).toMatch(/^Branch crew\/add-a-subtract-function, on [0-9a-f]{7}: all checks passed$/m);
    expect(stdout).toMatch(/passed npm test \(\d+\.\d s, without a sandbox\)/);
    expect(stdout).toContain('- Numbers that are too large are not looked at (backend)');
    expect(stdout).toContain('- medium: No check of what comes in (sum.js:2). Whatever is no number');
    expect(stdout).toMatch(/│ backend +│ S1 +│ claude-/);
    expect(stdout).not.toContain('\u001b');
    expect(status).toBe(0);
    expect(await stateOf(repo)).toEqual(before);
    expect(existsSync(marker)).toBe(false);
    expect(testsOf('crew/add-a-subtract-function')).toContain('pass 2');
    const log = plainGit('log', '--format=%an%n%B', 'main..crew/add-a-subtract-function');
    expect(log).toContain('Crew-Role: backend');
    expect(log).not.toMatch(/^Co-authored-by/m);
    plainGit('fsck', '--strict');
    await expectNothingLeft();
  });

  it('ends with the plan when only that is asked for, and makes no branch', async () => {
    const json = join(dir, 'plan.json');

    const { status, stdout } = await run([SUBTRACT, '--plan-only', '--json', json]);

    const report = runReportSchema.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(report).toMatchObject({ outcome: 'plan', branch: null, red: [] });
    expect(report.plan?.subtasks.map(({ key, role }) => [key, role])).toEqual([['S1', 'backend']]);
    expect(stdout).toContain('- subtract(3, 2) is 1');
    expect(stdout).toContain('Cost: at most $');
    expect(status).toBe(0);
    expect(branches()).toEqual(['main']);
  });

  it('asks for approval, revises the plan by what the person says, and works on what was approved', async () => {
    const { status, stdout, stderr } = await run(
      ['--task-file', await fileOf(`# ${SUBTRACT}\n\nFor the till.\n`), '--interactive', '--branch', 'till'],
      {},
      'e\nCall it minus\ny\n',
    );

    expect(stderr).toContain('Add subtract beside add');
    expect(stderr).toContain('What should change?');
    expect(stderr).toContain('Add minus beside add');
    expect(stdout).toContain('Branch till, on ');
    // No conversation of the scripted model plays Security here.
    expect(stdout).toContain('Security could not read the change');
    expect(status).toBe(0);
    expect(plainGit('show', 'till:sum.js')).toContain('minus');
  });

  it('makes no branch when the plan is not approved', async () => {
    const { status, stderr } = await run([SUBTRACT, '--interactive'], {}, 'n\n');

    expect(stderr).toContain('The plan was not approved.');
    expect(status).toBe(2);
    expect(branches()).toEqual(['main']);
  });

  it("asks what the Strategist asks, and plans by the person's answer", async () => {
    const { status, stderr } = await run(['Round the sum', '--interactive'], {}, 'to even, please\nyes\n');

    expect(stderr).toContain('Half up or half to even?');
    expect(stderr).toContain('Round half to even (backend)');
    expect(status).toBe(0);
    expect(branches()).toEqual(['crew/round-the-sum', 'main']);
  });

  it('says what the Strategist asks and answers 2 where nobody can answer', async () => {
    const { status, stderr } = await run(['Round the sum', '--auto']);

    expect(stderr).toContain('Half up or half to even?');
    expect(stderr).toContain('nobody can answer here');
    expect(status).toBe(2);
  });

  it('says why nothing has to be done, and makes no branch', async () => {
    const { status, stdout } = await run(['Add an add function', '--auto']);

    expect(stdout).toMatch(/^Nothing has to be done.*\n\nsum\.js exports add already/);
    expect(status).toBe(0);
    expect(branches()).toEqual(['main']);
  });

  it('answers 1 when a check of the repository fails, and leaves the branch to be looked at', async () => {
    const json = join(dir, 'run.json');

    const { status, stdout } = await run(['Let add multiply', '--auto', '--json', json]);

    const report = runReportSchema.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(stdout).toContain('not green: a person has to look');
    expect(stdout).toMatch(/exit status 1 npm test/);
    expect(report.red).toEqual(['`npm test` ended with 1.']);
    expect(report.outcome).toBe('branch');
    expect(status).toBe(1);
    expect(branches()).toEqual(['crew/let-add-multiply', 'main']);
  });

  it('answers 1 when Security finds something grave that stays, and says what', async () => {
    const json = join(dir, 'run.json');

    const { status, stdout } = await run(['Let add evaluate', '--auto', '--json', json]);

    const report = runReportSchema.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(report.red).toEqual(['Security, critical: Runs what comes in (`sum.js:1`).']);
    expect(report.security).toMatchObject({ read: true, findings: [{ severity: 'critical', line: 1 }] });
    expect(stdout).toContain('not green: a person has to look');
    expect(stdout).toMatch(/passed npm test/);
    expect(status).toBe(1);
  });

  it.each([
    'SIGINT',
    // What a terminal sends that is closed.
    'SIGHUP',
  ] as const)('is ended by %s, and says what was kept', async (signal) => {
    // Nobody answers there: the Strategist waits.
    const crew = start(['run', SUBTRACT, '--auto'], {
      ...EMBEDDED,
      ANTHROPIC_BASE_URL: 'http://127.0.0.1:9',
    });
    await vi.waitFor(() => expect(crew.stderr()).toContain('plan is running'), { timeout: WAIT_MS });

    crew.signal(signal);

    expect(await crew.ended).toBe(130);
    expect(crew.stderr()).toContain('Nothing was kept: no branch was made, and the clone is as it was.');
    expect(branches()).toEqual(['main']);
    await expectNothingLeft();
  });

  it('goes on to its end where nobody reads what it tells', async () => {
    const crew = start(['plan', SUBTRACT], EMBEDDED);

    crew.closeStderr();

    expect(await crew.ended).toBe(0);
    expect(crew.stdout()).toContain('- subtract(3, 2) is 1');
    await expectNothingLeft();
  });
});

describe('crew run that cannot begin answers 2 and says why', { timeout: TIMEOUT_MS }, () => {
  it.each([
    ['nobody to approve the plan', [SUBTRACT], /Nobody can approve the plan here.*--auto/],
    ['no task', ['--auto'], /What is to be done\?/],
    ['an empty task', [' ', '--auto'], /The task is empty/],
    ['a branch that is there', [SUBTRACT, '--auto', '--branch', 'main'], /--branch: main is there already/],
    ['a branch below one that is there', [SUBTRACT, '--auto', '--branch', 'main/x'], /stands in the way/],
    ['no name for a branch', [SUBTRACT, '--auto', '--branch', '../x'], /is no name for a branch/],
    ['a base that is none', [SUBTRACT, '--auto', '--base', 'nowhere'], /--base: "nowhere" names no commit/],
    ['an unknown specialist', [SUBTRACT, '--auto', '--role', 'backnd'], /did you mean backend\?/],
    ['an unknown option', ['--nonsense'], /unknown option/],
  ])('for %s', async (_, args, problem) => {
    const { status, stdout, stderr } = await run(args);

    expect(stderr).toMatch(problem);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    await expectNothingLeft();
  });
});

describe('crew plan', { timeout: TIMEOUT_MS }, () => {
  it('prints the plan, here as JSON alone', async () => {
    const { status, stdout } = await endOf(start(['plan', SUBTRACT, '--json', '-'], {}));

    expect(runReportSchema.parse(JSON.parse(stdout))).toMatchObject({ outcome: 'plan' });
    expect(status).toBe(0);
  });
});

describe('crew ask', { timeout: TIMEOUT_MS }, () => {
  it('prints the answer of one specialist, and what it cost', async () => {
    const json = join(dir, 'answer.json');

    const { status, stdout } = await endOf(
      start(['ask', 'Where is adding done?', '--role', 'backend', '--json', json], {}),
    );

    const report = askReportSchema.parse(JSON.parse(await readFile(json, 'utf8')));
    expect(stdout).toMatch(/^In `sum\.js`, by add\.\n\nbackend, \$0\.\d{4}, \d+\.\d s\n$/);
    expect(report).toMatchObject({ role: 'backend', state: 'done', reason: null });
    expect(status).toBe(0);
  });
});

async function makeRepository(): Promise<void> {
  await mkdir(join(repo, 'test'), { recursive: true });
  const files = {
    'package.json': '{ "type": "module", "private": true, "scripts": { "test": "node --test" } }\n',
    'sum.js': 'export const add = (a, b) => a + b;\n',
    'test/sum.test.js': [
      "import assert from 'node:assert/strict';",
      "import { it } from 'node:test';",
      "import { add } from '../sum.js';",
      "it('adds', () => assert.equal(add(2, 3), 5));\n",
    ].join('\n'),
  };
  for (const [path, text] of Object.entries(files)) await writeFile(join(repo, path), text);
  const git = simpleGit({ baseDir: repo });
  await git.init(false, ['--initial-branch=main']);
  await git.add('.');
  await git.raw(['-c', 'user.name=Robin', '-c', 'user.email=robin@example.com', 'commit', '-m', 'Begin']);
}

/** Of every kind that a new branch could start, and a setting that would start a program. */
async function plantHooks(marker: string): Promise<void> {
  const hooks = join(repo, '.git/hooks');
  await mkdir(hooks, { recursive: true });
  const names = [
    'pre-receive',
    'update',
    'post-receive',
    'post-update',
    'reference-transaction',
    'post-checkout',
  ];
  for (const name of [...names, 'pre-push', 'pre-commit', 'post-commit', 'program']) {
    await writeFile(join(hooks, name), `#!/bin/sh\necho ${name} >> ${marker}\n`);
    await chmod(join(hooks, name), 0o755);
  }
  const program = join(hooks, 'program');
  const settings = [
    `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tfsmonitor = ${program}\n\thooksPath = ${hooks}`,
    `\talternateRefsCommand = ${program}\n[uploadpack]\n\tpackObjectsHook = ${program}`,
    `[filter "x"]\n\tclean = ${program}\n[hook "x"]\n\tevent = reference-transaction\n\tcommand = ${program}\n`,
  ];
  await writeFile(join(repo, '.git/config'), settings.join('\n'));
  await mkdir(join(repo, '.git/info'), { recursive: true });
  await writeFile(join(repo, '.git/info/attributes'), '* filter=x\n');
}

/** What the person sees of a clone, and what git keeps of it, but for branches and objects. */
async function stateOf(clone: string) {
  const kept = ['.git/HEAD', '.git/index', '.git/config', 'sum.js', 'test/sum.test.js', 'package.json'];
  const texts = await Promise.all(kept.map((path) => readFile(join(clone, path), 'base64')));
  return { texts, top: await readdir(clone), tests: await readdir(join(clone, 'test')) };
}

/** What `npm test` prints in a checkout of the branch; throws when it fails. */
function testsOf(branch: string): string {
  const checkout = join(dir, 'checkout');
  plainGit('worktree', 'add', '--quiet', checkout, branch);
  return execFileSync('npm', ['test'], { cwd: checkout, encoding: 'utf8' });
}

/** Without what a test has planted. */
function plainGit(...args: readonly string[]): string {
  const settings = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'filter.x.clean='];
  const all = [...settings.flatMap((setting) => ['-c', setting]), ...args];
  return execFileSync('git', all, { cwd: repo, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function branches(): readonly string[] {
  const text = plainGit('for-each-ref', '--format=%(refname:short)', 'refs/heads');
  return text.split('\n').filter(Boolean);
}

async function fileOf(text: string): Promise<string> {
  const file = join(dir, 'task.md');
  await writeFile(file, text);
  return file;
}

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(scratch)).toEqual([]);
}

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}, input?: string) {
  return endOf(start(['run', ...args], environment, input));
}

function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input?: string,
): CrewProcess {
  const settings = { ...scriptedSettings(model, scratch), ...environment };
  return startCrewProcess('src/crew.js', [...args, '--repo', repo], settings, undefined, input);
}
