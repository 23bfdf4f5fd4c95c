/** A delivery of the crew's own, for what no webhook tells: it goes the way of all others. Pure. */
import { createHash } from 'node:crypto';
import type { Delivery, Repository } from './records.ts';
import type { NewDelivery } from './store-ports.ts';

/** `said`: what a payload of this event holds besides its repository and its installation. */
export function ownDelivery(
  repository: Repository,
  { said, ...named }: Pick<Delivery, 'guid' | 'event' | 'action'> & { readonly said: object },
): NewDelivery {
  const { id, owner, name, defaultBranch, installationId } = repository;
  const body = JSON.stringify({
    ...said,
    repository: {
      id,
      name,
      owner: { login: owner },
      private: repository.private,
      default_branch: defaultBranch,
    },
    installation: { id: installationId },
  });
  return {
    ...named,
    body,
    bodyHash: createHash('sha256').update(body).digest('hex'),
    installationId,
    repository: `${owner}/${name}`,
  };
}
