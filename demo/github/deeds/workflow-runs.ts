// Workflow runs, their jobs, and the checks that show them. GitHub Actions itself is not simulated: people's side says what ran and
// how it ended. Each run has a check suite of its own, and each job is a check run of the same id in it.

import type { RepoDoc } from '../records.ts';
import type { CheckSuiteDoc, JobDoc, WorkflowRunDoc } from '../records-ci.ts';
import { renderJob, renderRun, renderWorkflow } from '../render/actions.ts';
import { renderRepoLite, repoHtmlUrl } from '../render/repos.ts';
import type { View } from '../state.ts';
import { type Deed, GitHubError, invalid, stamp } from '../world.ts';
import { addSuite, createCheckRun, updateCheckRun } from './checks.ts';
import { emit } from './emit.ts';

type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped';

export interface RunEnd {
  readonly conclusion: Conclusion;
  readonly jobs: readonly JobEnd[];
}

interface JobEnd {
  readonly name: string;
  readonly conclusion: Conclusion;
  readonly log: string;
  readonly steps?: readonly { readonly name: string; readonly conclusion: string | null }[];
}

export type RunWish = {
  readonly name: string;
  readonly branch: string;
  readonly event?: string;
} & (RunEnd | { readonly conclusion?: never; readonly jobs: readonly { readonly name: string }[] });

const actionsApp = 'github-actions';
const failed: readonly (string | null)[] = ['failure', 'cancelled', 'timed_out'];

/** Records a run at a branch's tip and tells of it as Actions would; one without a conclusion stays on its way. */
export async function recordRun(deed: Deed, repo: RepoDoc, wish: RunWish): Promise<WorkflowRunDoc> {
  const { tx, world, actor } = deed;
  const headSha = await world.git.commitOf(world.git.dirOf(repo), `refs/heads/${wish.branch}`);
  if (headSha === null) throw invalid(`No ref found for: ${wish.branch}`);
  const earlier = tx.list('workflowRun', (one) => one.repo === repo.id && one.name === wish.name);
  const now = stamp(world);
  const suite = addSuite(deed, repo, headSha, actionsApp, wish.branch, null);
  const run = tx.put('workflowRun', {
    id: tx.nextId(),
    repo: repo.id,
    suite: suite.id,
    workflow: earlier[0]?.workflow ?? tx.nextId(),
    name: wish.name,
    path: `.github/workflows/${wish.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.yml`,
    event: wish.event ?? 'push',
    headSha,
    headBranch: wish.branch,
    status: 'in_progress',
    conclusion: null,
    runNumber: earlier.length + 1,
    runAttempt: 1,
    actor: actor.login,
    createdAt: now,
    updatedAt: now,
  });
  await tellRun(deed, repo, run, 'requested');
  for (const { name } of wish.jobs) await startJob(deed, repo, run, { name, suite });
  return wish.conclusion === undefined ? run : finishRun(deed, repo, run, wish);
}

/** Ends what is on its way; jobs that `end` does not name end as the run does. */
export async function finishRun(
  deed: Deed,
  repo: RepoDoc,
  run: WorkflowRunDoc,
  end: RunEnd,
): Promise<WorkflowRunDoc> {
  if (run.status === 'completed') throw invalid('The workflow run has ended already');
  const suite = suiteOf(deed, run);
  const known = latestJobs(deed.tx, run).filter((job) => job.status !== 'completed');
  for (const { name } of end.jobs) {
    if (!known.some((job) => job.name === name)) known.push(await startJob(deed, repo, run, { name, suite }));
  }
  for (const job of known) {
    const wish = end.jobs.find(({ name }) => name === job.name);
    await endJob(deed, repo, job, wish ?? { name: job.name, conclusion: end.conclusion, log: '' });
  }
  const updatedAt = stamp(deed.world);
  const ended = { ...run, status: 'completed', conclusion: end.conclusion, updatedAt } as const;
  deed.tx.put('workflowRun', ended);
  await tellRun(deed, repo, ended, 'completed');
  return ended;
}

/** A new attempt of the same run, in which only what failed runs again. */
export async function rerunFailedJobs(deed: Deed, repo: RepoDoc, run: WorkflowRunDoc): Promise<void> {
  if (run.status !== 'completed') throw new GitHubError(403, 'This workflow is already running');
  const suite = suiteOf(deed, run);
  const jobs = latestJobs(deed.tx, run).filter(({ conclusion }) => failed.includes(conclusion));
  if (jobs.length === 0) throw new GitHubError(403, 'This workflow run has no failed jobs');
  const again: WorkflowRunDoc = {
    ...run,
    runAttempt: run.runAttempt + 1,
    status: 'in_progress',
    conclusion: null,
    updatedAt: stamp(deed.world),
  };
  deed.tx.put('workflowRun', again);
  await tellRun(deed, repo, again, 'requested');
  for (const { name } of jobs) await startJob(deed, repo, again, { name, suite });
}

/** Of each name the newest. */
export function latestJobs(view: View, run: WorkflowRunDoc): JobDoc[] {
  const named = view.list('job', (job) => job.run === run.id).map((job) => [job.name, job] as const);
  return [...new Map(named).values()];
}

function suiteOf(deed: Deed, run: WorkflowRunDoc): CheckSuiteDoc {
  const suite = deed.tx.get('checkSuite', run.suite);
  if (suite === undefined) throw new Error(`workflow run ${run.id} has no check suite`);
  return suite;
}

async function startJob(
  deed: Deed,
  repo: RepoDoc,
  run: WorkflowRunDoc,
  { name, suite }: { readonly name: string; readonly suite: CheckSuiteDoc },
): Promise<JobDoc> {
  const { tx, world } = deed;
  const id = tx.nextId();
  const detailsUrl = `${repoHtmlUrl(world, repo)}/actions/runs/${run.id}/job/${id}`;
  const wish = { name, detailsUrl, status: 'in_progress' } as const;
  await createCheckRun(deed, repo, run.headSha, actionsApp, wish, { id, suite });
  return tx.put('job', {
    id,
    repo: repo.id,
    run: run.id,
    attempt: run.runAttempt,
    name,
    status: 'in_progress',
    conclusion: null,
    steps: [],
    log: '',
    startedAt: run.updatedAt,
    completedAt: null,
  });
}

async function endJob(deed: Deed, repo: RepoDoc, job: JobDoc, end: JobEnd): Promise<void> {
  const { tx, world } = deed;
  const { conclusion, log } = end;
  const steps = end.steps ?? [{ name: 'Run', conclusion }];
  const completedAt = stamp(world);
  const ended = tx.put('job', { ...job, status: 'completed', conclusion, log, steps, completedAt });
  emit(deed, repo, 'workflow_job', 'completed', { workflow_job: renderJob(world, tx, repo, ended) });
  const check = tx.get('checkRun', job.id);
  if (check !== undefined) await updateCheckRun(deed, check, { conclusion, completedAt });
}

async function tellRun(
  deed: Deed,
  repo: RepoDoc,
  run: WorkflowRunDoc,
  action: 'requested' | 'completed',
): Promise<void> {
  const { tx, world } = deed;
  const rendered = await renderRun(world, tx, repo, run);
  emit(deed, repo, 'workflow_run', action, {
    workflow: renderWorkflow(world, repo, run),
    workflow_run: { ...rendered, repository: renderRepoLite(world, tx, repo) },
  });
}
