/** What `approve` and `run` share: an approval holds for the very plan, issue and commit that the person saw. */
import type { Change } from '../core/change.ts';
import { UserError } from '../core/errors.ts';
import { baseMoved, issueChanged, nothingAwaitsApproval } from '../core/messages/commands.ts';
import type { Task } from '../core/records.ts';
import type { CommandContext } from './command.ts';

export async function approveWaitingPlan(context: CommandContext, task: Task): Promise<readonly Change[]> {
  const plan = (await context.records(task.id))?.plan;
  if (plan?.state !== 'proposed' || task.request.kind !== 'implement')
    throw new UserError(nothingAwaitsApproval);
  const { baseBranch, baseSha, issue } = task.request;
  const [head, now] = await Promise.all([
    context.reader.branchHead(context.repository, baseBranch),
    context.reader.issue(context.repository, context.subject.number),
  ]);
  if (now.title !== issue.title || now.body !== issue.body) throw new UserError(issueChanged);
  if (head !== baseSha) throw new UserError(baseMoved(baseBranch, baseSha, head));
  return [{ kind: 'approve_plan', taskId: task.id, hash: plan.hash }];
}
