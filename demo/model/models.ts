/** The models that the scripted server knows, with the limits that its refusals and its cache account need. */

export interface ModelFacts {
  readonly id: string;
  readonly displayName: string;
  readonly createdAt: string;
  readonly maxInputTokens: number;
  readonly maxOutputTokens: number;
  /** A shorter prefix is not cached, and nothing says so. 512 is published for Opus 5; the others are assumed. */
  readonly minCacheableTokens: number;
  /** What `thinking` may be. https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5 */
  readonly thinking: readonly ('adaptive' | 'between_tools' | 'disabled')[];
  /** Forced tool use (`tool_choice` any or tool) returns an error on these. */
  readonly forcedTools: boolean;
}

const SHARED = {
  createdAt: '2026-10-01T00:00:00Z',
  maxInputTokens: 1_000_000,
  maxOutputTokens: 128_000,
} as const;

export const MODELS: readonly ModelFacts[] = [
  {
    ...SHARED,
    id: 'claude-opus-5-5',
    displayName: 'Claude Opus 5.5',
    minCacheableTokens: 512,
    thinking: ['adaptive'],
    forcedTools: false,
  },
  {
    ...SHARED,
    id: 'claude-sonnet-5-5',
    displayName: 'Claude Sonnet 5.5',
    minCacheableTokens: 1024,
    thinking: ['adaptive', 'between_tools'],
    forcedTools: false,
  },
  {
    ...SHARED,
    id: 'claude-haiku-5-5',
    displayName: 'Claude Haiku 5.5',
    minCacheableTokens: 1024,
    thinking: ['adaptive', 'disabled'],
    forcedTools: true,
  },
];

export function findModel(id: string): ModelFacts | undefined {
  return MODELS.find((known) => known.id === id);
}

/** One entry of GET /v1/models. */
export function modelInfo(known: ModelFacts) {
  return {
    type: 'model',
    id: known.id,
    display_name: known.displayName,
    created_at: known.createdAt,
    deprecated_at: null,
    retires_at: null,
    lifecycle: 'active',
    line: known.id.split('-')[1] ?? null,
    max_input_tokens: known.maxInputTokens,
    max_tokens: known.maxOutputTokens,
    capabilities: null,
  };
}
