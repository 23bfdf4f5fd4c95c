/** An HTTP server for a hono app, with an address once it listens. */
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { ConfigError } from '../core/errors.ts';

export interface Served {
  /** `http://host:port`, with the port that was taken when 0 was asked for. */
  readonly url: string;
  close(): Promise<void>;
}

/** Headers must be here within this time: a client that dribbles them holds nothing for long. */
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 60_000;
/** How often these are looked after; half a minute by default, which is how long a slow client would be left alone. */
const CHECK_EVERY_MS = 5_000;
/** Far above what GitHub and people open, and few enough that all together bound the memory which they take. */
const CONNECTIONS_MAX = 1_000;

/** As `GET /path`; what stands before all of them is none. */
export function routesOf(app: Hono): readonly string[] {
  const routes = app.routes.filter(({ path }) => !path.endsWith('*'));
  return [...new Set(routes.map(({ method, path }) => `${method} ${path}`))];
}

export async function serve(
  app: Hono,
  options: { readonly host: string; readonly port: number },
): Promise<Served> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // By itself it resets, after half a second, a connection whose body was refused unread: slow senders never hear why.
    autoCleanupIncoming: false,
    serverOptions: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_EVERY_MS,
    },
  });
  if ('maxConnections' in server) server.maxConnections = CONNECTIONS_MAX;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, options)));
    server.listen(options.port, options.host, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${options.host === '0.0.0.0' ? '127.0.0.1' : options.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

function listenError(error: Error, { host, port }: { readonly host: string; readonly port: number }): Error {
  const code = 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE')
    return new ConfigError(`PORT: ${host}:${port} is taken by another program. Set PORT to a free one.`);
  if (code === 'EACCES')
    return new ConfigError(
      `PORT: ${port} needs more rights than this process has. Set PORT to 1024 or above.`,
    );
  return error;
}
