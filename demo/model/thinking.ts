/** Thinking blocks: signed by the model that made them, to be sent back unchanged and only to that model. */
import { createHash } from 'node:crypto';
import { ApiError } from './api-error.ts';
import { blocksOf, type CountRequest } from './messages-request.ts';

export function signThinking(model: string, thinking: string): string {
  return createHash('sha256').update(`scripted thinking\0${model}\0${thinking}`).digest('base64');
}

export function refuseForeignThinking({ model, messages }: CountRequest): void {
  for (const [at, { role, content }] of messages.entries()) {
    for (const [index, block] of blocksOf(content).entries()) {
      if (block.type !== 'thinking') continue;
      const path = `messages.${at}.content.${index}`;
      if (role !== 'assistant') {
        throw new ApiError(
          'invalid_request_error',
          `${path}: \`thinking\` blocks can only be in \`assistant\` messages`,
        );
      }
      if (block.signature !== signThinking(model, String(block.thinking))) {
        throw new ApiError('invalid_request_error', `${path}: Invalid \`signature\` in \`thinking\` block`);
      }
    }
  }
}
