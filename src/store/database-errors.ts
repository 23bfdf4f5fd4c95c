/** What a failed query means: passing trouble, or a bug whose query is named. */
import { errorMessage, LeaseLostError, TransientError, UserError } from '../core/errors.ts';

/** A query that PostgreSQL refused: a bug of ours. `query` is the name of the store's method. */
class QueryError extends Error {
  override readonly name = 'QueryError';
  readonly query: string;

  constructor(query: string, cause: unknown) {
    super(`${query}: ${errorMessage(cause)}`, { cause });
    this.query = query;
  }
}

const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);

/** Too many connections, shutting down, starting up: https://www.postgresql.org/docs/18/errcodes-appendix.html */
const PASSING_STATES = /^(08|53|57P0[123]$|40001$|40P01$|55P03$)/;

/** Losses that pg reports without a code. */
const CONNECTION_MESSAGES =
  /connection terminated|timeout exceeded when trying to connect|not queryable|connection error/i;

/** Serialization failure or deadlock: the same transaction may succeed when it is run again. */
export function isRetriable(error: unknown): boolean {
  const code = codeOf(error);
  return code === '40001' || code === '40P01';
}

/** The error as the store's callers know it; errors of the crew's own vocabulary pass unchanged. */
export function translateError(query: string, error: unknown): unknown {
  if (error instanceof UserError || error instanceof LeaseLostError) return error;
  if (error instanceof TransientError || error instanceof QueryError) return error;
  if (isPassing(error)) {
    return new TransientError(`The database did not answer (${query}: ${errorMessage(error)}).`, {
      cause: error,
    });
  }
  return codeOf(error) === null ? error : new QueryError(query, error);
}

function isPassing(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== null && (CONNECTION_CODES.has(code) || PASSING_STATES.test(code))) return true;
  return error instanceof Error && CONNECTION_MESSAGES.test(error.message);
}

function codeOf(error: unknown): string | null {
  if (error instanceof QueryError || error instanceof TransientError) return codeOf(error.cause);
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
