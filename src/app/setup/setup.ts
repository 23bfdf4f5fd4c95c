/**
 * The first start, when no App exists yet: pages that let GitHub create one from `app.yml`, take its credentials over,
 * and keep them. Whoever completes this decides whose App the server obeys, so it takes the token that the log shows.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { errorMessage } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';
import { allowedRate } from '../allowed-rate.ts';
import { CALLBACK_PATH, type Manifest, manifestOf, SETUP_PATH } from './manifest.ts';
import { donePage, PAGE_STYLE, problemPage, startPage } from './pages.ts';
import { writeEnv } from './write-env.ts';

const CONVERSION_TIMEOUT_MS = 15_000;
/** GitHub's code is good for an hour. */
const STATE_MAX_AGE_MS = 60 * 60_000;
const STATES_MAX = 100;
/** Fewer than states are kept. */
const PAGES_PER_MINUTE = 60;
const ORGANIZATION = /^[a-z0-9](?:[a-z0-9-]{0,38})$/i;

export interface SetupOptions {
  /** Text of `app.yml`. */
  readonly appYml: string;
  readonly publicUrl: string;
  readonly githubUrl: string;
  readonly githubApiUrl: string;
  /** Where the credentials go: `.env` of the state directory. */
  readonly envPath: string;
  readonly log: Log;
  readonly now: () => Date;
  /** Called once, after the credentials are kept; the process may go on with them without a restart. */
  readonly onCreated?: (credentials: AppCredentials) => void;
}

export interface AppCredentials {
  readonly appId: number;
  readonly privateKey: string;
  readonly webhookSecret: string;
}

const conversionSchema = z.object({
  id: z.int(),
  pem: z.string().min(1),
  webhook_secret: z.string().min(8),
  html_url: z.url(),
});

/** Serves the pages, and logs the address that opens them. Throws ConfigError when `app.yml` is wrong. */
export function createSetup(options: SetupOptions): Hono {
  const manifest = manifestOf(options.appYml, options.publicUrl);
  const token = randomBytes(16).toString('hex');
  const states = new Map<string, number>();
  let created = false;
  const pageRate = allowedRate(PAGES_PER_MINUTE);
  const app = new Hono();
  app.use('/setup/*', async (c, next) => {
    c.header('Content-Security-Policy', contentPolicy(options.githubUrl));
    await next();
  });
  app.get('/', (c) => c.redirect(SETUP_PATH));
  app.get(SETUP_PATH, async (c) => {
    if (created) return c.html(problemPage('The App exists already. Restart the crew.'), 410);
    if (!isToken(c.req.query('token'), token)) {
      return c.html(problemPage('Open the address that the log of the crew shows: it holds a token.'), 403);
    }
    const waitSeconds = await pageRate(SETUP_PATH);
    if (waitSeconds !== null) {
      return c.html(problemPage('This was opened too often. Wait a minute.'), 429, {
        'Retry-After': String(waitSeconds),
      });
    }
    return c.html(showStart(c, manifest, newState(states, options.now()), options));
  });
  app.get(CALLBACK_PATH, async (c) => {
    if (created) return c.html(problemPage('The App exists already. Restart the crew.'), 410);
    const state = c.req.query('state') ?? '';
    const startedAt = states.get(state);
    states.delete(state);
    if (startedAt === undefined || options.now().getTime() - startedAt > STATE_MAX_AGE_MS) {
      return c.html(
        problemPage('This was not started here, or too long ago. Start again from the log.'),
        403,
      );
    }
    const code = c.req.query('code') ?? '';
    if (!/^[\w-]{1,200}$/.test(code)) return c.html(problemPage('GitHub sent no code. Start again.'), 400);
    try {
      const conversion = await convert(code, options);
      await keep(conversion, options);
      created = true;
      return c.html(donePage(conversion.html_url, options.envPath, options.onCreated === undefined));
    } catch (error) {
      options.log.error({ error: errorMessage(error) }, 'the GitHub App could not be taken over');
      return c.html(problemPage('The App could not be taken over. The log says why.'), 502);
    }
  });
  options.log.info(
    { url: `${options.publicUrl}${SETUP_PATH}?token=${token}` },
    'there is no GitHub App yet: open this address to create it',
  );
  return app;
}

function showStart(c: Context, manifest: Manifest, state: string, options: SetupOptions) {
  const organization = c.req.query('organization') ?? '';
  const owner = ORGANIZATION.test(organization) ? `/organizations/${organization}` : '';
  return startPage({
    action: `${options.githubUrl}${owner}/settings/apps/new?state=${state}`,
    manifest,
    token: c.req.query('token') ?? '',
    organization: owner === '' ? null : organization,
    isLocal: /^https?:\/\/(?:localhost|127\.|\[::1\])/.test(options.publicUrl),
  });
}

/** The page's one style, by its hash, and forms to GitHub, which answers by sending the browser back here. */
function contentPolicy(githubUrl: string): string {
  const style = createHash('sha256').update(PAGE_STYLE).digest('base64');
  const { origin } = new URL(githubUrl);
  return `default-src 'none'; style-src 'sha256-${style}'; form-action 'self' ${origin}; base-uri 'none'; frame-ancestors 'none'`;
}

function newState(states: Map<string, number>, now: Date): string {
  const oldest = states.keys().next();
  if (states.size >= STATES_MAX && !oldest.done) states.delete(oldest.value);
  const state = randomBytes(16).toString('hex');
  states.set(state, now.getTime());
  return state;
}

function isToken(given: string | undefined, token: string): boolean {
  const a = Buffer.from(given ?? '');
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}

/** https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
async function convert(code: string, { githubApiUrl }: SetupOptions) {
  const response = await fetch(`${githubApiUrl}/app-manifests/${encodeURIComponent(code)}/conversions`, {
    method: 'POST',
    headers: { accept: 'application/vnd.github+json', 'user-agent': 'hypercode-crew' },
    signal: AbortSignal.timeout(CONVERSION_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`GitHub answered ${response.status}`);
  return conversionSchema.parse(await response.json());
}

async function keep(conversion: z.infer<typeof conversionSchema>, options: SetupOptions): Promise<void> {
  const { id, pem, webhook_secret: webhookSecret } = conversion;
  await writeEnv(options.envPath, { APP_ID: String(id), PRIVATE_KEY: pem, WEBHOOK_SECRET: webhookSecret });
  options.log.info(
    { appId: id, envPath: options.envPath },
    'the GitHub App exists; its credentials are kept',
  );
  options.onCreated?.({ appId: id, privateKey: pem, webhookSecret });
}
