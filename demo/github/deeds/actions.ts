// Deployments and what became of them.

import type { RepoDoc } from '../records.ts';
import type { DeploymentDoc, DeploymentStatusDoc } from '../records-ci.ts';
import { renderDeployment, renderDeploymentStatus } from '../render/actions.ts';
import { type Deed, invalid, stamp } from '../world.ts';
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
