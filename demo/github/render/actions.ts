// Deployments, workflow runs and jobs as GitHub's JSON.
import { readCommit } from '../commits.ts';
import type { RepoDoc } from '../records.ts';
import type { DeploymentDoc, DeploymentStatusDoc, JobDoc, WorkflowRunDoc } from '../records-ci.ts';
import type { View } from '../state.ts';
import { nodeId, type World } from '../world.ts';
import { type Rendered, renderLogin } from './accounts.ts';
import { renderSimpleCommit } from './commits.ts';
import { openPullsAt, renderPullRef } from './pulls.ts';
import { renderRepoLite, repoApiUrl, repoHtmlUrl } from './repos.ts';

export function renderDeployment(world: World, view: View, repo: RepoDoc, one: DeploymentDoc): Rendered {
  const url = `${repoApiUrl(world, repo)}/deployments/${one.id}`;
  return {
    url,
    id: one.id,
    node_id: nodeId('DE', one.id),
    sha: one.sha,
    ref: one.ref,
    task: 'deploy',
    payload: {},
    original_environment: one.environment,
    environment: one.environment,
    description: one.description,
    creator: renderLogin(world, view, one.user),
    created_at: one.createdAt,
    updated_at: one.createdAt,
    statuses_url: `${url}/statuses`,
    repository_url: repoApiUrl(world, repo),
    transient_environment: false,
    production_environment: one.environment === 'production',
  };
}

export function renderDeploymentStatus(
  world: World,
  view: View,
  repo: RepoDoc,
  one: DeploymentStatusDoc,
): Rendered {
  const deployment = `${repoApiUrl(world, repo)}/deployments/${one.deployment}`;
  return {
    url: `${deployment}/statuses/${one.id}`,
    id: one.id,
    node_id: nodeId('DES', one.id),
    state: one.state,
    creator: renderLogin(world, view, one.user),
    description: one.description,
    environment: view.get('deployment', one.deployment)?.environment ?? '',
    target_url: one.targetUrl,
    created_at: one.createdAt,
    updated_at: one.createdAt,
    deployment_url: deployment,
    repository_url: repoApiUrl(world, repo),
    environment_url: one.environmentUrl,
    ...(one.logUrl === '' ? {} : { log_url: one.logUrl }),
  };
}

export function renderWorkflow(world: World, repo: RepoDoc, run: WorkflowRunDoc): Rendered {
  const url = `${repoApiUrl(world, repo)}/actions/workflows/${run.workflow}`;
  const html = repoHtmlUrl(world, repo);
  return {
    id: run.workflow,
    node_id: nodeId('W', run.workflow),
    name: run.name,
    path: run.path,
    state: 'active',
    created_at: repo.createdAt,
    updated_at: repo.createdAt,
    url,
    html_url: `${html}/blob/${repo.defaultBranch}/${run.path}`,
    badge_url: `${html}/workflows/${encodeURIComponent(run.name)}/badge.svg`,
  };
}

export async function renderRun(
  world: World,
  view: View,
  repo: RepoDoc,
  run: WorkflowRunDoc,
): Promise<Rendered> {
  const api = repoApiUrl(world, repo);
  const url = `${api}/actions/runs/${run.id}`;
  const commit = await readCommit(world.git, world.git.dirOf(repo), run.headSha);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WFR', run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    display_title: commit.message.split('\n')[0] ?? '',
    run_number: run.runNumber,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow,
    check_suite_id: run.suite,
    check_suite_node_id: nodeId('CS', run.suite),
    url,
    html_url: `${repoHtmlUrl(world, repo)}/actions/runs/${run.id}`,
    pull_requests: openPullsAt(view, repo, run.headSha).map((pull) => renderPullRef(world, repo, pull)),
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    actor: renderLogin(world, view, run.actor),
    triggering_actor: renderLogin(world, view, run.actor),
    run_attempt: run.runAttempt,
    run_started_at: run.createdAt,
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${api}/check-suites/${run.suite}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: null,
    workflow_url: `${api}/actions/workflows/${run.workflow}`,
    head_commit: renderSimpleCommit(commit),
    repository: renderRepoLite(world, view, repo),
    head_repository: renderRepoLite(world, view, repo),
  };
}

export function renderJob(world: World, view: View, repo: RepoDoc, job: JobDoc): Rendered {
  const api = repoApiUrl(world, repo);
  const run = view.get('workflowRun', job.run);
  if (!run) throw new Error(`job ${job.id} has no run`);
  return {
    id: job.id,
    run_id: job.run,
    run_attempt: job.attempt,
    run_url: `${api}/actions/runs/${job.run}`,
    node_id: nodeId('CR', job.id),
    head_sha: run.headSha,
    head_branch: run.headBranch,
    workflow_name: run.name,
    url: `${api}/actions/jobs/${job.id}`,
    html_url: `${repoHtmlUrl(world, repo)}/actions/runs/${job.run}/job/${job.id}`,
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.startedAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map((step, index) => ({
      name: step.name,
      status: step.conclusion === null ? 'in_progress' : 'completed',
      conclusion: step.conclusion,
      number: index + 1,
      started_at: job.startedAt,
      completed_at: job.completedAt,
    })),
    check_run_url: `${api}/check-runs/${job.id}`,
    labels: ['ubuntu-latest'],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
  };
}
