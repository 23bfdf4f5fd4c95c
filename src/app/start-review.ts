/** What commands share that start a review: what people did to earlier findings is settled before they are judged again. */
import type { Change } from '../core/change.ts';
import { settledByPeople, withoutThread } from '../core/decide/dismissals.ts';
import { reviewTask, sinceOf, supersede } from '../core/decide/requests.ts';
import type { PullRequestSnapshot } from '../core/request-records.ts';
import type { CommandContext } from './command.ts';
import { deletedComments } from './deleted-comments.ts';

/** `full`: all is read, not only what changed since the last review. */
export async function startReview(
  context: CommandContext,
  pullRequest: PullRequestSnapshot,
  full: boolean,
): Promise<readonly Change[]> {
  const { repository, tasks, requestKey, config, actor } = context;
  const since = sinceOf(tasks);
  const settled = since === null ? [] : await settledNow(context);
  const asked = { repository, requestKey, requester: actor, config };
  return [
    ...supersede(tasks, pullRequest),
    ...settled,
    ...reviewTask(asked, pullRequest, full ? null : since),
  ];
}

async function settledNow(context: CommandContext) {
  const { repository, subject, reader, tasks } = context;
  const findings = await context.findings();
  if (findings.length === 0) return [];
  const discussed = { findings, threads: await reader.threads(repository, subject.number), tasks };
  const lost = withoutThread(discussed);
  return settledByPeople(discussed, await deletedComments({ ...context, findings: lost }));
}
