// Tool calls whose input did not arrive whole. The SDK makes the best of torn JSON: it keeps the fields that were complete,
// and would run a tool with half of what was meant.
import type { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream';
import type { BetaRunnableTool } from '@anthropic-ai/sdk/lib/tools/BetaRunnableTool';
import { ToolError } from '@anthropic-ai/sdk/lib/tools/ToolError';

const TORN = 'The input of this call did not arrive whole, so nothing was done. Make the call once more.';

export class TornCalls {
  readonly #torn = new Set<string>();

  /** Reads along while a reply streams. */
  watch(stream: BetaMessageStream): void {
    const inputs = new Map<number, { readonly id: string; json: string }>();
    stream.on('streamEvent', (event) => {
      if (event.type === 'content_block_start' && event.content_block.type === 'tool_use') {
        inputs.set(event.index, { id: event.content_block.id, json: '' });
      }
      if (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta') {
        const input = inputs.get(event.index);
        if (input !== undefined) input.json += event.delta.partial_json;
      }
      if (event.type !== 'content_block_stop') return;
      const input = inputs.get(event.index);
      if (input !== undefined && !isWhole(input.json)) this.#torn.add(input.id);
    });
  }

  /** The same tools, which refuse such calls. */
  guard(tools: readonly BetaRunnableTool[]): BetaRunnableTool[] {
    return tools.map((tool) => ({
      ...tool,
      run: (input, call) => {
        if (call?.toolUse !== undefined && this.#torn.has(call.toolUse.id)) throw new ToolError(TORN);
        return tool.run(input, call);
      },
    }));
  }
}

/** A call without any input is whole: the tool says what it misses. */
function isWhole(json: string): boolean {
  if (json === '') return true;
  try {
    JSON.parse(json);
    return true;
  } catch {
    return false;
  }
}
