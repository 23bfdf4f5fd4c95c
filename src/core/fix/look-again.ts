/**
 * A look at a pull request of the crew's own as it stands, as a delivery of ours: what its checks and its base said while nobody
 * listened, before it was written down or while a round ran, is told by nobody again. Pure.
 */
import { ownDelivery } from '../own-delivery.ts';
import type { Repository, TaskState } from '../records.ts';
import type { NewDelivery, TaskRecords } from '../store-ports.ts';

/** What was stopped, or ran out of money, begins nothing by itself. */
const LOOKS_AT: readonly TaskState[] = ['done', 'failed'];

/** The pull request's branch, where a task that ends so is to be followed by a look; else null. */
export function branchToLookAt({ task, effects }: TaskRecords, to: TaskState): string | null {
  const { request } = task;
  if (!LOOKS_AT.includes(to)) return null;
  if (request.kind === 'fix') return request.pullRequest.headRef;
  if (request.kind === 'review') {
    const { author, fromFork, headRef } = request.pullRequest;
    return author.endsWith('[bot]') && !fromFork ? headRef : null;
  }
  // Without GitHub nothing has an address.
  const isOpened = effects.some(
    ({ action, outcome }) => action.kind === 'open_pull_request' && outcome !== null && outcome.url !== null,
  );
  return request.kind === 'implement' && isOpened ? request.branch : null;
}

/** As a commit status that names no commit: it is of the head, whichever that is. */
export function lookAt(repository: Repository, branch: string, guid: string): NewDelivery {
  const said = {
    sha: null,
    state: 'success',
    branches: [{ name: branch, commit: { sha: null } }],
    sender: null,
    // Each look is one of its own, in the same words.
    look: guid,
  };
  return ownDelivery(repository, { guid, event: 'status', action: null, said });
}
