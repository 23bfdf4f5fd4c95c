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
