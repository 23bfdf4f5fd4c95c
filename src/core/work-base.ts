/** What the work of a task is built upon, and the commit on the default branch's side whose rules hold. Pure. */
import type { WorkspaceRequest } from './ports.ts';
import type { Task } from './records.ts';

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
      const { headSha, baseSha, number } = request.pullRequest;
      if (request.cause.kind === 'conflict') {
        const replay = { fromSha: baseSha, toSha: headSha };
        const { ontoSha } = request.cause;
        const alsoShas = [baseSha, headSha];
        return { checkout: { baseSha: ontoSha, pullRequest: number, alsoShas, replay }, rulesSha: ontoSha };
      }
      const checkout = { baseSha: headSha, pullRequest: number, alsoShas: [baseSha] };
      return { checkout, rulesSha: baseSha };
    }
    default:
      throw new Error(`${request.kind} changes nothing`);
  }
}
