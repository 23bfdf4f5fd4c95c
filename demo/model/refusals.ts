/** What the Messages API refuses beyond the shape of single fields. Wording follows the API's own where it is known. */
import { ApiError } from './api-error.ts';
import { type CacheMark, cacheMarks } from './cache-marks.ts';
import { blocksOf, type ContentBlock, type CountRequest, type MessagesRequest } from './messages-request.ts';
import { findModel, type ModelFacts } from './models.ts';
import { refuseOutputSchema } from './output-schema.ts';
import { countTokens } from './prompt-cache.ts';
import { refuseForeignThinking } from './thinking.ts';
import { refuseToolPairs } from './tool-pairs.ts';

const MAX_CACHE_MARKS = 4;
const TOOL_NAME = /^[a-zA-Z0-9_-]{1,128}$/;

/** Throws the ApiError that the API would answer; returns when the request is acceptable. */
export function refuse(request: MessagesRequest): void {
  const model = refusePrompt(request);
  if (request.max_tokens > model.maxOutputTokens) {
    invalid(
      `max_tokens: ${request.max_tokens} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    );
  }
  refuseThinking(request, model);
}

/** The part of `refuse` that also holds for counting tokens. */
export function refusePrompt(request: CountRequest): ModelFacts {
  const model = findModel(request.model);
  if (!model) throw new ApiError('not_found_error', `model: ${request.model}`);
  refuseTurns(request);
  refuseTools(request);
  refuseEmptyText(request);
  refuseToolPairs(request.messages);
  refuseCacheMarks(cacheMarks(request));
  if (request.output_config?.format) refuseOutputSchema(request.output_config.format.schema);
  refuseForeignThinking(request);
  const tokens = countTokens(request);
  if (tokens > model.maxInputTokens) {
    invalid(`prompt is too long: ${tokens} tokens > ${model.maxInputTokens} maximum`);
  }
  return model;
}

function refuseTurns({ messages }: CountRequest): void {
  const first = messages[0];
  const last = messages.at(-1);
  if (!first || !last) invalid('messages: at least one message is required');
  if (first.role !== 'user') invalid('messages: first message must use the "user" role');
  if (last.role === 'assistant') {
    invalid(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    );
  }
}

function refuseTools(request: CountRequest): void {
  const names = new Set<string>();
  for (const [at, tool] of (request.tools ?? []).entries()) {
    const custom = tool.type === undefined || tool.type === null || tool.type === 'custom';
    if (custom && !tool.name) invalid(`tools.${at}.custom.name: Field required`);
    if (custom && !tool.input_schema) invalid(`tools.${at}.custom.input_schema: Field required`);
    if (tool.name === undefined) continue;
    if (!TOOL_NAME.test(tool.name)) {
      invalid(`tools.${at}.custom.name: String should match pattern '${TOOL_NAME.source}'`);
    }
    if (names.has(tool.name)) invalid('tools: Tool names must be unique.');
    names.add(tool.name);
  }
  const usesTools = request.messages.some(({ content }) =>
    blocksOf(content).some((block) => block.type === 'tool_use' || block.type === 'tool_result'),
  );
  if (usesTools && names.size === 0) {
    invalid('Requests which include `tool_use` or `tool_result` blocks must define tools.');
  }
  const choice = request.tool_choice;
  if (choice?.type === 'tool' && !names.has(choice.name ?? '')) {
    invalid(`tool_choice: Tool '${choice.name ?? ''}' not found in provided tools`);
  }
}

function refuseEmptyText(request: CountRequest): void {
  const system = Array.isArray(request.system) ? request.system : [];
  refuseBlank('system', system);
  for (const { content } of request.messages) refuseBlank('messages', blocksOf(content));
}

function refuseBlank(where: string, blocks: readonly ContentBlock[]): void {
  for (const block of blocks) {
    if (block.type !== 'text') continue;
    const text = String(block.text);
    if (text === '') invalid(`${where}: text content blocks must be non-empty`);
    if (text.trim() === '') invalid(`${where}: text content blocks must contain non-whitespace text`);
  }
}

function refuseCacheMarks(marks: readonly CacheMark[]): void {
  if (marks.length > MAX_CACHE_MARKS) {
    invalid(
      `A maximum of ${MAX_CACHE_MARKS} blocks with cache_control may be provided. Found ${marks.length}.`,
    );
  }
  const firstShort = marks.findIndex((mark) => mark.ttl === '5m');
  if (firstShort >= 0 && marks.slice(firstShort).some((mark) => mark.ttl === '1h')) {
    invalid("a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block.");
  }
}

/** Thinking is always on with these models, so that forced tool use is refused too. */
function refuseThinking({ thinking, tool_choice }: MessagesRequest, model: ModelFacts): void {
  const type = thinking?.type ?? 'adaptive';
  if (type === 'enabled' || !model.thinking.includes(type)) {
    const instead = model.thinking.includes('between_tools')
      ? 'To turn thinking off on this model, send "thinking": {"type": "between_tools"}.'
      : 'Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
    invalid(`"thinking.type.${type}" is not supported for this model. ${instead}`);
  }
  const forced = tool_choice?.type === 'any' || tool_choice?.type === 'tool';
  if (forced && !model.forcedTools) {
    invalid('Thinking may not be enabled when tool_choice forces tool use.');
  }
}

function invalid(message: string): never {
  throw new ApiError('invalid_request_error', message);
}
