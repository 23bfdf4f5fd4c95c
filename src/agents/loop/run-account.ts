// What one agent run has used and cost so far, and the most that its next call can cost.
import type { BetaUsage } from '@anthropic-ai/sdk/resources/beta';
import { addUsage, costOf, type ModelPrices, mostCostOf, mostTokensOf, noUsage } from '../../core/budget.ts';
import type { Usage } from '../../core/result-records.ts';

export class RunAccount {
  usage: Usage;
  costUsd = 0;
  readonly #model: string;
  readonly #prices: ModelPrices;
  /** Counted by the API for what was sent so far. */
  #countedTokens = 0;
  /** Estimated for what was added since. */
  #addedTokens = 0;

  constructor(model: string, prices: ModelPrices) {
    this.#model = model;
    this.#prices = prices;
    this.usage = noUsage(model);
  }

  /** The most tokens that the next prompt can have. */
  get promptTokens(): number {
    return this.#countedTokens + this.#addedTokens;
  }

  /** Notes what the next prompt has more than the last one. */
  add(content: unknown): void {
    this.#addedTokens += mostTokensOf(Buffer.byteLength(JSON.stringify(content)));
  }

  /** USD that the next call can cost at most. */
  mostUsd(maxOutputTokens: number): number {
    return mostCostOf({ promptTokens: this.promptTokens, maxOutputTokens }, this.#prices);
  }

  /** Adds a call. A cut one counts with what it was seen to use, and does not tell how long the prompt is. */
  record(used: BetaUsage, ended: 'whole' | 'cut'): { readonly usage: Usage; readonly costUsd: number } {
    const usage: Usage = {
      model: this.#model,
      turns: ended === 'whole' ? 1 : 0,
      inputTokens: used.input_tokens,
      outputTokens: used.output_tokens,
      cacheReadTokens: used.cache_read_input_tokens ?? 0,
      cacheWriteTokens: used.cache_creation_input_tokens ?? 0,
    };
    const costUsd = costOf(usage, this.#prices);
    this.usage = addUsage(this.usage, usage);
    this.costUsd += costUsd;
    if (ended === 'whole') {
      const promptTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
      this.#countedTokens = promptTokens + usage.outputTokens;
      this.#addedTokens = 0;
    }
    return { usage, costUsd };
  }
}
