/** GraphQL refuses with HTTP 200 and `errors`; this gives each the status that REST would have given, so that one translation serves both. */
import { z } from 'zod';

const MESSAGE_MAX_CHARS = 1_000;
const ERRORS_MAX = 20;

const errorsAnswer = z.object({
  errors: z.array(z.object({ type: z.string().optional(), message: z.string() })).min(1),
});

/** Types as seen in answers: GitHub's documentation lists none. What is not here is a request that GitHub will never take. */
const STATUSES: Readonly<Record<string, number>> = {
  FORBIDDEN: 403,
  INSUFFICIENT_SCOPES: 403,
  NOT_FOUND: 404,
  RATE_LIMITED: 429,
  INTERNAL: 502,
  SERVICE_UNAVAILABLE: 502,
};
const PASSING = /something went wrong|timed? ?out|temporarily unavailable|loading/i;
const OTHER_STATUS = 422;
const PASSING_STATUS = 502;

/** Looks like an error of the HTTP client. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly response: GraphResponse;

  constructor(message: string, status: number, response: GraphResponse) {
    super(message);
    this.status = status;
    this.response = response;
  }
}

interface GraphResponse {
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

/** Null when it is an answer without errors. Data beside errors is not to be trusted: some of it is missing. */
export function graphErrorIn(response: GraphResponse): GraphError | null {
  const parsed = errorsAnswer.safeParse(response.data);
  if (!parsed.success) return null;
  const errors = parsed.data.errors.slice(0, ERRORS_MAX);
  const statuses = errors.map(({ type, message }) => statusOf(type, message));
  // A rate limit or an outage makes other errors of the same answer its consequence.
  const status = statuses.find((one) => one === 429 || one >= 500) ?? statuses[0] ?? OTHER_STATUS;
  const text = errors.map(({ message }) => message).join('; ');
  return new GraphError(text.slice(0, MESSAGE_MAX_CHARS), status, response);
}

function statusOf(type: string | undefined, message: string): number {
  if (/rate limit exceeded|secondary rate/i.test(message)) return 429;
  if (type !== undefined) return STATUSES[type] ?? OTHER_STATUS;
  return PASSING.test(message) ? PASSING_STATUS : OTHER_STATUS;
}
