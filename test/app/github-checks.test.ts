import { beforeEach, describe, expect, it } from 'vitest';
import type { Fetch } from '../../src/app/github/bounded-fetch.ts';
import { createReader } from '../../src/app/github/reader.ts';
import { TransientError } from '../../src/core/errors.ts';
import { type GitHubReader, LOG_MAX_CHARS } from '../../src/core/github-ports.ts';
import { repository } from '../support/records.ts';
import { silentLog } from '../support/silent-log.ts';
import { testClients } from './github-parts.ts';
import { REPO, stubbedGitHub } from './stubbed-github.ts';

const HEAD = 'b'.repeat(40);
const JOB = 'https://github.test/acme/pantry/actions/runs/70/job/71';
const github = stubbedGitHub();
const { stub } = github;
let reader: GitHubReader;

beforeEach(() => {
  reader = createReader(testClients({ fetch: github.watch.fetch }), silentLog);
});

const checkRun = (change: object = {}) => ({
  id: 71,
  name: 'test',
  status: 'completed',
  conclusion: 'success',
  details_url: 'https://ci.example/1',
  app: { id: 15_368, slug: 'github-actions' },
  check_suite: { id: 7 },
  output: { title: null, summary: null, text: null },
  ...change,
});
const answerRuns = (page: number, ...runs: readonly object[]) =>
  stub()
    .get(`${REPO}/commits/${HEAD}/check-runs`)
    .query({ filter: 'latest', per_page: 100, page })
    .reply(200, { total_count: runs.length, check_runs: runs });
const answerStatuses = (...statuses: readonly object[]) =>
  stub()
    .get(`${REPO}/commits/${HEAD}/status`)
    .query({ per_page: 100, page: 1 })
    .reply(200, { state: 'failure', statuses });

describe('the checks of a head', () => {
  it('are the check runs of others and the commit statuses, read with a token that can write nothing', async () => {
    answerRuns(
      1,
      checkRun(),
      checkRun({ id: 73, name: 'build', details_url: JOB }),
      checkRun({ id: 72, name: 'crew', app: { id: 42, slug: 'crew' } }),
    );
    answerStatuses(
      { id: 8, context: 'deploy', state: 'pending', target_url: null, description: null },
      {
        id: 9,
        context: 'lint',
        state: 'error',
        target_url: 'https://lint.example',
        description: 'No config.',
      },
    );

    expect(await reader.checksOf(repository, HEAD)).toEqual({
      complete: true,
      runMissing: false,
      checks: [
        {
          kind: 'check_run',
          id: 71,
          suiteId: 7,
          name: 'test',
          ended: true,
          conclusion: 'success',
          url: 'https://ci.example/1',
          said: null,
          run: null,
        },
        {
          kind: 'check_run',
          id: 73,
          suiteId: 7,
          name: 'build',
          ended: true,
          conclusion: 'success',
          url: JOB,
          said: null,
          run: { id: 70, attempt: null, jobId: 71 },
        },
        {
          kind: 'status',
          id: 8,
          suiteId: null,
          name: 'deploy',
          ended: false,
          conclusion: '',
          url: null,
          said: null,
          run: null,
        },
        {
          kind: 'status',
          id: 9,
          suiteId: null,
          name: 'lint',
          ended: true,
          conclusion: 'error',
          url: 'https://lint.example',
          said: 'No config.',
          run: null,
        },
      ],
    });
    expect(github.watch.sent[0]?.body).toMatchObject({
      permissions: { actions: 'read', checks: 'read', contents: 'read', metadata: 'read', statuses: 'read' },
    });
  });

  it('tell of a failed job of Actions which run it is of, and its attempt', async () => {
    const output = { title: 'Failed', summary: '2 of 9', text: null };
    answerRuns(1, checkRun({ conclusion: 'failure', details_url: JOB, output }));
    answerStatuses();
    stub().get(`${REPO}/actions/runs/70`).reply(200, { id: 70, html_url: JOB, run_attempt: 2 });

    const { checks } = await reader.checksOf(repository, HEAD);

    expect(checks).toMatchObject([
      { conclusion: 'failure', said: 'Failed\n\n2 of 9', run: { id: 70, attempt: 2, jobId: 71 } },
    ]);
  });

  it('tell that the run of a failed job is not shown', async () => {
    answerRuns(1, checkRun({ conclusion: 'failure', details_url: JOB }));
    answerStatuses();
    stub().get(`${REPO}/actions/runs/70`).reply(404, { message: 'Not Found' });

    expect(await reader.checksOf(repository, HEAD)).toMatchObject({
      checks: [{ conclusion: 'failure', run: { id: 70, attempt: null } }],
      runMissing: true,
    });
  });

  it('believe no other App that it is a run of Actions', async () => {
    answerRuns(1, checkRun({ conclusion: 'failure', details_url: JOB, app: { id: 5, slug: 'other' } }));
    answerStatuses();

    expect((await reader.checksOf(repository, HEAD)).checks).toMatchObject([{ run: null }]);
  });

  it('are not complete where there are more than are read', async () => {
    const full = Array.from({ length: 100 }, (_, index) => checkRun({ id: index, name: `test ${index}` }));
    for (const page of [1, 2, 3]) answerRuns(page, ...full);
    answerStatuses();

    expect((await reader.checksOf(repository, HEAD)).complete).toBe(false);
  });

  it('are not guessed when GitHub fails', async () => {
    stub().get(`${REPO}/commits/${HEAD}/check-runs`).query(true).times(3).reply(502);

    await expect(reader.checksOf(repository, HEAD)).rejects.toThrow(TransientError);
  });
});

describe('the log of a job', () => {
  const answerLog = (text: string) => {
    stub()
      .get(`${REPO}/actions/jobs/71/logs`)
      .reply(302, undefined, { location: 'https://api.github.test/logs/71.txt' });
    stub().get('/logs/71.txt').reply(200, text, { 'content-type': 'text/plain' });
  };

  it('is read as people read it: no time stamps, no colours, no marks of the runner', async () => {
    answerLog(
      [
        '\uFEFF2026-01-01T00:00:00.1234567Z ##[group]Run npm test',
        '2026-01-01T00:00:01.1234567Z \u001B[31mFAIL\u001B[0m test/api.test.js',
        '2026-01-01T00:00:02.1234567Z ##[error]Process completed with exit code 1.',
        '',
      ].join('\r\n'),
    );

    expect(await reader.jobLog(repository, 71)).toBe(
      'FAIL test/api.test.js\n##[error]Process completed with exit code 1.',
    );
  });

  it('is cut to its end, which is said', async () => {
    answerLog(`first line\n${'x'.repeat(30_000)}\nthe last line`);

    const log = await reader.jobLog(repository, 71);

    expect(log).toHaveLength(LOG_MAX_CHARS);
    expect(log).toMatch(/^\[cut: the last 20000 of 30025 characters\]\n/);
    expect(log).toMatch(/the last line$/);
  });

  it.each([404, 410])('is none where GitHub answers %i', async (status) => {
    stub().get(`${REPO}/actions/jobs/71/logs`).reply(status, { message: 'Not Found' });

    expect(await reader.jobLog(repository, 71)).toBeNull();
  });

  it('is none where it is larger than any answer that is read', async () => {
    const large: Fetch = async (input, init) =>
      String(input).endsWith('/logs')
        ? new Response('x'.repeat(16 * 1024 * 1024 + 1), { headers: { 'content-type': 'text/plain' } })
        : github.watch.fetch(input, init);
    const reading = createReader(testClients({ fetch: large }), silentLog);

    expect(await reading.jobLog(repository, 71)).toBeNull();
  });
});

describe('how a pull request stands', () => {
  const answer = {
    number: 3,
    state: 'open',
    merged: false,
    draft: true,
    mergeable: null,
    head: { sha: HEAD, ref: 'crew/12-x' },
    base: { ref: 'main' },
    labels: [{ name: 'crew' }],
  };

  it('is told by one request, with whether it can be merged as far as GitHub knows', async () => {
    stub().get(`${REPO}/pulls/3`).reply(200, answer);

    expect(await reader.pullState(repository, 3)).toEqual({
      number: 3,
      open: true,
      merged: false,
      draft: true,
      mergeable: null,
      headSha: HEAD,
      headRef: 'crew/12-x',
      baseRef: 'main',
      labels: ['crew'],
    });
  });

  it('is nothing where it is gone', async () => {
    stub().get(`${REPO}/pulls/3`).reply(404, { message: 'Not Found' });

    expect(await reader.pullState(repository, 3)).toBeNull();
  });

  it('comes with the paths that it changes', async () => {
    stub()
      .get(`${REPO}/pulls/3/files`)
      .query({ per_page: 100 })
      .reply(200, [{ filename: 'server/api.js' }, { filename: 'web/list.js' }]);

    expect(await reader.changedPaths(repository, 3)).toEqual(['server/api.js', 'web/list.js']);
  });
});
