/** A request as the prompt cache sees it: one row of blocks (tools, system, messages), some of them marked. */
import { createHash } from 'node:crypto';
import { blocksOf, type CountRequest } from './messages-request.ts';
import { canonicalJson, estimateTokens } from './tokens.ts';

export type Ttl = '5m' | '1h';

export interface CacheMark {
  /** Index of the marked block in `promptBlocks`. */
  readonly at: number;
  readonly ttl: Ttl;
}

export interface PromptBlock {
  readonly tokens: number;
  /** Hash of everything up to and including this block. */
  readonly prefix: string;
}

interface RawBlock {
  readonly text: string;
  readonly tokens: number;
  readonly mark: { readonly ttl?: Ttl | undefined } | null | undefined;
  readonly cacheable: boolean;
}

/** Blocks in cache order with the hash of the prefix that each one ends. */
export function promptBlocks(request: CountRequest): PromptBlock[] {
  const hash = createHash('sha256').update(request.model);
  return rawBlocks(request).map((block) => {
    hash.update('\0').update(block.text);
    return { tokens: block.tokens, prefix: hash.copy().digest('hex') };
  });
}

/** Every breakpoint in order: the blocks' own, and the top-level one on the last block that can be cached. */
export function cacheMarks(request: CountRequest): CacheMark[] {
  const blocks = rawBlocks(request);
  const marks = blocks.flatMap(({ mark }, at) => (mark ? [{ at, ttl: mark.ttl ?? '5m' }] : []));
  const top = request.cache_control;
  const last = blocks.findLastIndex((block) => block.cacheable);
  if (!top || last < 0 || marks.some((mark) => mark.at === last)) return marks;
  return [...marks, { at: last, ttl: top.ttl ?? '5m' }].toSorted((a, b) => a.at - b.at);
}

/**
 * The output format is part of the system prompt as the model reads it, and tool choice and thinking of the
 * messages: changing them misses the cache from there on. They cost no tokens in this account.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching#what-invalidates-the-cache
 */
function rawBlocks(request: CountRequest): RawBlock[] {
  const format = canonicalJson(request.output_config?.format ?? null);
  const manner = canonicalJson([request.tool_choice ?? null, request.thinking ?? null]);
  const system =
    typeof request.system === 'string' ? [{ type: 'text', text: request.system }] : request.system;
  return [
    ...(request.tools ?? []).map((tool) => rawBlock(tool, 'tool')),
    ...(system ?? []).map((block) => rawBlock(block, `system ${format}`)),
    ...request.messages.flatMap(({ role, content }) =>
      blocksOf(content).map((block) => rawBlock(block, `${role} ${format} ${manner}`)),
    ),
  ];
}

function rawBlock(block: { readonly [key: string]: unknown }, place: string): RawBlock {
  const text = block.type === 'text' ? String(block.text) : canonicalJson(block);
  return {
    text: `${place}\n${text}`,
    tokens: estimateTokens(text),
    mark: block.cache_control as RawBlock['mark'],
    cacheable: block.type !== 'thinking',
  };
}
