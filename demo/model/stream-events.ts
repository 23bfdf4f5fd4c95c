/** A reply as the server-sent events of the streaming API. https://platform.claude.com/docs/en/build-with-claude/streaming */
import type { Fault } from './faults.ts';
import type { Reply, ReplyBlock } from './reply.ts';

export interface StreamEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Pieces as small as a few words, so that a reader sees several deltas for every block. */
const PIECE = /[\s\S]{1,64}/gu;

export function* streamEvents(reply: Reply, fault: Fault | undefined): Generator<StreamEvent> {
  const { output_tokens: _, ...input } = reply.usage;
  yield {
    type: 'message_start',
    message: {
      ...reply,
      content: [],
      stop_reason: null,
      stop_details: null,
      usage: { ...input, output_tokens: 1 },
    },
  };
  yield { type: 'ping' };
  for (const [index, block] of reply.content.entries()) {
    yield { type: 'content_block_start', index, content_block: emptied(block) };
    for (const delta of deltas(block, fault)) yield { type: 'content_block_delta', index, delta };
    yield { type: 'content_block_stop', index };
  }
  const { stop_reason, stop_sequence, stop_details, container } = reply;
  yield {
    type: 'message_delta',
    delta: { stop_reason, stop_sequence, stop_details, container },
    usage: { ...reply.usage },
  };
  yield { type: 'message_stop' };
}

export function encodeEvent(event: StreamEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function emptied(block: ReplyBlock) {
  switch (block.type) {
    case 'thinking':
      return { ...block, thinking: '', signature: '' };
    case 'text':
      return { ...block, text: '' };
    case 'tool_use':
      return { ...block, input: {} };
  }
}

function* deltas(block: ReplyBlock, fault: Fault | undefined): Generator<Readonly<Record<string, string>>> {
  switch (block.type) {
    case 'thinking':
      for (const thinking of pieces(block.thinking)) yield { type: 'thinking_delta', thinking };
      yield { type: 'signature_delta', signature: block.signature };
      return;
    case 'text':
      for (const text of pieces(block.text)) yield { type: 'text_delta', text };
      return;
    case 'tool_use': {
      const json = JSON.stringify(block.input);
      yield { type: 'input_json_delta', partial_json: '' };
      for (const partial_json of pieces(fault?.kind === 'truncated-json' ? torn(json, fault) : json)) {
        yield { type: 'input_json_delta', partial_json };
      }
    }
  }
}

function torn(json: string, { lostChars = Math.ceil(json.length / 3) }: Fault): string {
  return json.slice(0, -lostChars);
}

function pieces(text: string): readonly string[] {
  return text.match(PIECE) ?? [];
}
