/** What the operator allows, USD; null: no limit of that kind. */
export interface SpendingLimits {
  /** Of one task, whatever a repository or a person sets. */
  readonly taskUsd: number;
  readonly repositoryMonthUsd: number | null;
  /** Of all repositories of the installation together. */
  readonly monthUsd: number | null;
}

export const NO_SPENDING_LIMITS: SpendingLimits = {
  taskUsd: Number.POSITIVE_INFINITY,
  repositoryMonthUsd: null,
  monthUsd: null,
};

/** What one repository may spend in a month: the lower of what it sets itself and what the operator allows; null: no limit. */
export function repositoryMonthCap(
  setUsd: number | null,
  { repositoryMonthUsd }: SpendingLimits,
): number | null {
  const set = [setUsd, repositoryMonthUsd].filter((usd) => usd !== null);
  return set.length === 0 ? null : Math.min(...set);
}
