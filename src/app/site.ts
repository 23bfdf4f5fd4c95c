/**
 * What all answers of the crew's HTTP server share, of whichever route: headers that let a browser do nothing with them that the
 * route did not ask for, 405 for other methods, and errors that tell the log what happened and the caller nothing.
 */
import { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { errorMessage, TransientError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';

const RETRY_AFTER_SECONDS = '10';

/** A route may set its own instead. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'Cache-Control': 'no-store',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Addresses hold keys.
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex',
};

export function createSite(log: Log): Hono {
  const site = new Hono();
  site.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    }
  });
  site.use(methodNotAllowed({ app: site }));
  site.notFound((c) => c.text('404 Not Found', 404));
  site.onError((error, c) => {
    const passing = error instanceof TransientError;
    // Not the query: it may hold a key.
    log.error(
      { method: c.req.method, route: c.req.routePath, error: errorMessage(error) },
      'a request failed',
    );
    return passing
      ? c.text('Not available just now.', 503, { 'Retry-After': RETRY_AFTER_SECONDS })
      : c.text('Something went wrong.', 500);
  });
  return site;
}
