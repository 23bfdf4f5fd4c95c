/** Whether a request changes nothing, so that it may be sent again and need not be counted as a write. */

/** GraphQL reads by POST; our documents begin with their kind. */
export function isRead(request: {
  readonly method: string;
  readonly url: string;
  readonly query?: unknown;
}): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  return isGraphQL(request) && typeof request.query === 'string' && /^\s*query\b/.test(request.query);
}

/** `/graphql`, or on Enterprise Server `https://<host>/api/graphql`. */
export function isGraphQL(request: { readonly method: string; readonly url: string }): boolean {
  return request.method === 'POST' && request.url.endsWith('/graphql');
}
