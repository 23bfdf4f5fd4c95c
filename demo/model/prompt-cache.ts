/** The prompt cache's account: what a request reads from the cache, what it writes, and what it pays in full. */
import { type CacheMark, cacheMarks, type PromptBlock, promptBlocks, type Ttl } from './cache-marks.ts';
import type { CountRequest } from './messages-request.ts';
import { findModel } from './models.ts';

const TTL_MS = { '5m': 5 * 60_000, '1h': 60 * 60_000 } as const;
/** From each breakpoint the API looks back over at most this many blocks, the breakpoint's own included. */
const LOOKBACK_BLOCKS = 20;
/** Reaching this drops the oldest entry; a demo uses a few dozen. */
const MAX_ENTRIES = 10_000;

export interface InputUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  };
}

interface Entry {
  expiresAtMs: number;
  readonly ttlMs: number;
}

export class PromptCache {
  readonly #entries = new Map<string, Entry>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Accounts for one accepted request and writes its breakpoints. */
  account(request: CountRequest): InputUsage {
    const blocks = promptBlocks(request);
    const minimum = findModel(request.model)?.minCacheableTokens ?? 0;
    const ends = tokensUpTo(blocks);
    const marks = cacheMarks(request).filter((mark) => (ends[mark.at] ?? 0) >= minimum);

    const readTo = Math.max(-1, ...marks.map((mark) => this.#longestHit(blocks, mark.at)));
    const read = ends[readTo] ?? 0;
    const written = { '5m': 0, '1h': 0 } satisfies Record<Ttl, number>;
    let upTo = read;
    for (const mark of marks) {
      const end = ends[mark.at] ?? 0;
      if (end > upTo) {
        written[mark.ttl] += end - upTo;
        upTo = end;
      }
      this.#write(blocks, mark);
    }
    return {
      input_tokens: (ends.at(-1) ?? 0) - upTo,
      cache_creation_input_tokens: upTo - read,
      cache_read_input_tokens: read,
      cache_creation: { ephemeral_5m_input_tokens: written['5m'], ephemeral_1h_input_tokens: written['1h'] },
    };
  }

  /** Index of the last cached block at or before `from` within the lookback; a hit is refreshed. */
  #longestHit(blocks: readonly PromptBlock[], from: number): number {
    const nowMs = this.#now();
    for (let at = from; at >= 0 && at > from - LOOKBACK_BLOCKS; at -= 1) {
      const entry = this.#entries.get(blocks[at]?.prefix ?? '');
      if (!entry || entry.expiresAtMs <= nowMs) continue;
      entry.expiresAtMs = nowMs + entry.ttlMs;
      return at;
    }
    return -1;
  }

  #write(blocks: readonly PromptBlock[], mark: CacheMark): void {
    const prefix = blocks[mark.at]?.prefix;
    if (prefix === undefined) return;
    const ttlMs = TTL_MS[mark.ttl];
    this.#entries.delete(prefix);
    this.#entries.set(prefix, { ttlMs, expiresAtMs: this.#now() + ttlMs });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > MAX_ENTRIES && !oldest.done) this.#entries.delete(oldest.value);
  }
}

/** Tokens of the whole prompt, as POST /v1/messages/count_tokens answers them. */
export function countTokens(request: CountRequest): number {
  return tokensUpTo(promptBlocks(request)).at(-1) ?? 0;
}

function tokensUpTo(blocks: readonly PromptBlock[]): number[] {
  let sum = 0;
  return blocks.map((block) => {
    sum += block.tokens;
    return sum;
  });
}
