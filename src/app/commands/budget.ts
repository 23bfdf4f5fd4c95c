/** Sets what the newest task here may cost, within the operator's limit; alone, tells what is spent. */
import { isOpen } from '../../core/decide/requests.ts';
import { UserError } from '../../core/errors.ts';
import * as say from '../../core/messages/steering.ts';
import { isOverMonth } from '../../core/next-steps/failure.ts';
import type { Task } from '../../core/records.ts';
import { repositoryMonthCap } from '../../core/spending-limits.ts';
import type { Command, CommandContext } from '../command.ts';

const AMOUNT = /^\$?(\d{1,6}(?:\.\d{1,2})?)$/;

export const command: Command = {
  name: 'budget',
  summary:
    'Sets what the newest task here may cost, and takes it up again if it ran out; alone, tells what is spent.',
  usage: '/crew budget [amount in USD]',
  access: 'write',
  on: ['issue', 'pull_request'],
  onlyOpen: false,
  run: async (context, args) => {
    const task = context.tasks.find(isOpen) ?? context.tasks[0];
    if (args === '') return [context.reply(await told(context, task))];
    const budgetUsd = Number(AMOUNT.exec(args)?.[1] ?? 0);
    if (!(budgetUsd > 0)) throw new UserError(say.budgetUsage);
    if (task === undefined) throw new UserError(say.nothingToBudget);
    refuse(context, task, budgetUsd);
    const goesOn = task.state === 'over_budget' && !(await endedAtMonth(context, task));
    return [
      { kind: 'set_budget', taskId: task.id, budgetUsd },
      ...(goesOn ? [{ kind: 'reopen_task', taskId: task.id } as const] : []),
      context.reply(say.budgetSet(task, budgetUsd, goesOn)),
    ];
  },
};

async function endedAtMonth({ records }: CommandContext, { id }: Task): Promise<boolean> {
  const known = await records(id);
  return known !== null && isOverMonth(known);
}

function refuse({ limits }: CommandContext, task: Task, budgetUsd: number): void {
  if (task.state === 'done') throw new UserError(say.taskIsOver(task));
  if (budgetUsd > limits.taskUsd) throw new UserError(say.budgetOverLimit(budgetUsd, limits.taskUsd));
  if (budgetUsd < task.costUsd) throw new UserError(say.budgetBelowSpent(budgetUsd, task.costUsd));
}

async function told(
  { config, limits, now, spentInMonth }: CommandContext,
  task: Task | undefined,
): Promise<string> {
  const limitUsd = repositoryMonthCap(config.config.budget.per_month_usd ?? null, limits);
  return say.budgetTold(task, { now, spentUsd: await spentInMonth(), limitUsd });
}
