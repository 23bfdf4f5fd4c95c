/** A webhook that should have come, as a delivery of ours: it goes the way of all others, under a GUID that every look gives it. Pure. */
import type { Actor } from '../event.ts';
import { ownDelivery } from '../own-delivery.ts';
import type { NewDelivery } from '../store-ports.ts';
import type { Known, ListedItem, Owed, PullHead } from './standing-items.ts';

export function owedDelivery({ repository, item, head }: Known, owed: Owed): NewDelivery {
  const { event, action, label, previousBaseRef } = owed;
  const said = {
    action,
    ...(event === 'issues' ? { issue: issueOf(item, owed) } : { pull_request: pullOf(item, owed, head) }),
    ...(label === undefined ? {} : { label: { name: label } }),
    ...(previousBaseRef === undefined ? {} : { changes: { base: { ref: { from: previousBaseRef } } } }),
    sender: userOf(owed.sender),
  };
  return ownDelivery(repository, { guid: `reconcile-${repository.id}-${owed.name}`, event, action, said });
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
