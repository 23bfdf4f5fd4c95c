// The caps of a run, apart from the budget that it shares with others: each checked before a model call is made. Reaching
// one ends the run with a sentence for people.
import { canAfford } from '../../core/budget.ts';
import { RunEndedError } from '../../core/errors.ts';
import { LOOP_LIMITS } from './loop-limits.ts';
import type { RunAccount } from './run-account.ts';

export interface RunLimits {
  readonly maxTurns: number;
  /** `max_tokens` of each call. */
  readonly maxOutputTokens: number;
  /** Of the role, for this job. */
  readonly maxCostUsd: number;
}

/** Throws RunEndedError when no further turn may be taken. */
export function checkTurns(account: RunAccount, { maxTurns }: RunLimits): void {
  if (account.usage.turns < maxTurns) return;
  throw new RunEndedError('limit_reached', `The limit of ${maxTurns} turns was reached without an answer.`);
}

/** Throws RunEndedError when the next call would break a cap, or could. */
export function checkNextCall(account: RunAccount, limits: RunLimits): void {
  checkTurns(account, limits);
  const tokens = account.promptTokens;
  if (tokens > LOOP_LIMITS.promptTokens) {
    const most = LOOP_LIMITS.promptTokens.toLocaleString('en-US');
    throw new RunEndedError('limit_reached', `The conversation grew beyond the limit of ${most} tokens.`);
  }
  const spentUsd = account.costUsd;
  const mostUsd = account.mostUsd(limits.maxOutputTokens);
  const next = `$${spentUsd.toFixed(2)} is spent and the next call can cost $${mostUsd.toFixed(2)}`;
  if (!canAfford({ budgetUsd: limits.maxCostUsd, spentUsd, mostUsd })) {
    const cap = `This role may spend $${limits.maxCostUsd.toFixed(2)} on a job`;
    throw new RunEndedError('limit_reached', `${cap}, ${next}.`);
  }
}
