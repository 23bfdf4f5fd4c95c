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
    serverOptions: { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: REQUEST_TIMEOUT_MS },
  });
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
