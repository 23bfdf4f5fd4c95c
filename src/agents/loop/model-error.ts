// What becomes of a model call that threw: repeated, tried again later, or the end of the run. The SDK has then made
// its own retries (408, 409, 429, 5xx and failed connections, with the short waits that the API asks for).
import { AnthropicError, APIConnectionError, APIError, APIUserAbortError } from '@anthropic-ai/sdk';
import { errorMessage, TransientError } from '../../core/errors.ts';
import type { FailureCause } from '../../core/result-records.ts';
import { retryAfterMs } from './retry-after.ts';

export type CallFailure =
  /** The stream was cut: the same call may be made again. */
  | { readonly kind: 'repeat'; readonly message: string }
  | { readonly kind: 'end'; readonly cause: FailureCause; readonly message: string };

const TYPE_MAX_CHARS = 100;
const CAUSES_MAX = 5;

/** Errors that the API sends inside a stream, where there is no status, and that pass by themselves. */
const PASSING = new Set(['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error']);

/**
 * Of a call that got a whole response and no message from it: what else than the model has answered. Null when these were
 * events, of whatever kind.
 */
export function judgeContentType(response: Response | null | undefined): CallFailure | null {
  if (!response?.ok) return null;
  const type = (response.headers.get('content-type') ?? '').split(';')[0]?.trim().slice(0, TYPE_MAX_CHARS);
  if (type?.toLowerCase() === 'text/event-stream') return null;
  return {
    kind: 'end',
    cause: 'model_unavailable',
    message: `What answers as the model sends ${type || 'no content type'} where events were to come: check ANTHROPIC_BASE_URL, and proxies on the way.`,
  };
}

/**
 * Throws TransientError for what later passes, and `error` itself when the run was
 * aborted or when it is none of the SDK's.
 */
export function judgeCallError(error: unknown, model: string, now: Date): CallFailure {
  if (!(error instanceof AnthropicError) || error instanceof APIUserAbortError) throw error;
  if (error instanceof APIError && error.status !== undefined)
    return judgeStatus(error, error.status, model, now);
  // Thrown before a reply begins; what breaks later has no class of its own.
  if (error instanceof APIConnectionError) {
    throw new TransientError(`The model could not be reached: ${rootCause(error)}`, { cause: error });
  }
  if (error instanceof APIError && error.type && !PASSING.has(error.type)) {
    return {
      kind: 'end',
      cause: 'model_unavailable',
      message: `The model ended the call: ${sentence(error)}`,
    };
  }
  return { kind: 'repeat', message: errorMessage(error) };
}

function judgeStatus(error: APIError, status: number, model: string, now: Date): CallFailure {
  if (status === 408 || status === 409 || status === 429 || status >= 500) {
    const waitMs = retryAfterMs(error.headers, now);
    const wait = waitMs === null ? {} : { retryAfterMs: waitMs };
    throw new TransientError(`The model answered ${status}: ${sentence(error)}`, { cause: error, ...wait });
  }
  return { kind: 'end', cause: causeOf(status, error), message: describe(status, error, model) };
}

function causeOf(status: number, error: APIError): FailureCause {
  return status === 413 || /prompt is too long/i.test(error.message) ? 'limit_reached' : 'model_unavailable';
}

function describe(status: number, error: APIError, model: string): string {
  switch (status) {
    case 401:
    case 403:
      return `The model's API refused the key (${status}): set ANTHROPIC_API_KEY to a key that may use ${model}. ${sentence(error)}`;
    case 404:
      return `The model's API knows no ${model} (404): check the model's name and ANTHROPIC_BASE_URL. ${sentence(error)}`;
    default:
      return `The model's API refused the request (${status}): ${sentence(error)}`;
  }
}

/** The API's own words, without the status and the JSON around them. */
function sentence(error: APIError): string {
  const message = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(error.message)?.[1];
  return message ?? error.message;
}

/** The SDK says "Connection error."; what came back stands in the causes. */
function rootCause(error: Error): string {
  let root: Error = error;
  for (let depth = 0; depth < CAUSES_MAX && root.cause instanceof Error; depth += 1) root = root.cause;
  // Of several addresses that were tried, each with its own error.
  const [first] = root instanceof AggregateError ? root.errors : [];
  return first instanceof Error ? first.message : root.message || error.message;
}
