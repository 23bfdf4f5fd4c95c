// Workflow runs: how they show as checks, how they are told of, and how what failed runs again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installationOctokit, type Local, owner, repo, repoName, startLocal } from './local-github.ts';

const at = { owner, repo };

let local: Local;
let octokit: Awaited<ReturnType<typeof installationOctokit>>;

beforeAll(async () => {
  local = await startLocal();
  octokit = await installationOctokit(local.github);
});
afterAll(async () => {
  expect(local.github.violations()).toEqual([]);
  await local.stop();
});

const told = () => local.github.deliveries().map(({ event, action }) => `${event}.${action}`);
const bob = () => local.github.as('bob');
const test = (conclusion: 'success' | 'failure') => ({ name: 'test', conclusion, log: `${conclusion}\n` });
const lint = { name: 'lint', conclusion: 'success', log: 'fine\n' } as const;

describe('a workflow run', () => {
  it('shows as check runs of GitHub Actions in a suite of its own, and is told of as Actions would', async () => {
    const before = told().length;

    const { id } = await bob().workflowRun(repoName, {
      name: 'CI',
      branch: 'main',
      conclusion: 'failure',
      jobs: [lint, test('failure')],
    });

    const { data: run } = await octokit.rest.actions.getWorkflowRun({ ...at, run_id: id });
    const { data: checks } = await octokit.rest.checks.listForRef({ ...at, ref: 'main' });
    expect(checks.check_runs.map((one) => [one.app?.slug, one.name, one.conclusion])).toEqual([
      ['github-actions', 'lint', 'success'],
      ['github-actions', 'test', 'failure'],
    ]);
    const { data: jobs } = await octokit.rest.actions.listJobsForWorkflowRun({ ...at, run_id: id });
    expect(jobs.jobs.map((job) => job.id)).toEqual(checks.check_runs.map((one) => one.id));
    expect(checks.check_runs[1]?.details_url).toContain(`/actions/runs/${id}/job/${jobs.jobs[1]?.id}`);
    const { data: suite } = await octokit.rest.checks.getSuite({
      ...at,
      check_suite_id: run.check_suite_id ?? 0,
    });
    expect(suite).toMatchObject({ status: 'completed', conclusion: 'failure' });
    expect(told().slice(before)).toEqual([
      'workflow_run.requested',
      'check_run.created',
      'check_run.created',
      'workflow_job.completed',
      'check_run.completed',
      'workflow_job.completed',
      'check_run.completed',
      'check_suite.completed',
      'workflow_run.completed',
    ]);
  });

  it('without a conclusion is on its way until a person ends it', async () => {
    const { id } = await bob().workflowRun(repoName, {
      name: 'Slow',
      branch: 'main',
      jobs: [{ name: 'e2e' }],
    });
    const { data: begun } = await octokit.rest.actions.getWorkflowRun({ ...at, run_id: id });

    await bob().finishRun(repoName, id, { conclusion: 'cancelled', jobs: [] });

    const { data: ended } = await octokit.rest.actions.getWorkflowRun({ ...at, run_id: id });
    const { data: jobs } = await octokit.rest.actions.listJobsForWorkflowRun({ ...at, run_id: id });
    expect(begun).toMatchObject({ status: 'in_progress', conclusion: null });
    expect(ended).toMatchObject({ status: 'completed', conclusion: 'cancelled' });
    expect(jobs.jobs.map(({ name, conclusion }) => [name, conclusion])).toEqual([['e2e', 'cancelled']]);
  });
});

describe('what failed', () => {
  it('runs again as a new attempt, whose end decides the check suite', async () => {
    const jobs = [lint, test('failure')];
    const { id } = await bob().workflowRun(repoName, {
      name: 'Flaky',
      branch: 'main',
      conclusion: 'failure',
      jobs,
    });
    const run = { ...at, run_id: id };

    await octokit.rest.actions.reRunWorkflowFailedJobs(run);
    const { data: again } = await octokit.rest.actions.listJobsForWorkflowRun(run);
    await bob().finishRun(repoName, id, { conclusion: 'success', jobs: [test('success')] });

    expect(again.jobs.map(({ name, status, run_attempt }) => [name, status, run_attempt])).toEqual([
      ['lint', 'completed', 1],
      ['test', 'in_progress', 2],
    ]);
    const { data: ended } = await octokit.rest.actions.getWorkflowRun(run);
    expect(ended).toMatchObject({ run_attempt: 2, status: 'completed', conclusion: 'success' });
    const { data: suite } = await octokit.rest.checks.getSuite({
      ...at,
      check_suite_id: ended.check_suite_id ?? 0,
    });
    expect(suite.conclusion).toBe('success');
    const last = local.github.deliveries().findLast(({ event }) => event === 'workflow_run');
    expect(JSON.parse(String(last?.payload))).toMatchObject({
      action: 'completed',
      workflow_run: { id, run_attempt: 2, conclusion: 'success' },
    });
  });

  it('does not run again while it runs, and needs the permission to', async () => {
    const jobs = [test('failure')];
    const { id } = await bob().workflowRun(repoName, {
      name: 'Twice',
      branch: 'main',
      conclusion: 'failure',
      jobs,
    });
    const reader = await installationOctokit(local.github, { permissions: { actions: 'read' } });
    const run = { ...at, run_id: id };

    const unpermitted = reader.rest.actions.reRunWorkflowFailedJobs(run);
    await expect(unpermitted).rejects.toMatchObject({ status: 403 });
    await octokit.rest.actions.reRunWorkflowFailedJobs(run);
    const twice = octokit.rest.actions.reRunWorkflowFailedJobs(run);

    await expect(twice).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('already running'),
    });
  });
});

it('tells on a commit’s page that GitHub signed it', async () => {
  const { data: main } = await octokit.rest.repos.getBranch({ ...at, branch: 'main' });
  const wanted = { message: 'Signed', tree: main.commit.commit.tree.sha, parents: [main.commit.sha] };
  const { data: commit } = await octokit.rest.git.createCommit({ ...at, ...wanted });

  const page = async (sha: string) => (await fetch(`${local.github.url}/${repoName}/commit/${sha}`)).text();

  expect(await page(commit.sha)).toContain('>Verified<');
  expect(await page(main.commit.sha)).not.toContain('>Verified<');
});

it('says on a pull request whether it can be merged', async () => {
  const files = (content: string) => ({ 'README.md': content });
  await bob().commit(repoName, { branch: 'dirty', from: 'main', message: 'One way', files: files('one\n') });
  const { number } = await bob().openPull(repoName, { title: 'One way', head: 'dirty', base: 'main' });
  const { data: clean } = await octokit.rest.pulls.get({ ...at, pull_number: number });

  await bob().commit(repoName, { branch: 'main', message: 'Another', files: files('another\n') });

  const { data: dirty } = await octokit.rest.pulls.get({ ...at, pull_number: number });
  expect(clean).toMatchObject({ mergeable: true, mergeable_state: 'clean' });
  expect(dirty).toMatchObject({ mergeable: false, mergeable_state: 'dirty' });
});
