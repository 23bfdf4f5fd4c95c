/** Looks at GitHub, and at what the App may do and hears there. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { uncounted } from '../../app/github/pacing.ts';
import type { AppCredentials, Config } from '../../config.ts';
import { errorMessage } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';
import { systemClock } from '../clock.ts';
import { connectToGitHub } from '../github.ts';
import { PACKAGE_ROOT } from '../package-root.ts';
import type { Finding } from './finding.ts';
import { good, warning, wrong } from './finding.ts';

const LEVELS = ['none', 'read', 'write', 'admin'];
const GITHUB_TIMEOUT_MS = 10_000;

const manifestSchema = z.object({
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

/** GitHub first: an App cannot be asked for where nobody answers. */
export async function examineGitHub(config: Config, log: Log): Promise<readonly Finding[]> {
  const { apiUrl } = config.github;
  try {
    await fetch(apiUrl, { signal: AbortSignal.timeout(GITHUB_TIMEOUT_MS), redirect: 'manual' });
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const remedy =
      'Check GITHUB_API_URL, and that the network (a proxy, a firewall) lets this machine reach it.';
    return [wrong('GitHub', `${apiUrl} does not answer: ${errorMessage(why)}`, remedy)];
  }
  return [good('GitHub', `${apiUrl} answers`), ...(await examineApp(config, log))];
}

async function examineApp(config: Config, log: Log): Promise<readonly Finding[]> {
  if (config.app === null) {
    return [warning('App', 'no credentials yet', 'Run `crew start`: its page makes the App.')];
  }
  let given: Registered;
  try {
    given = await appAsRegistered(config, config.app, log);
  } catch (error) {
    const remedy =
      'Check APP_ID and PRIVATE_KEY (both of one App), GITHUB_API_URL, and the clock of this machine.';
    return [wrong('App', errorMessage(error), remedy)];
  }
  const manifest = manifestSchema.parse(parse(await readFile(join(PACKAGE_ROOT, 'app.yml'), 'utf8')));
  const lacking = Object.entries(manifest.default_permissions).filter(
    ([name, level]) => LEVELS.indexOf(given.permissions[name] ?? 'none') < LEVELS.indexOf(level),
  );
  const unheard = manifest.default_events.filter((event) => !given.events.includes(event));
  const settings = `${config.github.webUrl}/settings/apps/${given.slug}/permissions`;
  return [
    good('App', `${given.name} (${given.slug})`),
    lacking.length === 0
      ? good('App permissions', 'all granted')
      : wrong(
          'App permissions',
          `lacking: ${lacking.map(([name, level]) => `${name}: ${level}`).join(', ')}`,
          `Grant them at ${settings}`,
        ),
    unheard.length === 0
      ? good('App events', 'all subscribed')
      : wrong('App events', `not subscribed: ${unheard.join(', ')}`, `Subscribe at ${settings}`),
  ];
}

const registeredSchema = z.object({
  name: z.string(),
  slug: z.string(),
  permissions: z.record(z.string(), z.string()),
  events: z.array(z.string()),
});

type Registered = z.infer<typeof registeredSchema>;

async function appAsRegistered(config: Config, app: AppCredentials, log: Log): Promise<Registered> {
  const clients = connectToGitHub(config, app, {
    clock: systemClock,
    log,
    allowances: uncounted(systemClock),
  });
  const { data } = await clients.app().rest.apps.getAuthenticated();
  return registeredSchema.parse(data);
}
