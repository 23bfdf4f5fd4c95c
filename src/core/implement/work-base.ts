/** What the work of a task is built upon, and the commit on the default branch's side whose rules hold. Pure. */

import type { Task } from '../records.ts';
import type { WorkspaceRequest } from '../workspace-ports.ts';
import { fixBaseOf } from './commits.ts';

export interface WorkBase {
  readonly checkout: Pick<WorkspaceRequest, 'baseSha' | 'pullRequest' | 'alsoShas' | 'replay'>;
  readonly rulesSha: string;
}

/** Throws for a task that changes nothing. A pull request that can no longer be merged is made anew upon its base. */
export function workBaseOf({ request }: Pick<Task, 'request'>): WorkBase {
  switch (request.kind) {
    case 'implement':
      return { checkout: { baseSha: request.baseSha }, rulesSha: request.baseSha };
    case 'fix': {
      const { number, headSha, baseSha: rulesSha } = request.pullRequest;
      const { baseSha, replay } = fixBaseOf(request);
      const checkout = { baseSha, replay, pullRequest: number, alsoShas: [rulesSha, headSha] };
      return { checkout, rulesSha: replay === null ? rulesSha : baseSha };
    }
    default:
      throw new Error(`${request.kind} changes nothing`);
  }
}
