/** The Messages API's refusals: one error class with the status and the error type that Anthropic documents for it. */

const STATUS_OF = {
  invalid_request_error: 400,
  authentication_error: 401,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  overloaded_error: 529,
} as const;

export type ApiErrorType = keyof typeof STATUS_OF;

/** The error type that comes with a status; undefined when none does. */
export function typeOf(status: number): ApiErrorType | undefined {
  const types = Object.keys(STATUS_OF) as ApiErrorType[];
  return types.find((type) => STATUS_OF[type] === status);
}

export class ApiError extends Error {
  readonly type: ApiErrorType;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(type: ApiErrorType, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'ApiError';
    this.type = type;
    this.status = STATUS_OF[type];
    this.headers = headers;
  }
}

/** The body that the API sends with an error. https://platform.claude.com/docs/en/api/errors */
export function errorBody(type: ApiErrorType, message: string, requestId: string) {
  return { type: 'error', error: { type, message }, request_id: requestId };
}
