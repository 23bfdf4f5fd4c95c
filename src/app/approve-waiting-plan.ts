/** What `approve` and `run` share: an approval holds for the very plan, issue and commit that the person saw, and that still stand. */
import type { Change } from '../core/change.ts';
import { UserError } from '../core/errors.ts';
import {
  approvalTakesNothing,
  baseMoved,
  issueChanged,
  nothingAwaitsApproval,
  planIsNewer,
} from '../core/messages/commands.ts';
import type { Plan, Task } from '../core/records.ts';
import type { CommandContext } from './command.ts';

/**
 * How far GitHub's clock, which tells whole seconds, may be behind ours. Beyond that, whoever approves a plan within that of its
 * making has to write it again.
 */
const CLOCKS_APART_MS = 5_000;

/** `words`: what was written after the command; a condition would not be heard, nor another plan than the one that waits be meant. */
export async function approveWaitingPlan(
  context: CommandContext,
  task: Task,
  words: string,
): Promise<readonly Change[]> {
  if (words !== '') throw new UserError(approvalTakesNothing);
  const plan = (await context.records(task.id))?.plan;
  if (plan?.state !== 'proposed' || task.request.kind !== 'implement')
    throw new UserError(nothingAwaitsApproval);
  if (wasWrittenBefore(context, task, plan)) throw new UserError(planIsNewer(plan.version));
  const { baseBranch, baseSha, issue } = task.request;
  const { repository, subject, reader, present } = context;
  const [head, ...read] = await Promise.all([
    present.branchHead(repository, baseBranch),
    reader.issue(repository, subject.number),
    present.issue(repository, subject.number),
  ]);
  const isChanged = read.some(({ title, body }) => title !== issue.title || body !== issue.body);
  if (isChanged) throw new UserError(issueChanged);
  if (head !== baseSha) throw new UserError(baseMoved(baseBranch, baseSha, head));
  return [{ kind: 'approve_plan', taskId: task.id, hash: plan.hash }];
}

/**
 * A delivery may be handled hours late: an approval from before this plan was there, or was asked for, is of another. The latter is told
 * by GitHub's clock alone.
 */
function wasWrittenBefore({ writtenAt }: CommandContext, { askedAt }: Task, { createdAt }: Plan): boolean {
  if (writtenAt === null) return false;
  const at = Date.parse(writtenAt);
  return at + CLOCKS_APART_MS < Date.parse(createdAt) || (askedAt !== null && at < Date.parse(askedAt));
}
