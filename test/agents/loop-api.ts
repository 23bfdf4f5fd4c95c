/** A Messages API for the tests of the loop: answers one scripted reply a call, and refuses what the real one refuses. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Anthropic from '@anthropic-ai/sdk';
import { ApiError } from '../../demo/model/api-error.ts';
import { type MessagesRequest, parseMessagesRequest } from '../../demo/model/messages-request.ts';
import { refuse } from '../../demo/model/refusals.ts';
import { loadRequestSchema } from '../../demo/model/request-schema.ts';

export interface ScriptedReply {
  /** Text, or calls of tools; both when both are given. */
  readonly text?: string;
  readonly calls?: readonly { readonly name: string; readonly input: unknown; readonly json?: string }[];
  /** By default `tool_use` with calls and `end_turn` without. */
  readonly stop?: string;
  readonly usage?: { readonly input?: number; readonly output?: number; readonly cacheRead?: number };
  /** Instead of a reply. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly error?: string;
  /** A page with status 200 instead of events, as a proxy may answer. */
  readonly page?: string;
  /** Drop the connection before anything is sent, or after so many events; `end` ends the response there. */
  readonly reset?: true;
  readonly cutAfter?: number;
  readonly resetAfter?: number;
  readonly endAfter?: number;
  /** An error event after so many events. */
  readonly errorAfter?: { readonly events: number; readonly type: string };
}

export interface ScriptedApi {
  readonly client: Anthropic;
  readonly requests: readonly MessagesRequest[];
  /** Bodies as sent, before any parsing. */
  readonly bodies: readonly string[];
  close(): Promise<void>;
}

type Script = readonly ScriptedReply[] | ((call: number) => ScriptedReply);

export async function startApi(
  script: Script,
  options: { readonly maxRetries?: number } = {},
): Promise<ScriptedApi> {
  const requests: MessagesRequest[] = [];
  const bodies: string[] = [];
  let calls = 0;
  const checkSchema = await loadRequestSchema(
    new URL('../../../shared/anthropic-request.schema.json', import.meta.url).pathname,
  );
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const reply = typeof script === 'function' ? script(calls) : script[calls];
    calls += 1;
    try {
      bodies.push(body);
      const parsed = parseMessagesRequest(JSON.parse(body));
      refuse(parsed);
      const outside = checkSchema(JSON.parse(body));
      if (outside !== undefined) throw new ApiError('invalid_request_error', `schema: ${outside}`);
      if (reply === undefined) throw new ApiError('invalid_request_error', 'the script has no further reply');
      requests.push(parsed);
      send(response, reply, parsed.model, calls);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      sendError(response, 400, { type: 'invalid_request_error', message }, {});
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    client: new Anthropic({
      apiKey: 'sk-test',
      baseURL: `http://127.0.0.1:${port}`,
      maxRetries: options.maxRetries ?? 0,
    }),
    requests,
    bodies,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function send(response: ServerResponse, reply: ScriptedReply, model: string, call: number): void {
  if (reply.reset === true) {
    response.destroy();
    return;
  }
  if (reply.status !== undefined) {
    const error = { type: reply.error ?? 'api_error', message: `scripted ${reply.status}` };
    sendError(response, reply.status, error, reply.headers ?? {});
    return;
  }
  if (reply.page !== undefined) {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(reply.page);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const events = eventsOf(reply, model, call);
  const upTo =
    reply.cutAfter ?? reply.resetAfter ?? reply.endAfter ?? reply.errorAfter?.events ?? events.length;
  for (const event of events.slice(0, upTo)) write(response, event);
  if (reply.cutAfter !== undefined) {
    // Written before the connection goes, so that the reply has begun when it is cut.
    response.write(': cut\n\n', () => response.destroy());
    return;
  }
  if (reply.resetAfter !== undefined) {
    response.write(': reset\n\n', () => response.socket?.resetAndDestroy());
    return;
  }
  if (reply.errorAfter !== undefined) {
    write(response, { type: 'error', error: { type: reply.errorAfter.type, message: 'scripted error' } });
  }
  response.end();
}

function sendError(
  response: ServerResponse,
  status: number,
  error: object,
  headers: Record<string, string>,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ type: 'error', error }));
}

interface ServerEvent {
  readonly type: string;
  readonly [key: string]: unknown;
}

function write(response: ServerResponse, event: ServerEvent): void {
  response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

/** message_start, three events for each block, message_delta, message_stop. */
function eventsOf(reply: ScriptedReply, model: string, call: number): readonly ServerEvent[] {
  const usage = {
    input_tokens: reply.usage?.input ?? 100,
    output_tokens: reply.usage?.output ?? 10,
    cache_read_input_tokens: reply.usage?.cacheRead ?? 0,
    cache_creation_input_tokens: 0,
  };
  const common = { id: `msg_${call}`, type: 'message', role: 'assistant', model, stop_sequence: null };
  const message = { ...common, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const blocks = [
    ...(reply.text === undefined
      ? []
      : [{ block: { type: 'text', text: '' }, delta: { type: 'text_delta', text: reply.text } }]),
    ...(reply.calls ?? []).map(({ name, input, json }, at) => ({
      block: { type: 'tool_use', id: `toolu_${call}_${at}`, name, input: {} },
      delta: { type: 'input_json_delta', partial_json: json ?? JSON.stringify(input) },
    })),
  ];
  const stop_reason = reply.stop ?? (reply.calls === undefined ? 'end_turn' : 'tool_use');
  return [
    { type: 'message_start', message },
    ...blocks.flatMap(({ block, delta }, index) => [
      { type: 'content_block_start', index, content_block: block },
      { type: 'content_block_delta', index, delta },
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason, stop_sequence: null, stop_details: null }, usage },
    { type: 'message_stop' },
  ];
}

type Message = MessagesRequest['messages'][number] | undefined;

/** The text of the tool results in a message, with a mark for errors. */
export function resultsOf(message: Message): readonly string[] {
  if (message === undefined || typeof message.content === 'string') return [];
  return message.content.flatMap((block) =>
    block.type === 'tool_result'
      ? [`${block.is_error === true ? 'error: ' : ''}${String(block.content)}`]
      : [],
  );
}

export function textsOf(message: Message): readonly string[] {
  if (message === undefined || typeof message.content === 'string') return [];
  return message.content.flatMap((block) => (block.type === 'text' ? [String(block.text)] : []));
}
