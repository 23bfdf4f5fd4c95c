/** POST /v1/messages from a body to a reply: refuse, strike with a fault, play the script, account for the cache. */
import { ApiError } from './api-error.ts';
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

  const fault = state.faults.strike({ role: briefing.role, job: briefing.job, turn: turnDue(request) });
  entry.fault = fault?.kind ?? null;
  failOutright(fault, entry.stream);

  const move = fault
    ? (faultyMove(fault, request, state.newId()) ?? script(state, request))
    : script(state, request);
  entry.conversation = move.conversation;
  entry.turn = move.turn;
  const input = state.cache.account(request);
  const reply = makeReply({ id: `msg_01${state.newId()}`, request, move, input, fault: fault?.kind });
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

function failOutright(fault: Fault | undefined, stream: boolean): void {
  switch (fault?.kind) {
    case 'rate-limit':
      throw new ApiError('rate_limit_error', 'This request would exceed your rate limit.', {
        'retry-after': String(fault.retryAfterS ?? DEFAULT_RETRY_AFTER_S),
      });
    case 'server-error':
      throw new ApiError('api_error', 'Internal server error');
    case 'overloaded':
      throw new ApiError('overloaded_error', 'Overloaded');
    case 'reset':
      if (!stream || fault.afterEvents === undefined) throw new ConnectionReset();
  }
}

function script(state: ModelState, request: MessagesRequest): Move {
  try {
    return play(state.conversations, request);
  } catch (error) {
    if (!(error instanceof ScriptFailure)) throw error;
    throw new ApiError('invalid_request_error', `scripted model: ${error.message}`);
  }
}

/** A call that no script wrote: of a tool that was offered, for ever, or of one that was not. */
function faultyMove(fault: Fault, request: MessagesRequest, id: string): Move | undefined {
  if (fault.kind !== 'endless-tools' && fault.kind !== 'unknown-tool') return undefined;
  const glob = request.tools?.find((tool) => tool.name === 'glob');
  const offered = glob ?? request.tools?.[0];
  const name = fault.kind === 'unknown-tool' ? 'teleport' : (offered?.name ?? 'glob');
  const input = name === 'glob' ? { pattern: '*' } : {};
  return {
    conversation: `fault ${fault.kind}`,
    turn: turnDue(request),
    thought: '',
    text: null,
    calls: [{ id: `${FAULT_ID_PREFIX}${id}`, name, input }],
  };
}
