import { describe, expect, it } from 'vitest';
import { noRoom } from '../../src/core/messages/budget.ts';
import type { SpendingLimits } from '../../src/core/spending-limits.ts';
import type { Reservation } from '../../src/core/store-ports.ts';

const limits: SpendingLimits = { taskUsd: 10, repositoryMonthUsd: 50, monthUsd: 500 };
const reservation = (change: Partial<Reservation>): Reservation => ({
  granted: false,
  limit: 'task',
  budgetUsd: 5,
  spentUsd: 4.5,
  othersUsd: 0,
  ...change,
});

describe('a call for which there is no room', () => {
  it.each<[string, Partial<Reservation>, number, string]>([
    [
      'the task’s budget, with the command that makes room',
      {},
      0.801,
      "Of the task's budget of $5.00, $4.50 is spent; the next call could cost $0.80, so it was not made. To go on it needs at least `/crew budget 5.31`.",
    ],
    [
      'what others have set aside',
      { othersUsd: 0.25 },
      0.3,
      "Of the task's budget of $5.00, $4.50 is spent, $0.25 is set aside for calls that run now; the next call could cost $0.30, so it was not made. To go on it needs at least `/crew budget 5.05`.",
    ],
    [
      'a need beyond the operator’s limit',
      {},
      6,
      "Of the task's budget of $5.00, $4.50 is spent; the next call could cost $6.00, so it was not made. To go on it needs at least $10.50, more than the $10.00 that the operator allows a task (`CREW_BUDGET_USD`).",
    ],
    [
      'the repository’s month',
      { limit: 'repository_month', budgetUsd: 50, spentUsd: 49.9 },
      0.2,
      "Of this repository's budget for the month of $50.00, $49.90 is spent; the next call could cost $0.20, so it was not made. To go on before the month ends (UTC), the limit must be at least $50.10: `budget.per_month_usd` in `.github/crew.yml`, or the operator's `CREW_BUDGET_REPOSITORY_MONTH_USD`, whichever is lower.",
    ],
    [
      'the installation’s month',
      { limit: 'installation_month', budgetUsd: 500, spentUsd: 499.99 },
      0.02,
      "Of the installation's budget for the month of $500.00, $499.99 is spent; the next call could cost $0.02, so it was not made. To go on before the month ends (UTC), the operator's `CREW_BUDGET_MONTH_USD` must be at least $500.01.",
    ],
  ])('is told with %s', (_what, change, mostUsd, said) => {
    expect(noRoom(reservation(change), mostUsd, limits)).toBe(said);
  });
});
