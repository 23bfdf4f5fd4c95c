// What a model call costs, and the most that the next one can cost. Pure arithmetic over token counts, so that a
// budget is checked before money is spent and not afterwards.
import { z } from 'zod';
import type { Usage } from './result-records.ts';

/** USD per million tokens. */
const ratesSchema = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cacheRead: z.number().min(0),
  /** Writing to the cache for 5 minutes, the only lifetime that the crew uses. */
  cacheWrite: z.number().min(0),
});

/** A model's prices; `longPrompt` are those of a call whose whole prompt is longer than `aboveTokens`. */
export const modelPricesSchema = ratesSchema.extend({
  longPrompt: ratesSchema.extend({ aboveTokens: z.int().positive() }).optional(),
});

/** Prices by model, as an operator sets them. */
export const pricesSchema = z.record(z.string(), modelPricesSchema);

export type Rates = z.infer<typeof ratesSchema>;
export type ModelPrices = z.infer<typeof modelPricesSchema>;
export type Prices = Readonly<Record<string, ModelPrices>>;

/** The token counts of one call or of several. */
export type TokenCounts = Pick<
  Usage,
  'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens'
>;

/**
 * List prices as they stood on 2026-10-24, from https://platform.claude.com/docs/en/about-claude/pricing. Cache
 * reads of Opus 5.5 and of Sonnet 5.5 (since 2026-10-07) cost 0.05 times the input price, those of Haiku 5.5 0.1
 * times; a 5 minute cache write costs 1.25 times the input price. Overridden by configuration.
 */
export const LIST_PRICES: Prices = {
  'claude-opus-5-5': { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  'claude-sonnet-5-5': { input: 2, output: 10, cacheRead: 0.1, cacheWrite: 2.5 },
  'claude-haiku-5-5': {
    input: 0.1,
    output: 0.5,
    cacheRead: 0.01,
    cacheWrite: 0.125,
    longPrompt: { aboveTokens: 100_000, input: 0.5, output: 2.5, cacheRead: 0.05, cacheWrite: 0.625 },
  },
};

/** A token is seldom shorter than this; the estimate of the worst case counts on no more. */
const BYTES_PER_TOKEN_AT_LEAST = 2;

const TOKENS_PER_PRICE = 1_000_000;

/** Cost in USD of one call. The sum of several calls is the sum of their costs, since a long prompt costs more. */
export function costOf(usage: TokenCounts, prices: ModelPrices): number {
  const promptTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
  const rates = ratesFor(promptTokens, prices);
  const total =
    usage.inputTokens * rates.input +
    usage.outputTokens * rates.output +
    usage.cacheReadTokens * rates.cacheRead +
    usage.cacheWriteTokens * rates.cacheWrite;
  return total / TOKENS_PER_PRICE;
}

/** The most tokens that a text of so many UTF-8 bytes is taken to have. */
export function mostTokensOf(bytes: number): number {
  return Math.ceil(bytes / BYTES_PER_TOKEN_AT_LEAST);
}

/** The most that a call can cost in USD: nothing is read from the cache and the answer is as long as it may be. */
export function mostCostOf(
  call: { readonly promptTokens: number; readonly maxOutputTokens: number },
  prices: ModelPrices,
): number {
  const rates = ratesFor(call.promptTokens, prices);
  const perPromptToken = Math.max(rates.input, rates.cacheWrite);
  return (call.promptTokens * perPromptToken + call.maxOutputTokens * rates.output) / TOKENS_PER_PRICE;
}

/** Whether a call of at most `mostUsd` keeps within the budget. An unreadable number is no. */
export function canAfford(budget: {
  readonly budgetUsd: number;
  readonly spentUsd: number;
  readonly mostUsd: number;
}): boolean {
  return budget.spentUsd + budget.mostUsd <= budget.budgetUsd;
}

export function addUsage(sum: Usage, more: Usage): Usage {
  return {
    model: more.model ?? sum.model,
    turns: sum.turns + more.turns,
    inputTokens: sum.inputTokens + more.inputTokens,
    outputTokens: sum.outputTokens + more.outputTokens,
    cacheReadTokens: sum.cacheReadTokens + more.cacheReadTokens,
    cacheWriteTokens: sum.cacheWriteTokens + more.cacheWriteTokens,
  };
}

export function noUsage(model: string | null): Usage {
  return { model, turns: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
}

function ratesFor(promptTokens: number, prices: ModelPrices): Rates {
  const { longPrompt } = prices;
  return longPrompt !== undefined && promptTokens > longPrompt.aboveTokens ? longPrompt : prices;
}
