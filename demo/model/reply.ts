/** Makes the Messages API's reply out of what the script does, with thinking, stop reason and usage. */
import type { Fault, FaultKind } from './faults.ts';
import type { MessagesRequest } from './messages-request.ts';
import type { Move } from './play.ts';
import type { InputUsage } from './prompt-cache.ts';
import { signThinking } from './thinking.ts';
import { estimateTokens } from './tokens.ts';

export type ReplyBlock =
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'text'; readonly text: string; readonly citations: null }
  | {
      readonly type: 'tool_use';
      readonly id: string;
      readonly name: string;
      readonly input: Readonly<Record<string, unknown>>;
      readonly caller: { readonly type: 'direct' };
    };

export interface Reply {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly ReplyBlock[];
  readonly container: null;
  readonly diagnostics: null;
  readonly stop_reason: 'end_turn' | 'tool_use' | 'max_tokens' | 'refusal';
  readonly stop_sequence: null;
  readonly stop_details: {
    readonly type: 'refusal';
    readonly category: null;
    readonly explanation: string;
  } | null;
  readonly usage: Usage;
}

export type Usage = InputUsage & {
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly thinking_tokens: number };
  readonly server_tool_use: null;
  readonly service_tier: 'standard';
  readonly inference_geo: null;
  readonly speed: null;
};

interface ReplyParts {
  readonly id: string;
  readonly request: MessagesRequest;
  readonly move: Move;
  readonly input: InputUsage;
  readonly fault: Fault | undefined;
}

export function makeReply({ id, request, move, input, fault: struck }: ReplyParts): Reply {
  const fault = struck?.kind;
  const thinkingTokens = estimateTokens(move.thought);
  const whole = fault === 'refusal' ? [] : contentOf(request, move);
  const needed = thinkingTokens + outputTokens(whole);
  const tooLong = needed > request.max_tokens || fault === 'max-tokens';
  const allowed = fault === 'max-tokens' ? Math.floor(needed / 2) : request.max_tokens;
  const content = tooLong ? cutToTokens(whole, allowed - thinkingTokens) : whole;
  return {
    id,
    type: 'message',
    role: 'assistant',
    model: request.model,
    content: fault === 'truncated-json' ? content.map(truncateText) : content,
    container: null,
    diagnostics: null,
    stop_reason: stopReason(move, fault, tooLong),
    stop_sequence: null,
    stop_details:
      fault === 'refusal'
        ? {
            type: 'refusal',
            category: null,
            explanation: 'The request was refused by a fault of the scripted model.',
          }
        : null,
    usage: {
      ...input,
      output_tokens: struck?.outputTokens ?? (tooLong ? Math.max(0, allowed) : needed),
      output_tokens_details: { thinking_tokens: thinkingTokens },
      server_tool_use: null,
      service_tier: 'standard',
      inference_geo: null,
      speed: null,
    },
  };
}

/**
 * Text around tool calls comes back in thinking blocks, empty unless `display` asks for a summary.
 * https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5#text-between-tool-calls
 */
function contentOf({ thinking, model }: MessagesRequest, move: Move): ReplyBlock[] {
  const type = thinking?.type ?? 'adaptive';
  const shown = thinking && 'display' in thinking && thinking.display === 'summarized' ? move.thought : '';
  const thought: ReplyBlock = { type: 'thinking', thinking: shown, signature: signThinking(model, shown) };
  const thinks = type === 'adaptive' || (type === 'between_tools' && move.calls.length > 0 && move.turn > 1);
  const spoken =
    type === 'disabled' && move.thought !== '' && move.calls.length > 0 ? move.thought : move.text;
  return [
    ...(thinks ? [thought] : []),
    ...(spoken ? [{ type: 'text' as const, text: spoken, citations: null }] : []),
    ...move.calls.map((call) => ({
      type: 'tool_use' as const,
      ...call,
      caller: { type: 'direct' as const },
    })),
  ];
}

function stopReason(move: Move, fault: FaultKind | undefined, tooLong: boolean): Reply['stop_reason'] {
  if (fault === 'refusal') return 'refusal';
  if (tooLong) return 'max_tokens';
  return move.calls.length > 0 ? 'tool_use' : 'end_turn';
}

function outputTokens(content: readonly ReplyBlock[]): number {
  return content.reduce((sum, block) => {
    if (block.type === 'text') return sum + estimateTokens(block.text);
    return block.type === 'tool_use' ? sum + estimateTokens(block.name + JSON.stringify(block.input)) : sum;
  }, 0);
}

/** What fits: text is cut where the tokens end, a tool call that does not fit is left out. */
function cutToTokens(content: readonly ReplyBlock[], tokens: number): ReplyBlock[] {
  let left = tokens;
  return content.flatMap((block): ReplyBlock[] => {
    if (block.type === 'thinking') return tokens > 0 ? [block] : [];
    const size = outputTokens([block]);
    const fits = size <= left;
    const room = Math.max(0, left);
    left -= size;
    if (fits) return [block];
    if (block.type !== 'text' || room === 0) return [];
    return [{ ...block, text: block.text.slice(0, room * 4) }];
  });
}

function truncateText(block: ReplyBlock): ReplyBlock {
  return block.type === 'text'
    ? { ...block, text: block.text.slice(0, Math.floor(block.text.length / 2)) }
    : block;
}
