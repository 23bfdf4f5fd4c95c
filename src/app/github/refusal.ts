/**
 * What can go wrong with a request to GitHub, in the crew's own words: one function translates every error of the
 * client, another says whether what was asked may have happened all the same.
 */
import { errorMessage, TransientError, UserError } from '../../core/errors.ts';

/** GitHub understood and said no, in a way that asking again does not change: 404, 409, 422 and the like. What it means depends on the call; uncaught, it is final. */
export class GitHubRefusal extends Error {
  override readonly name = 'GitHubRefusal';
  readonly status: number;
  /** GitHub's `errors`, each as text. */
  readonly errors: readonly string[];

  constructor(message: string, options: { status: number; errors: readonly string[]; cause: unknown }) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.errors = options.errors;
  }
}

/** The request never left this process. */
export class NotSentError extends Error {
  override readonly name: string = 'NotSentError';
}

/** It had its turn, but GitHub asked to be left alone before it was written. */
export class PausedError extends NotSentError {
  override readonly name = 'PausedError';
}

/** GitHub's answer is longer than we read. */
export class AnswerTooLargeError extends Error {
  override readonly name = 'AnswerTooLargeError';
}

/** "If no retry-after: wait at least one minute" (docs.github.com, Best practices for using the REST API). */
const SECONDARY_LIMIT_WAIT_MS = 60_000;
/** GitHub's primary limits start anew every hour; a reset further away than that is a wrong clock. */
const LIMIT_WAIT_MAX_MS = 3_600_000;
const ERRORS_MAX = 20;
const CAUSES_MAX = 8;

/** Codes of Node and undici for a connection that was never made. */
const UNCONNECTED_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

export interface RequestContext {
  /** `issues: write, contents: read`; what the token was narrowed to. */
  readonly permissions: string;
  /** Where a person grants the App more. */
  readonly grantUrl: string;
  readonly now: Date;
}

interface HttpError extends Error {
  readonly status: number;
  readonly response?: {
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly data: unknown;
  };
}

/** Any error of the client as UserError (mend it), TransientError (try later) or GitHubRefusal (final); others as they are. */
export function translateError(error: unknown, context: RequestContext): unknown {
  if (!isHttpError(error)) return error;
  const tooLarge = causes(error).find((cause) => cause instanceof AnswerTooLargeError);
  if (tooLarge !== undefined) return new UserError(tooLarge.message, { cause: error });
  const unsent = causes(error).find((cause) => cause instanceof NotSentError);
  if (unsent !== undefined) return new TransientError(`Not sent: ${unsent.message}`, { cause: error });
  if (error.response === undefined) {
    return new TransientError(`GitHub did not answer: ${error.message}`, { cause: error });
  }
  const { status, message } = error;
  const retryAfterMs = limitWaitMs({ status, message, headers: error.response.headers }, context.now);
  if (retryAfterMs !== null)
    return new TransientError(`GitHub's rate limit: ${error.message}`, { cause: error, retryAfterMs });
  if (error.status >= 500 || error.status === 408) {
    return new TransientError(`GitHub answered ${error.status}: ${error.message}`, { cause: error });
  }
  if (error.status === 401) return unauthorized(error);
  if (error.status === 403) return forbidden(error, context);
  const options = { status: error.status, errors: errorTexts(error.response.data), cause: error };
  return new GitHubRefusal(`GitHub answered ${error.status}: ${error.message}`, options);
}

/** Whether what was asked may have happened: `no` only when it certainly did not. */
export function sentOf(error: unknown): 'no' | 'maybe' {
  for (const cause of causes(error)) {
    if (cause instanceof NotSentError) return 'no';
    if (isHttpError(cause) && cause.response !== undefined) return cause.status < 500 ? 'no' : 'maybe';
    if ('code' in cause && UNCONNECTED_CODES.has(String(cause.code))) return 'no';
    if ('syscall' in cause && cause.syscall === 'connect') return 'no';
  }
  return 'maybe';
}

export function isPaused(error: unknown): boolean {
  return causes(error).some((cause) => cause instanceof PausedError);
}

export function isRefusal(error: unknown, status: number): error is GitHubRefusal {
  return error instanceof GitHubRefusal && error.status === status;
}

/** How long GitHub wants to be left alone when its answer is a rate limit, else null. */
export function limitWaitMs(
  answer: {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | number | undefined>>;
    readonly message: string;
  },
  now: Date,
): number | null {
  const { status, headers, message } = answer;
  if (status !== 403 && status !== 429) return null;
  const retryAfter = headers['retry-after'];
  if (retryAfter !== undefined && Number(retryAfter) >= 0)
    return Math.min(Number(retryAfter) * 1000, LIMIT_WAIT_MAX_MS);
  if (String(headers['x-ratelimit-remaining']) === '0') {
    const resetMs = Number(headers['x-ratelimit-reset']) * 1000 - now.getTime();
    return Number.isFinite(resetMs)
      ? Math.min(Math.max(resetMs + 1000, 1000), LIMIT_WAIT_MAX_MS)
      : SECONDARY_LIMIT_WAIT_MS;
  }
  const limited = status === 429 || /secondary rate|abuse detection|rate limit exceeded/i.test(message);
  return limited ? SECONDARY_LIMIT_WAIT_MS : null;
}

/** A wrong key is for the operator; an installation's token may merely be too new or just revoked. */
function unauthorized(error: HttpError): Error {
  if (/json web token|integration not found|'(?:issuer|iss|exp|iat)'|assertion/i.test(error.message)) {
    return new UserError(
      `GitHub refuses the App's credentials (${error.message}): check APP_ID and PRIVATE_KEY.`,
      { cause: error },
    );
  }
  return new TransientError(`GitHub refused the App's token: ${error.message}`, { cause: error });
}

function forbidden(error: HttpError, context: RequestContext): UserError {
  if (!/not accessible by integration|permission/i.test(error.message)) {
    return new UserError(`GitHub refused it: ${error.message}`, { cause: error });
  }
  const header = error.response?.headers['x-accepted-github-permissions'];
  const needed =
    header === undefined ? context.permissions : String(header).slice(0, 200).replaceAll('=', ': ');
  return new UserError(
    `The App lacks a permission (${needed}). Grant it at ${context.grantUrl}, then accept the change in the installation. GitHub said: ${error.message}`,
    { cause: error },
  );
}

function errorTexts(data: unknown): readonly string[] {
  if (typeof data !== 'object' || data === null || !('errors' in data) || !Array.isArray(data.errors))
    return [];
  return data.errors
    .slice(0, ERRORS_MAX)
    .map((entry: unknown) => (typeof entry === 'string' ? entry : JSON.stringify(entry)));
}

function isHttpError(error: unknown): error is HttpError {
  return (
    error instanceof Error &&
    'status' in error &&
    typeof error.status === 'number' &&
    !(error instanceof GitHubRefusal)
  );
}

/** The error and what caused it, outermost first. */
function causes(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  let current = error;
  while (current instanceof Error && chain.length < CAUSES_MAX) {
    chain.push(current);
    current = current.cause;
  }
  return chain;
}

/** Text of a refusal with GitHub's own reasons, for a record. */
export function refusalText(error: unknown): string {
  const message = errorMessage(error);
  return error instanceof GitHubRefusal && error.errors.length > 0 && !message.includes(error.errors[0] ?? '')
    ? `${message}: ${error.errors.join('; ')}`
    : message;
}
