import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleGit } from 'simple-git';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { RunningModel } from '../../demo/model/start-model.ts';
import { startModel } from '../../demo/model/start-model.ts';
import { reviewReportSchema } from '../../src/cli/review-report.ts';
import {
  type CrewProcess,
  EMBEDDED,
  endOf,
  scriptedSettings,
  startCrewProcess,
} from '../support/crew-process.ts';
import { testDatabase } from '../support/database.ts';
import { scratchClone } from './scratch-clone.ts';

const TIMEOUT_MS = 90_000;
const FAULT = 'eval(process.argv[2]);';

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
  await commit('console.log(1);\n', 'One');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('crew review', { timeout: TIMEOUT_MS }, () => {
  it('prints what the crew found in a clone, where it stands and what would mend it, and leaves nothing behind', async () => {
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');

    const { status, stdout, stderr } = await run(['--base', 'HEAD~1'], EMBEDDED);

    expect(stderr).toContain('survey is done');
    expect(stdout).toContain('1 finding: 1 high');
    expect(stdout).toContain('HIGH     The argument is run as code');
    expect(stdout).toMatch(/app\.js:2 {2}injection, by \w+/);
    expect(stdout).toContain(`- ${FAULT}\n  + console.log(JSON.parse(process.argv[2]));`);
    expect(stdout).toContain('Read in full: 1 of 1 changed files');
    expect(stdout).not.toContain('\u001b');
    expect(status).toBe(0);
    await expectNothingLeft();
  });

  it('writes JSON of the documented shape, alone on standard output when asked', async () => {
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');
    const file = join(dir, 'review.json');

    const [toFile, toOutput] = [
      await review('--base', 'HEAD~1', '--json', file),
      await review('--base', 'HEAD~1', '--json', '-'),
    ];

    const written = reviewReportSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    const printed = reviewReportSchema.parse(JSON.parse(toOutput.stdout));
    expect(written.findings).toMatchObject([
      {
        path: 'app.js',
        side: 'RIGHT',
        start_line: null,
        line: 2,
        severity: 'high',
        category: 'injection',
        published: 'inline',
        also_at: [],
        quote: FAULT,
      },
    ]);
    expect(written).toMatchObject({
      coverage: [{ path: 'app.js', read: 'full', reason: null }],
      failed_reviewers: [],
      state: 'done',
      reason: null,
    });
    expect(written.usage.input_tokens + written.usage.cache_write_tokens).toBeGreaterThan(0);
    expect(written.cost_usd).toBeGreaterThan(0);
    expect(printed.findings).toEqual(written.findings);
    expect(toFile.stdout).toContain('1 finding');
  });

  it('prints what was found before it writes the file, and answers 2 in a line when that cannot be written any more', async () => {
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');
    const file = join(dir, 'review.json');
    const crew = start(['--base', 'HEAD~1', '--json', file], {});
    await vi.waitFor(() => expect(crew.stderr()).toContain('survey is running'), { timeout: 30_000 });
    expect(existsSync(file)).toBe(false);
    await mkdir(file);

    expect(await crew.ended).toBe(2);

    expect(crew.stdout()).toContain('1 finding: 1 high');
    expect(crew.stderr()).toMatch(/^crew review: --json: .*review\.json cannot be written: EISDIR[^\n]*\n$/m);
    expect(crew.stderr()).not.toMatch(/^ +at /m);
  });

  it('says so when nothing was changed that the crew reads', async () => {
    await writeFile(join(repo, 'yarn.lock'), 'x\n');
    await git().add('yarn.lock');
    await commit('console.log(1);\n', 'Lock');

    const { status, stdout } = await review('--base', 'HEAD~1');

    expect(stdout).toContain('Nothing that the crew reads was changed: nobody reviewed it.');
    expect(stdout).toContain('yarn.lock: skipped, lock file');
    expect(status).toBe(0);
  });

  it('answers 1 for a finding from --fail-on up, and 0 for one below', async () => {
    await commit('console.log(parseInt(process.argv[2]));\n', 'Read a number');

    expect((await review('--base', 'HEAD~1', '--fail-on', 'high')).status).toBe(0);
    expect((await review('--base', 'HEAD~1', '--fail-on', 'medium')).status).toBe(1);
  });

  it("begins where the head left origin's default branch", async () => {
    await git().raw(['update-ref', 'refs/remotes/origin/main', 'HEAD']);
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');

    const { status, stdout } = await review('--json', '-');

    expect(reviewReportSchema.parse(JSON.parse(stdout)).findings).toHaveLength(1);
    expect(status).toBe(0);
  });

  it('goes by .github/crew.yml of the base, and says what is wrong in it', async () => {
    await writeFile(join(repo, 'app.js'), 'console.log(1);\n');
    await mkdir(join(repo, '.github'));
    await writeFile(join(repo, '.github/crew.yml'), 'review:\n  severity: critical\n  sevrity: low\n');
    await git().add('.');
    await commit('console.log(1);\n// x\n', 'Rules');
    await rm(join(repo, '.github/crew.yml'));
    await git()
      .rm(['.github/crew.yml'])
      .catch(() => {});
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked, without rules');

    const { stdout, stderr } = await review('--base', 'HEAD~1');

    expect(stderr).toMatch(/\.github\/crew\.yml:3: review\.sevrity is not a key.*did you mean severity/);
    expect(stdout).toContain('Nothing to report.');
  });

  it('uses a database of its own on the server of DATABASE_URL, and drops it', async () => {
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');
    const database = await testDatabase({ empty: true });
    // Whose databases are told apart from those of tests that run at the same time.
    const reviewer = `reviewer_${process.pid}`;
    await database.pool.query(`create role ${reviewer} login createdb password 'of-the-test'`);
    const url = new URL(database.url);
    [url.username, url.password] = [reviewer, 'of-the-test'];

    const { status } = await run(['--base', 'HEAD~1'], { DATABASE_URL: url.href });

    const { rows } = await database.pool.query(
      `select datname from pg_database where datdba = '${reviewer}'::regrole`,
    );
    await database.pool.query(`drop role ${reviewer}`);
    const { rows: tables } = await database.pool.query(
      "select tablename from pg_tables where schemaname = 'public'",
    );
    await database.drop();
    expect(status).toBe(0);
    expect(tables).toEqual([]);
    expect(rows).toEqual([]);
  });
});

describe('crew review that cannot be made answers 2 and says why', { timeout: TIMEOUT_MS }, () => {
  it.each([
    ['a revision that is none', ['--base', 'no-such-branch'], /--base: "no-such-branch" names no commit/],
    ['an option for a revision', ['--base=--output=x'], /--base: "--output=x" names no commit/],
    ['a file for a revision', ['--base', 'HEAD:app.js'], /names no commit/],
    ['no base', [], /Give --base/],
    ['the head for the base', ['--base', 'HEAD'], /There is nothing to review/],
    ['an unknown severity', ['--fail-on', 'bad'], /critical, high, medium, low/],
    ['base and head swapped', ['--base', 'HEAD', '--head', 'HEAD~1'], /may be swapped/],
    ['a file in no folder', ['--base', 'HEAD', '--json', '/nonexistent/x.json'], /cannot be written: ENOENT/],
    ['a folder for a file', ['--base', 'HEAD', '--json', tmpdir()], /cannot be written: EISDIR/],
  ])('for %s', async (_, args, problem) => {
    await commit('console.log(2);\n', 'Two');
    const { status, stdout, stderr } = await review(...args);

    expect(stderr).toMatch(problem);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    await expectNothingLeft();
  });

  it('for a folder that is no repository', async () => {
    const { status, stderr } = await run(['--repo', scratch]);

    expect(stderr).toContain('is not in a git repository');
    expect(status).toBe(2);
  });

  it('without a key', async () => {
    await commit('console.log(2);\n', 'Two');

    const { status, stderr } = await run(['--base', 'HEAD~1'], { ANTHROPIC_API_KEY: '' });

    expect(stderr).toContain('ANTHROPIC_API_KEY is missing');
    expect(status).toBe(2);
  });

  it('for a shallow clone', async () => {
    await commit('console.log(2);\n', 'Two');
    await writeFile(join(repo, '.git/shallow'), `${(await git().revparse(['HEAD'])).trim()}\n`);

    const { status, stderr } = await review('--base', 'HEAD');

    expect(stderr).toContain('git fetch --unshallow');
    expect(status).toBe(2);
  });

  it('for a review that failed, with its reason', async () => {
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');
    model.setFaults([{ kind: 'refusal', times: Number.POSITIVE_INFINITY }]);

    const { status, stderr } = await review('--base', 'HEAD~1');

    model.setFaults([]);
    expect(stderr).toContain('The review could not be made (failed)');
    expect(status).toBe(2);
  });
});

describe('a hostile clone', { timeout: TIMEOUT_MS }, () => {
  it('runs nothing by its settings, hooks and .env, and is not written to', async () => {
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');
    const marker = join(dir, 'ran');
    const program = join(dir, 'program');
    await writeFile(program, `#!/bin/sh\necho "$0 $*" >> ${marker}\n`, { mode: 0o755 });
    await writeFile(join(repo, '.git/config'), hostileConfig(program));
    for (const hook of ['post-checkout', 'reference-transaction', 'pre-push', 'post-index-change']) {
      await mkdir(join(repo, '.git/hooks'), { recursive: true });
      await writeFile(join(repo, '.git/hooks', hook), `#!/bin/sh\necho ${hook} >> ${marker}\n`, {
        mode: 0o755,
      });
    }
    await mkdir(join(repo, '.crew'));
    // Refused, were it read: what the environment sets already would win over it.
    const dotEnv = 'CREW_BUDGET_USD=nothing\n';
    await writeFile(join(repo, '.env'), dotEnv);
    await writeFile(join(repo, '.crew/.env'), dotEnv);
    const before = await readdir(join(repo, '.git'), { recursive: true });

    const { status, stdout } = await run(['--base', 'HEAD~1'], {}, repo);

    expect(stdout).toContain('1 finding: 1 high');
    expect(status).toBe(0);
    expect(existsSync(marker)).toBe(false);
    expect((await readdir(join(repo, '.git'), { recursive: true })).sort()).toEqual(before.sort());
  });
});

describe('SIGINT', { timeout: TIMEOUT_MS }, () => {
  it('ends the review, its database and its folders', async () => {
    await commit(`console.log(1);\n${FAULT}\n`, 'Run what is asked');
    // Nobody answers there: the reviewers wait.
    const crew = start(['--base', 'HEAD~1'], { ...EMBEDDED, ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' });
    await vi.waitFor(() => expect(crew.stderr()).toMatch(/review-\w+ is running/), { timeout: 30_000 });

    crew.signal('SIGINT');

    expect(await crew.ended).toBe(130);
    expect(crew.stdout()).toBe('');
    await expectNothingLeft();
  });
});

async function expectNothingLeft(): Promise<void> {
  expect(await readdir(scratch)).toEqual([]);
  expect(await processesNaming(scratch)).toEqual([]);
}

/** Command lines of processes that name `path`: the embedded Postgres names its data directory. */
async function processesNaming(path: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(path));
}

async function review(...args: readonly string[]) {
  return run(args);
}

async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  cwd?: string,
) {
  return endOf(start(args, environment, cwd));
}

function start(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  cwd?: string,
): CrewProcess {
  const where = args.includes('--repo') || cwd !== undefined ? [] : ['--repo', repo];
  const settings = { ...scriptedSettings(model, scratch), ...environment };
  return startCrewProcess('src/crew.js', ['review', ...where, ...args], settings, cwd);
}

async function commit(text: string, message: string): Promise<void> {
  await writeFile(join(repo, 'app.js'), text);
  if (!existsSync(join(repo, '.git'))) await git().init(false, ['--initial-branch=work']);
  await git().add('app.js');
  await git().raw(['-c', 'user.name=Robin', '-c', 'user.email=robin@example.com', 'commit', '-m', message]);
}

function git() {
  return simpleGit({ baseDir: repo });
}

function hostileConfig(program: string): string {
  return [
    '[core]',
    'repositoryformatversion = 0',
    'bare = false',
    `fsmonitor = ${program}`,
    `sshCommand = ${program}`,
    `pager = ${program}`,
    `hooksPath = ${join(repo, '.git/hooks')}`,
    '[log]',
    'showSignature = true',
    '[gpg]',
    `program = ${program}`,
    '[uploadpack]',
    `packObjectsHook = ${program}`,
    '[diff]',
    `external = ${program}`,
    '[filter "x"]',
    `clean = ${program}`,
    `smudge = ${program}`,
    '[remote "origin"]',
    `url = ext::${program}`,
    `uploadpack = ${program}`,
    'promisor = true',
    '[alias]',
    `rev-parse = !${program}`,
    '[credential]',
    `helper = !${program}`,
  ].join('\n');
}
