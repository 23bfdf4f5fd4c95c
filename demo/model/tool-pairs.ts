/** The rule that every tool_use is answered by tool_result blocks at the very start of the next message, and only there. */
import { ApiError } from './api-error.ts';
import { blocksOf, type ContentBlock, type RequestMessage } from './messages-request.ts';

export function refuseToolPairs(messages: readonly RequestMessage[]): void {
  const seen = new Set<string>();
  for (const [at, message] of messages.entries()) {
    const uses = message.role === 'assistant' ? toolUseIds(blocksOf(message.content)) : [];
    for (const id of uses) {
      if (seen.has(id)) invalid('messages: `tool_use` ids must be unique');
      seen.add(id);
    }
    refuseUnanswered(at, uses, messages[at + 1]);
    refuseStray(at, message, messages[at - 1]);
  }
}

function refuseUnanswered(at: number, uses: readonly string[], next: RequestMessage | undefined): void {
  if (uses.length === 0) return;
  const answered = next?.role === 'user' ? leadingResults(blocksOf(next.content)) : [];
  const missing = uses.filter((id) => !answered.includes(id));
  if (missing.length > 0) {
    invalid(
      `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
  }
}

function refuseStray(at: number, message: RequestMessage, previous: RequestMessage | undefined): void {
  const asked = previous?.role === 'assistant' ? toolUseIds(blocksOf(previous.content)) : [];
  const answered = new Set<string>();
  for (const [index, block] of blocksOf(message.content).entries()) {
    if (block.type === 'tool_use' && message.role !== 'assistant') {
      invalid(`messages.${at}: \`tool_use\` blocks can only be in \`assistant\` messages`);
    }
    if (block.type !== 'tool_result') continue;
    const id = String(block.tool_use_id);
    if (message.role !== 'user') {
      invalid(`messages.${at}: \`tool_result\` blocks can only be in \`user\` messages`);
    }
    if (!asked.includes(id)) {
      invalid(
        `messages.${at}.content.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    }
    if (answered.has(id)) {
      invalid(
        `messages.${at}.content.${index}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
      );
    }
    answered.add(id);
  }
}

function toolUseIds(blocks: readonly ContentBlock[]): string[] {
  return blocks.flatMap((block) => (block.type === 'tool_use' ? [String(block.id)] : []));
}

function leadingResults(blocks: readonly ContentBlock[]): string[] {
  const end = blocks.findIndex((block) => block.type !== 'tool_result');
  const leading = end < 0 ? blocks : blocks.slice(0, end);
  return leading.flatMap((block) => (block.type === 'tool_result' ? [String(block.tool_use_id)] : []));
}

function invalid(message: string): never {
  throw new ApiError('invalid_request_error', message);
}
