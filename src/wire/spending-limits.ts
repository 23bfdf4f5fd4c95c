/** What the operator allows to be spent, as every part is told it. */
import type { Config } from '../config.ts';
import type { SpendingLimits } from '../core/spending-limits.ts';

export function spendingLimits({ budgetUsd, monthBudgets }: Config): SpendingLimits {
  const { repositoryUsd, allUsd } = monthBudgets;
  return { taskUsd: budgetUsd, repositoryMonthUsd: repositoryUsd, monthUsd: allUsd };
}
