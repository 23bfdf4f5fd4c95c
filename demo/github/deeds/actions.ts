// Deployments and workflow runs. GitHub Actions itself is not simulated: people's side says what ran and how it ended.

import type { RepoDoc } from '../records.ts';
import type { DeploymentDoc, DeploymentStatusDoc, JobDoc, WorkflowRunDoc } from '../records-ci.ts';
import {
  renderDeployment,
  renderDeploymentStatus,
  renderJob,
  renderRun,
  renderWorkflow,
} from '../render/actions.ts';
import { renderRepoLite } from '../render/repos.ts';
import { type Deed, invalid, stamp } from '../world.ts';
import { ensureSuite } from './checks.ts';
import { emit } from './emit.ts';

export async function createDeployment(
  deed: Deed,
  repo: RepoDoc,
  wish: { readonly ref: string; readonly environment: string; readonly description?: string | undefined },
): Promise<DeploymentDoc> {
  const { tx, world, actor } = deed;
  const sha = await world.git.commitOf(world.git.dirOf(repo), wish.ref);
  if (sha === null) throw invalid(`No ref found for: ${wish.ref}`);
  const deployment = tx.put('deployment', {
    id: tx.nextId(),
    repo: repo.id,
    sha,
    ref: wish.ref,
    environment: wish.environment,
    description: wish.description ?? null,
    user: actor.login,
    createdAt: stamp(world),
  });
  emit(deed, repo, 'deployment', 'created', {
    deployment: renderDeployment(world, tx, repo, deployment),
    workflow: null,
    workflow_run: null,
  });
  return deployment;
}

export function createDeploymentStatus(
  deed: Deed,
  repo: RepoDoc,
  deployment: DeploymentDoc,
  wish: Pick<DeploymentStatusDoc, 'state'> &
    Partial<Pick<DeploymentStatusDoc, 'description' | 'environmentUrl' | 'targetUrl' | 'logUrl'>>,
): DeploymentStatusDoc {
  const { tx, world, actor } = deed;
  const status = tx.put('deploymentStatus', {
    description: '',
    environmentUrl: '',
    targetUrl: '',
    logUrl: '',
    ...wish,
    id: tx.nextId(),
    repo: repo.id,
    deployment: deployment.id,
    user: actor.login,
    createdAt: stamp(world),
  });
  emit(deed, repo, 'deployment_status', 'created', {
    deployment_status: renderDeploymentStatus(world, tx, repo, status),
    deployment: renderDeployment(world, tx, repo, deployment),
  });
  return status;
}

export interface RunWish {
  readonly name: string;
  readonly branch: string;
  readonly event?: string;
  readonly conclusion: 'success' | 'failure' | 'cancelled' | 'skipped';
  readonly jobs: readonly {
    readonly name: string;
    readonly conclusion: 'success' | 'failure' | 'cancelled' | 'skipped';
    readonly log: string;
    readonly steps?: readonly { readonly name: string; readonly conclusion: string | null }[];
  }[];
}

/** Records a finished run of a workflow at a branch's tip and tells of it as Actions would. */
export async function recordRun(deed: Deed, repo: RepoDoc, wish: RunWish): Promise<WorkflowRunDoc> {
  const { tx, world, actor } = deed;
  const headSha = await world.git.commitOf(world.git.dirOf(repo), `refs/heads/${wish.branch}`);
  if (headSha === null) throw invalid(`No ref found for: ${wish.branch}`);
  const earlier = tx.list('workflowRun', (one) => one.repo === repo.id && one.name === wish.name);
  const now = stamp(world);
  const run = tx.put('workflowRun', {
    id: tx.nextId(),
    repo: repo.id,
    suite: ensureSuite(deed, repo, headSha, 'github-actions').id,
    workflow: earlier[0]?.workflow ?? tx.nextId(),
    name: wish.name,
    path: `.github/workflows/${wish.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.yml`,
    event: wish.event ?? 'push',
    headSha,
    headBranch: wish.branch,
    status: 'completed',
    conclusion: wish.conclusion,
    runNumber: earlier.length + 1,
    runAttempt: 1,
    actor: actor.login,
    createdAt: now,
    updatedAt: now,
  });
  for (const job of wish.jobs) recordJob(deed, repo, run, job);
  emit(deed, repo, 'workflow_run', 'completed', {
    workflow: renderWorkflow(world, repo, run),
    workflow_run: {
      ...(await renderRun(world, tx, repo, run)),
      repository: renderRepoLite(world, tx, repo),
    },
  });
  return run;
}

function recordJob(deed: Deed, repo: RepoDoc, run: WorkflowRunDoc, wish: RunWish['jobs'][number]): JobDoc {
  const { tx, world } = deed;
  const job = tx.put('job', {
    id: tx.nextId(),
    repo: repo.id,
    run: run.id,
    name: wish.name,
    status: 'completed',
    conclusion: wish.conclusion,
    steps: wish.steps ?? [{ name: 'Run', conclusion: wish.conclusion }],
    log: wish.log,
    startedAt: run.createdAt,
    completedAt: run.updatedAt,
  });
  emit(deed, repo, 'workflow_job', 'completed', { workflow_job: renderJob(world, tx, repo, job) });
  return job;
}
