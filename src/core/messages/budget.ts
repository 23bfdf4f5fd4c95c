/** What is said when a limit on spending has no room for the next model call: which limit, what is spent, what it would need. */
import type { SpendingLimits } from '../spending-limits.ts';
import type { Reservation } from '../store-ports.ts';
import { usd } from './format.ts';

export function noRoom(
  { limit, budgetUsd, spentUsd, othersUsd }: Reservation,
  mostUsd: number,
  { taskUsd }: SpendingLimits,
): string {
  const others = othersUsd > 0 ? `, ${usd(othersUsd)} is set aside for calls that run now` : '';
  const whose = { task: "the task's budget", ...MONTHS }[limit];
  const spent = `Of ${whose} of ${usd(budgetUsd)}, ${usd(spentUsd)} is spent${others}`;
  const next = `the next call could cost ${usd(mostUsd)}, so it was not made.`;
  return `${spent}; ${next} ${whatItNeeds(limit, spentUsd + othersUsd + mostUsd, taskUsd)}`;
}

const MONTHS = {
  repository_month: "this repository's budget for the month",
  installation_month: "the installation's budget for the month",
};

function whatItNeeds(limit: Reservation['limit'], needsUsd: number, taskUsd: number): string {
  // Rounded up: a cent less would be refused again.
  const least = Math.ceil(needsUsd * 100 - 1e-6) / 100;
  switch (limit) {
    case 'task': {
      if (least > taskUsd) {
        return `To go on it needs at least ${usd(least)}, more than the ${usd(taskUsd)} that the operator allows a task (\`CREW_BUDGET_USD\`).`;
      }
      return `To go on it needs at least \`/crew budget ${least.toFixed(2)}\`.`;
    }
    case 'repository_month':
      return `To go on before the month ends (UTC), the limit must be at least ${usd(least)}: \`budget.per_month_usd\` in \`.github/crew.yml\`, or the operator's \`CREW_BUDGET_REPOSITORY_MONTH_USD\`, whichever is lower.`;
    case 'installation_month':
      return `To go on before the month ends (UTC), the operator's \`CREW_BUDGET_MONTH_USD\` must be at least ${usd(least)}.`;
  }
}
