/** What the running server holds: its conversations, the cache account, ordered faults, and the record of requests. */
import type { Conversation } from './conversation-format.ts';
import type { FaultKind, Faults } from './faults.ts';
import type { PromptCache } from './prompt-cache.ts';
import type { Reply, Usage } from './reply.ts';
import type { SchemaCheck } from './request-schema.ts';

export interface RecordedRequest {
  readonly at: string;
  readonly path: string;
  readonly requestId: string;
  readonly body: unknown;
  model: string | null;
  role: string | null;
  job: string | null;
  task: string | null;
  subtask: string | null;
  stream: boolean;
  conversation: string | null;
  turn: number | null;
  fault: FaultKind | null;
  status: number;
  error: string | null;
  stopReason: Reply['stop_reason'] | null;
  usage: Usage | null;
}

export interface Violation {
  readonly at: string;
  readonly requestId: string;
  readonly message: string;
}

export interface ModelState {
  readonly apiKey: string | undefined;
  readonly conversations: readonly Conversation[];
  readonly cache: PromptCache;
  readonly faults: Faults;
  readonly checkSchema: SchemaCheck;
  readonly now: () => number;
  readonly newId: () => string;
  readonly requests: RecordedRequest[];
  readonly violations: Violation[];
  /** Called once a request has been answered. */
  readonly log: (request: RecordedRequest) => void;
}

/** Reaching this drops the oldest record. */
export const REQUESTS_KEPT = 5_000;

export function record(state: ModelState, path: string, requestId: string, body: unknown): RecordedRequest {
  const entry: RecordedRequest = {
    at: new Date(state.now()).toISOString(),
    path,
    requestId,
    body,
    model: null,
    role: null,
    job: null,
    task: null,
    subtask: null,
    stream: false,
    conversation: null,
    turn: null,
    fault: null,
    status: 200,
    error: null,
    stopReason: null,
    usage: null,
  };
  state.requests.push(entry);
  if (state.requests.length > REQUESTS_KEPT) state.requests.shift();
  return entry;
}
