/** The HTTP face of the scripted model: authentication, error shapes, JSON or server-sent events. */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { type Answer, answerMessages, ConnectionReset, Page } from './answer-messages.ts';
import { ApiError, errorBody } from './api-error.ts';
import { parseCountRequest } from './messages-request.ts';
import { type ModelState, type RecordedRequest, record } from './model-state.ts';
import { findModel, MODELS, modelInfo } from './models.ts';
import { countTokens } from './prompt-cache.ts';
import { refusePrompt } from './refusals.ts';
import { encodeEvent, type StreamEvent, streamEvents } from './stream-events.ts';

const MAX_BODY_BYTES = 32 * 1024 * 1024;
const BETA_NAME = /^[a-z0-9-]+-\d{4}-\d{2}-\d{2}$/;

type Env = {
  readonly Bindings: HttpBindings;
  readonly Variables: { requestId: string; entry: RecordedRequest | undefined };
};

export function modelRoutes(state: ModelState): Hono<Env> {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    c.set('requestId', `req_01${state.newId()}`);
    await next();
    c.header('request-id', c.get('requestId'));
  });
  app.use('/v1/*', async (c, next) => {
    authenticate(c, state.apiKey);
    await next();
  });
  app.use(bodyLimit({ maxSize: MAX_BODY_BYTES, onError: () => refuseSize() }));
  app.get('/v1/models', (c) => {
    const data = MODELS.map(modelInfo);
    return c.json({ data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null });
  });
  app.get('/v1/models/:id', (c) => {
    const known = findModel(c.req.param('id'));
    if (!known) throw new ApiError('not_found_error', `model: ${c.req.param('id')}`);
    return c.json(modelInfo(known));
  });
  app.post('/v1/messages/count_tokens', async (c) => {
    const request = parseCountRequest(await readJson(c));
    refusePrompt(request);
    return c.json({ input_tokens: countTokens(request), context_management: null });
  });
  app.post('/v1/messages', (c) => messages(c, state));
  app.notFound(() => {
    throw new ApiError('not_found_error', 'Not found');
  });
  app.onError((error, c) => answerError(error, c, state));
  return app;
}

async function messages(c: Context<Env>, state: ModelState): Promise<Response> {
  const body = await readJson(c);
  const entry = record(state, c.req.path, c.get('requestId'), body);
  c.set('entry', entry);
  const answer = answerMessages(state, body, entry);
  if (answer.fault?.kind === 'silence' && answer.fault.afterEvents === undefined) await hangsUp(c);
  if (answer.stream) return streamed(c, answer, () => state.log(entry));
  if (answer.fault?.kind === 'slow') await delay(answer.fault.delayMs ?? 0);
  state.log(entry);
  return c.json(answer.reply);
}

function streamed(c: Context<Env>, { reply, fault }: Answer, done: () => void): Response {
  const events = streamEvents(reply, fault)[Symbol.iterator]();
  const cutAt = ['cut', 'reset', 'stream-error'].includes(fault?.kind ?? '')
    ? (fault?.afterEvents ?? 3)
    : Infinity;
  const gapMs = fault?.kind === 'slow' || fault?.kind === 'endless-stream' ? (fault.delayMs ?? 10) : 0;
  const encoder = new TextEncoder();
  const socket = c.env.incoming.socket;
  const silent = Promise.withResolvers<void>();
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next =
        fault?.kind === 'endless-stream' && sent > 0 ? PING : sent < cutAt ? events.next() : undefined;
      if (gapMs > 0) await delay(gapMs);
      if (fault?.kind === 'silence' && sent >= (fault.afterEvents ?? 0)) return silent.promise;
      sent += 1;
      if (next && !next.done) return controller.enqueue(encoder.encode(encodeEvent(next.value)));
      done();
      if (!next && fault?.kind === 'reset') return void socket.resetAndDestroy();
      if (!next && fault?.kind === 'stream-error')
        controller.enqueue(encoder.encode(encodeEvent(OVERLOADED_EVENT)));
      controller.close();
    },
    cancel() {
      silent.resolve();
      done();
    },
  });
  return c.body(body, 200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  });
}

/** Of whoever asks. */
async function hangsUp(c: Context<Env>): Promise<void> {
  const { socket } = c.env.incoming;
  if (!socket.destroyed) await once(socket, 'close');
}

const PING = { done: false, value: { type: 'ping' } } as const;

const HTML = '<!doctype html><title>Sign in</title><p>Who are you?';

const OVERLOADED_EVENT: StreamEvent = {
  type: 'error',
  error: { type: 'overloaded_error', message: 'Overloaded' },
};

/** SDK 1.x sends its key as a bearer token, older ones and curl as x-api-key; the API takes both. */
function authenticate(c: Context<Env>, apiKey: string | undefined): void {
  const given = c.req.header('x-api-key') ?? /^Bearer (.+)$/.exec(c.req.header('authorization') ?? '')?.[1];
  if (!given) throw new ApiError('authentication_error', 'x-api-key header is required');
  if (apiKey !== undefined && given !== apiKey)
    throw new ApiError('authentication_error', 'invalid x-api-key');
  if (!c.req.header('anthropic-version')) {
    throw new ApiError('invalid_request_error', 'anthropic-version: header is required');
  }
  for (const name of (c.req.header('anthropic-beta') ?? '').split(',')) {
    if (name.trim() !== '' && !BETA_NAME.test(name.trim())) {
      throw new ApiError(
        'invalid_request_error',
        `Unexpected value(s) \`${name}\` for the \`anthropic-beta\` header.`,
      );
    }
  }
}

async function readJson(c: Context<Env>): Promise<unknown> {
  const text = await c.req.text();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiError('invalid_request_error', `The request body is not valid JSON: ${String(cause)}`);
  }
}

function refuseSize(): never {
  throw new ApiError('request_too_large', 'Request exceeds the maximum size');
}

function answerError(error: Error, c: Context<Env>, state: ModelState): Response {
  const entry = c.get('entry');
  const known =
    error instanceof ApiError ? error : new ApiError('api_error', `scripted model: ${String(error)}`);
  if (entry) {
    entry.status = error instanceof ConnectionReset ? 0 : known.status;
    entry.error = error instanceof ConnectionReset ? 'connection reset' : known.message;
    state.log(entry);
  }
  if (error instanceof Page) {
    return new Response(HTML, {
      status: error.status,
      headers: { 'content-type': 'text/html; charset=UTF-8' },
    });
  }
  if (error instanceof ConnectionReset) c.env.incoming.socket.resetAndDestroy();
  const requestId = c.get('requestId');
  return new Response(JSON.stringify(errorBody(known.type, known.message, requestId)), {
    status: known.status,
    headers: { 'content-type': 'application/json', 'request-id': requestId, ...known.headers },
  });
}
