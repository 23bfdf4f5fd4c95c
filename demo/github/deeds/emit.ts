// Puts a webhook delivery into the outbox, in the transaction of the change it tells of.
import { randomUUID } from 'node:crypto';
import type { DeliveryDoc, InstallationDoc, RepoDoc } from '../records.ts';
import { type Rendered, renderUser } from '../render/accounts.ts';
import { renderHookRepo } from '../render/repos.ts';
import { type Deed, installationOf, nodeId, stamp } from '../world.ts';

/** An App gets these whether or not it asks for them. */
const alwaysSent = new Set(['installation', 'installation_repositories', 'ping']);

export function emit(deed: Deed, repo: RepoDoc, event: string, action: string | null, body: Rendered): void {
  const { world, tx, actor } = deed;
  const installation = installationOf(tx, repo);
  if (!installation || installation.suspendedAt !== null) return;
  enqueue(deed, installation, repo.id, event, action, {
    ...(action === null ? {} : { action }),
    ...body,
    repository: renderHookRepo(world, tx, repo),
    sender: renderUser(world, actor),
    installation: { id: installation.id, node_id: nodeId('IN', installation.id) },
  });
}

/** For events that belong to the installation rather than to a repository. */
export function emitForInstallation(
  deed: Deed,
  installation: InstallationDoc,
  event: string,
  action: string,
  body: Rendered,
): void {
  const sender = renderUser(deed.world, deed.actor);
  enqueue(deed, installation, null, event, action, { action, ...body, sender });
}

function enqueue(
  { world, tx }: Deed,
  installation: InstallationDoc,
  repo: number | null,
  event: string,
  action: string | null,
  payload: Rendered,
): void {
  if (!alwaysSent.has(event) && !world.app.events.includes(event)) return;
  world.conformance.checkWebhook(event, action, payload);
  const delivery: DeliveryDoc = {
    id: tx.nextId(),
    guid: randomUUID(),
    event,
    action,
    installation: installation.id,
    repo,
    payload: JSON.stringify(payload),
    redelivery: false,
    state: 'pending',
    createdAt: stamp(world),
    deliveredAt: null,
    durationMs: 0,
    statusCode: 0,
    status: 'pending',
    requestHeaders: {},
    responseHeaders: {},
    responseBody: '',
  };
  tx.put('delivery', delivery);
}
