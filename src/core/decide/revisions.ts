/** A further round of planning in the same task: what the writer said, upon the issue and the code as they are now. Pure. */
import type { Change } from '../change.ts';
import { type RepoConfig, toTaskConfig } from '../repo-config.ts';
import type { ImplementRequest, Revision } from '../request-records.ts';

export interface Fresh {
  readonly issue: ImplementRequest['issue'];
  readonly baseBranch: string;
  /** Its head. */
  readonly baseSha: string;
  readonly config: RepoConfig;
  /** Left out: as the task was asked for. */
  readonly approval?: ImplementRequest['approval'];
}

export function revisePlan(
  taskId: string,
  request: ImplementRequest,
  { config, ...fresh }: Fresh,
  said: Revision,
): Change {
  const revisions = [...(request.revisions ?? []), said];
  return {
    kind: 'revise_plan',
    taskId,
    note: said.note,
    request: { ...request, ...fresh, revisions, config: toTaskConfig(config) },
  };
}
