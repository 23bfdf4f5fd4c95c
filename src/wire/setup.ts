/** The first start, while there is no App: only the pages that make one. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Hono } from 'hono';
import { createSetup } from '../app/setup/setup.ts';
import type { Config } from '../config.ts';
import type { Log } from '../core/ports.ts';
import { systemClock } from './clock.ts';
import { PACKAGE_ROOT } from './package-root.ts';
import { serve } from './serve.ts';

export interface Setup {
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
  const routes = new Hono().get('/healthz', (context) => context.json({ status: 'waiting for an App' }));
  const served = await serve(routes.route('/', pages), config.http);
  return { created: created.promise, close: served.close };
}
