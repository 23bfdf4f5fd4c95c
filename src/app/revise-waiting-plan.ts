/** `/crew plan` where a plan or a question waits: the same task plans anew, upon what GitHub tells now. */
import type { Change } from '../core/change.ts';
import { revisePlan } from '../core/decide/revisions.ts';
import { UserError } from '../core/errors.ts';
import { PLAN_ROUNDS_MAX, roundsOf } from '../core/implement/plan-rounds.ts';
import { plannedTooOften, workRuns } from '../core/messages/commands.ts';
import type { Task } from '../core/records.ts';
import type { CommandContext } from './command.ts';

export async function reviseWaitingPlan(
  context: CommandContext,
  task: Task,
  note: string,
): Promise<readonly Change[]> {
  const { repository, subject, reader, actor, config } = context;
  const { request } = task;
  const records = await context.records(task.id);
  if (request.kind !== 'implement' || records === null) throw new UserError(workRuns(task));
  if (roundsOf(records).length >= PLAN_ROUNDS_MAX) throw new UserError(plannedTooOften(PLAN_ROUNDS_MAX));
  const baseBranch = repository.defaultBranch;
  const [issue, baseSha] = await Promise.all([
    reader.issue(repository, subject.number),
    reader.branchHead(repository, baseBranch),
  ]);
  // Whoever changes a plan wants to see what becomes of it; an answer leaves open what the question left open.
  const approval = task.state === 'awaiting_approval' ? ({ approval: 'required' } as const) : {};
  const fresh = { issue, baseBranch, baseSha, config: config.config, ...approval };
  return [revisePlan(task.id, request, fresh, { by: actor, note })];
}
