/** A webhook that should have come, as a delivery of ours: it goes the way of all others, under a GUID that every look gives it. Pure. */
import { createHash } from 'node:crypto';
import type { Actor } from '../event.ts';
import type { Delivery, Repository } from '../records.ts';
import type { Known, ListedItem, Owed, PullHead } from './standing-items.ts';

export type OwedDelivery = Pick<
  Delivery,
  'guid' | 'event' | 'action' | 'payload' | 'bodyHash' | 'installationId' | 'repository'
>;

export function owedDelivery({ repository, item, head }: Known, owed: Owed): OwedDelivery {
  const payload = {
    action: owed.action,
    ...(owed.event === 'issues'
      ? { issue: issueOf(item, owed) }
      : { pull_request: pullOf(item, owed, head) }),
    ...(owed.label === undefined ? {} : { label: { name: owed.label } }),
    ...(owed.previousBaseRef === undefined
      ? {}
      : { changes: { base: { ref: { from: owed.previousBaseRef } } } }),
    ...contextOf(repository),
    sender: userOf(owed.sender),
  };
  return {
    guid: `reconcile-${repository.id}-${owed.name}`,
    event: owed.event,
    action: owed.action,
    payload,
    bodyHash: createHash('sha256').update(JSON.stringify(payload)).digest('hex'),
    installationId: repository.installationId,
    repository: `${repository.owner}/${repository.name}`,
  };
}

function contextOf({ id, owner, name, defaultBranch, installationId, private: isPrivate }: Repository) {
  return {
    repository: { id, name, owner: { login: owner }, private: isPrivate, default_branch: defaultBranch },
    installation: { id: installationId },
  };
}

/** The time of what happened is the time that its webhook told: it names the request. */
function issueOf({ number, title, body, open, updatedAt }: ListedItem, { at }: Owed) {
  return { number, title, body, state: open ? 'open' : 'closed', updated_at: at ?? updatedAt };
}

function pullOf({ number, author, open, updatedAt }: ListedItem, { at }: Owed, head: PullHead | undefined) {
  return {
    number,
    user: userOf(author),
    state: open ? 'open' : 'closed',
    draft: head?.draft ?? false,
    updated_at: at ?? updatedAt,
    // Of one that is closed, or asked for by label, neither is read.
    head: { sha: head?.headSha ?? '' },
    base: { ref: head?.baseRef ?? '' },
  };
}

function userOf(actor: Actor | null) {
  return actor === null ? null : { login: actor.login, type: actor.isBot ? 'Bot' : 'User' };
}
