// Deployments, workflow runs and job logs.
import { z } from 'zod';
import { createDeployment, createDeploymentStatus } from '../deeds/actions.ts';
import { latestJobs, rerunFailedJobs } from '../deeds/workflow-runs.ts';
import type { DeploymentDoc, JobDoc, WorkflowRunDoc } from '../records-ci.ts';
import { renderDeployment, renderDeploymentStatus, renderJob, renderRun } from '../render/actions.ts';
import { type Ctx, created, input, ok, page, type Reply } from '../reply.ts';
import type { Routes } from '../router.ts';
import { notFound } from '../world.ts';

function deploymentIn(ctx: Ctx): DeploymentDoc {
  const found = ctx.view.get('deployment', Number(ctx.params.deployment_id));
  if (found?.repo !== ctx.repo.id) throw notFound();
  return found;
}

function runIn(ctx: Ctx): WorkflowRunDoc {
  const found = ctx.view.get('workflowRun', Number(ctx.params.run_id));
  if (found?.repo !== ctx.repo.id) throw notFound();
  return found;
}

function jobIn(ctx: Ctx): JobDoc {
  const found = ctx.view.get('job', Number(ctx.params.job_id));
  if (found?.repo !== ctx.repo.id) throw notFound();
  return found;
}

const deploymentSchema = z.object({
  ref: z.string(),
  environment: z.string().default('production'),
  description: z.string().nullish(),
});
const statusSchema = z.object({
  state: z.enum(['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success']),
  description: z.string().default(''),
  environment_url: z.string().default(''),
  target_url: z.string().default(''),
  log_url: z.string().default(''),
});

function addStatus(ctx: Ctx): Reply {
  const wish = input(ctx, statusSchema);
  const status = createDeploymentStatus(ctx.deed, ctx.repo, deploymentIn(ctx), {
    state: wish.state,
    description: wish.description,
    environmentUrl: wish.environment_url,
    targetUrl: wish.target_url,
    logUrl: wish.log_url,
  });
  return created(renderDeploymentStatus(ctx.world, ctx.view, ctx.repo, status));
}

function listRuns(ctx: Ctx): Promise<Reply> {
  const { query } = ctx;
  const runs = ctx.view
    .list('workflowRun', (run) => run.repo === ctx.repo.id)
    .filter((run) => !query.has('branch') || run.headBranch === query.get('branch'))
    .filter((run) => !query.has('head_sha') || run.headSha === query.get('head_sha'))
    .filter((run) => !query.has('event') || run.event === query.get('event'))
    .filter((run) => !query.has('status') || [run.status, run.conclusion].includes(query.get('status')))
    .reverse();
  return page(
    ctx,
    runs,
    (run) => renderRun(ctx.world, ctx.view, ctx.repo, run),
    (workflow_runs, total_count) => ({ total_count, workflow_runs }),
  );
}

export const actionRoutes: Routes = {
  'GET /repos/{owner}/{repo}/deployments': (ctx) => {
    const { query } = ctx;
    const found = ctx.view
      .list('deployment', (one) => one.repo === ctx.repo.id)
      .filter((one) => !query.has('sha') || one.sha === query.get('sha'))
      .filter((one) => !query.has('environment') || one.environment === query.get('environment'))
      .reverse();
    return page(ctx, found, (one) => renderDeployment(ctx.world, ctx.view, ctx.repo, one));
  },
  'POST /repos/{owner}/{repo}/deployments': async (ctx) => {
    const wish = input(ctx, deploymentSchema);
    const made = await createDeployment(ctx.deed, ctx.repo, {
      ...wish,
      description: wish.description ?? undefined,
    });
    return created(renderDeployment(ctx.world, ctx.view, ctx.repo, made));
  },
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}': (ctx) =>
    ok(renderDeployment(ctx.world, ctx.view, ctx.repo, deploymentIn(ctx))),
  'GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': (ctx) => {
    const { id } = deploymentIn(ctx);
    const found = ctx.view.list('deploymentStatus', (one) => one.deployment === id).reverse();
    return page(ctx, found, (one) => renderDeploymentStatus(ctx.world, ctx.view, ctx.repo, one));
  },
  'POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses': addStatus,
  'GET /repos/{owner}/{repo}/actions/runs': listRuns,
  'GET /repos/{owner}/{repo}/actions/runs/{run_id}': async (ctx) =>
    ok(await renderRun(ctx.world, ctx.view, ctx.repo, runIn(ctx))),
  'GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs': (ctx) => {
    const run = runIn(ctx);
    const all = ctx.query.get('filter') === 'all';
    return page(
      ctx,
      all ? ctx.view.list('job', (job) => job.run === run.id) : latestJobs(ctx.view, run),
      (job) => renderJob(ctx.world, ctx.view, ctx.repo, job),
      (jobs, total_count) => ({ total_count, jobs }),
    );
  },
  'POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs': async (ctx) => {
    await rerunFailedJobs(ctx.deed, ctx.repo, runIn(ctx));
    return created({});
  },
  'GET /repos/{owner}/{repo}/actions/jobs/{job_id}': (ctx) =>
    ok(renderJob(ctx.world, ctx.view, ctx.repo, jobIn(ctx))),
  // GitHub answers with a short-lived address; the log is at it as plain text.
  'GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs': (ctx) => {
    const job = jobIn(ctx);
    return { status: 302, headers: { location: `${ctx.world.urls.html}/_crew/job-logs/${job.id}` } };
  },
};
