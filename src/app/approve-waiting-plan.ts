/** What `approve` and `run` share: an approval holds for the very plan and the very commit that the person saw. */
import type { Change } from '../core/change.ts';
import { UserError } from '../core/errors.ts';
import { baseMoved, nothingAwaitsApproval } from '../core/messages/commands.ts';
import type { Task } from '../core/records.ts';
import type { CommandContext } from './command.ts';

export async function approveWaitingPlan(context: CommandContext, task: Task): Promise<readonly Change[]> {
  const plan = (await context.records(task.id))?.plan;
  if (plan?.state !== 'proposed' || task.request.kind !== 'implement')
    throw new UserError(nothingAwaitsApproval);
  const { baseBranch, baseSha } = task.request;
  const head = await context.reader.branchHead(context.repository, baseBranch);
  if (head !== baseSha) throw new UserError(baseMoved(baseBranch, baseSha, head));
  return [{ kind: 'approve_plan', taskId: task.id, hash: plan.hash }];
}
