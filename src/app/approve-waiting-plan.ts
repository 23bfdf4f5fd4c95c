/** What `approve` and `run` share: an approval holds for the very plan, issue and commit that the person saw. */
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

/** GitHub tells whole seconds, and its clock and ours differ a little. Nobody reads a plan in less. */
const CLOCKS_APART_MS = 2_000;

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
  if (wasWrittenBefore(context, plan)) throw new UserError(planIsNewer(plan.version));
  const { baseBranch, baseSha, issue } = task.request;
  const [head, now] = await Promise.all([
    context.reader.branchHead(context.repository, baseBranch),
    context.reader.issue(context.repository, context.subject.number),
  ]);
  if (now.title !== issue.title || now.body !== issue.body) throw new UserError(issueChanged);
  if (head !== baseSha) throw new UserError(baseMoved(baseBranch, baseSha, head));
  return [{ kind: 'approve_plan', taskId: task.id, hash: plan.hash }];
}

/** A delivery may be handled hours late: an approval of the plan before this one approves nothing. */
function wasWrittenBefore({ writtenAt }: CommandContext, { createdAt }: Plan): boolean {
  return writtenAt !== null && Date.parse(writtenAt) + CLOCKS_APART_MS < Date.parse(createdAt);
}
