/** POST /v1/messages from a body to a reply: refuse, strike with a fault, play the script, account for the cache. */
import { ApiError, typeOf } from './api-error.ts';
import { readBriefing } from './briefing.ts';
import { FAULT_ID_PREFIX, type Fault } from './faults.ts';
import { type MessagesRequest, parseMessagesRequest } from './messages-request.ts';
import type { ModelState, RecordedRequest } from './model-state.ts';
import { type Move, play, turnDue } from './play.ts';
import { refuse } from './refusals.ts';
import { makeReply, type Reply } from './reply.ts';
import { ScriptFailure } from './script-failure.ts';

export interface Answer {
  readonly reply: Reply;
  readonly fault: Fault | undefined;
  readonly stream: boolean;
}

/** Thrown for a fault that leaves the client without a response. */
export class ConnectionReset extends Error {}

const DEFAULT_RETRY_AFTER_S = 1;

export function answerMessages(state: ModelState, body: unknown, entry: RecordedRequest): Answer {
  const request = checkedRequest(state, body, entry);
  const briefing = readBriefing(request);
  entry.model = request.model;
  entry.role = briefing.role;
  entry.job = briefing.job;
  entry.task = briefing.facts['job.task'] ?? null;
  entry.subtask = briefing.facts['job.subtask'] ?? null;
  entry.stream = request.stream ?? false;

  const { role, job, prompt } = briefing;
  const fault = state.faults.strike({ role, job, prompt, turn: turnDue(request) });
  entry.fault = fault?.kind ?? null;
  failOutright(fault, entry.stream);

  const move = faultyMove(fault, request, state) ?? script(state, request);
  entry.conversation = move.conversation;
  entry.turn = move.turn;
  const input = state.cache.account(request);
  const reply = makeReply({ id: `msg_01${state.newId()}`, request, move, input, fault });
  entry.usage = reply.usage;
  entry.stopReason = reply.stop_reason;
  return { reply, fault, stream: entry.stream };
}

/** The refusal names the field; the schema is asked in any case, so that every violation is on record. */
function checkedRequest(state: ModelState, body: unknown, entry: RecordedRequest): MessagesRequest {
  const violation = state.checkSchema(body);
  if (violation !== undefined) {
    state.violations.push({ at: entry.at, requestId: entry.requestId, message: violation });
  }
  const request = parseMessagesRequest(body);
  refuse(request);
  if (violation !== undefined) throw new ApiError('invalid_request_error', violation);
  return request;
}

/** Thrown for what answers in the API's place. */
export class Page extends Error {
  readonly status: number;

  constructor(status: number) {
    super('a page of HTML');
    this.status = status;
  }
}

function failOutright(fault: Fault | undefined, stream: boolean): void {
  const headers = fault?.retryAfterS === undefined ? {} : { 'retry-after': String(fault.retryAfterS) };
  switch (fault?.kind) {
    case 'rate-limit':
      throw new ApiError('rate_limit_error', 'This request would exceed your rate limit.', {
        'retry-after': String(fault.retryAfterS ?? DEFAULT_RETRY_AFTER_S),
      });
    case 'server-error':
      throw new ApiError('api_error', 'Internal server error', headers);
    case 'overloaded':
      throw new ApiError('overloaded_error', 'Overloaded', headers);
    case 'refused':
      throw refusalOf(fault.status ?? 400);
    case 'page':
      throw new Page(fault.status ?? 200);
    case 'reset':
      if (!stream || fault.afterEvents === undefined) throw new ConnectionReset();
  }
}

function refusalOf(status: number): ApiError {
  const type = typeOf(status);
  if (type === undefined) throw new Error(`the API answers no ${status}`);
  return new ApiError(type, `Refused with ${status} by a fault of the scripted model.`);
}

function script(state: ModelState, request: MessagesRequest): Move {
  try {
    return play(state.conversations, request);
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error;
    throw new ApiError('invalid_request_error', `scripted model: ${error.message}`);
  }
}

/** Calls that no script wrote; and those that the script has to make once more. */
function faultyMove(fault: Fault | undefined, request: MessagesRequest, state: ModelState): Move | undefined {
  const id = `${FAULT_ID_PREFIX}${state.newId()}`;
  const calling = (...calls: Move['calls']): Move => ({
    conversation: `fault ${fault?.kind}`,
    turn: turnDue(request),
    thought: '',
    text: null,
    calls,
  });
  const offered = request.tools?.find((tool) => tool.name === 'glob') ?? request.tools?.[0];
  const name = offered?.name ?? 'glob';
  const input = name === 'glob' ? { pattern: '*' } : {};
  switch (fault?.kind) {
    case 'endless-tools':
      return calling({ id, name, input });
    case 'unknown-tool':
      return calling({ id, name: 'teleport', input: {} });
    case 'wrong-input':
      return calling({ id, name, input: { no_such_field: 7 } });
    case 'one-id':
      return calling({ id, name, input }, { id, name, input });
    case 'empty':
      return calling();
    case 'truncated-json': {
      const move = script(state, request);
      const calls = move.calls.map((call, at) => ({ ...call, id: `${id}${at}` }));
      return { ...move, calls };
    }
    default:
      return undefined;
  }
}
