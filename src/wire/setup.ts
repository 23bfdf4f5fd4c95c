/** The first start, while there is no App: only the pages that make one. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSetup } from '../app/setup/setup.ts';
import { createSite } from '../app/site.ts';
import type { Config } from '../config.ts';
import type { Log } from '../core/ports.ts';
import { systemClock } from './clock.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { routesOf, serve } from './serve.ts';

export interface Setup {
  /** Where it listens. */
  readonly url: string;
  /** What it serves, as `GET /path`. */
  readonly routes: readonly string[];
  /** Resolves once the credentials stand in the state directory's `.env`. */
  readonly created: Promise<void>;
  close(): Promise<void>;
}

export async function startSetup(config: Config, log: Log): Promise<Setup> {
  const created = Promise.withResolvers<void>();
  const pages = createSetup({
    appYml: await readFile(join(PACKAGE_ROOT, 'app.yml'), 'utf8'),
    publicUrl: config.http.publicUrl,
    githubUrl: config.github.webUrl,
    githubApiUrl: config.github.apiUrl,
    envPath: join(config.stateDir, '.env'),
    log,
    now: () => systemClock.now(),
    onCreated: () => created.resolve(),
  });
  const routes = createSite(log).route('/', pages);
  routes.get('/healthz', (context) => context.json({ status: 'waiting for an App' }));
  const served = await serve(routes, config.http);
  return {
    url: served.url,
    routes: routesOf(routes),
    created: created.promise,
    close: served.close,
  };
}
