/**
 * GitHub clients: as the App itself, and as an installation narrowed to one repository and to named permissions. All
 * pacing, time limits, retries and translation of errors are here; whoever uses a client sees the crew's errors only.
 */
import { createAppAuth } from '@octokit/auth-app';
import { retry } from '@octokit/plugin-retry';
import { Octokit } from '@octokit/rest';
import { TransientError } from '../../core/errors.ts';
import type { GitHubAllowances } from '../../core/github-ports.ts';
import type { BotIdentity } from '../../core/marker.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { appAnswer, parseAnswer } from './answers.ts';
import { boundedFetch, type Fetch } from './bounded-fetch.ts';
import { graphErrorIn } from './graph-error.ts';
import { guardRequests, type KnownSecrets, learningFetch } from './guard-requests.ts';
import { isGraphQL, isRead } from './is-read.ts';
import { pacedFetch } from './paced-fetch.ts';
import { GITHUB_PACING, type PacingSettings } from './pacing.ts';
import { createPauses, type Pauses } from './pauses.ts';
import { translateError } from './refusal.ts';
import { createTokens, type Permissions, permissionsText, type RepositoryAccess } from './tokens.ts';

const READ_TIMEOUT_MS = 10_000;
export const WRITE_TIMEOUT_MS = 15_000;
const READ_RETRIES = 2;
/** Statuses for which asking again changes nothing; of limits (403, 429) `pacedFetch` takes care. */
const FINAL_STATUSES = [304, 400, 401, 403, 404, 406, 409, 410, 413, 415, 422, 429, 451];

export interface ClientSettings {
  readonly appId: number;
  readonly privateKey: string;
  /** `https://api.github.com`, or `https://<host>/api/v3`. */
  readonly apiUrl: string;
  /** `https://github.com`. */
  readonly webUrl: string;
  readonly userAgent: string;
  readonly log: Log;
  readonly clock: Clock;
  /** What this process may ask of GitHub, together with others. */
  readonly allowances: GitHubAllowances;
  /** What must not be sent, and what is added to it. */
  readonly secrets: KnownSecrets;
  readonly pacing?: PacingSettings;
  readonly readTimeoutMs?: number;
  readonly writeTimeoutMs?: number;
  readonly fetch?: Fetch;
}

export interface GitHubClients {
  readonly webUrl: string;
  /** How long a write may take once it has been sent. */
  readonly writeTimeoutMs: number;
  /** Speaks as the App (JWT): its own record, its installations, its deliveries. */
  app(): Octokit;
  /** Speaks as the installation, with no more than `permissions` on this repository. Nothing is sent after `startBefore`. */
  forRepository(repository: RepositoryAccess, permissions: Permissions, startBefore?: Date): Promise<Octokit>;
  /** For git over HTTPS. */
  tokenFor(repository: RepositoryAccess, permissions: Permissions): Promise<string>;
  /** Asked once; a failed look-up is not kept. */
  botIdentity(): Promise<BotIdentity>;
}

const CrewOctokit = Octokit.plugin(retry);

export function createClients(settings: ClientSettings): GitHubClients {
  const writeTimeoutMs = settings.writeTimeoutMs ?? WRITE_TIMEOUT_MS;
  const now = () => settings.clock.now();
  const pauses = createPauses(settings.clock);
  const appClient = connect({
    account: 'app',
    auth: null,
    permissions: 'the App itself',
    startBefore: null,
  });
  const tokens = createTokens(
    async (installation_id, body) =>
      (await appClient.rest.apps.createInstallationAccessToken({ installation_id, ...body })).data,
    now,
    settings.secrets.learn,
  );
  let identity: Promise<BotIdentity> | null = null;

  function connect(connection: Connection): Octokit {
    const options = clientOptions(settings, connection, { writeTimeoutMs, pauses });
    const octokit = new CrewOctokit(options);
    guardRequests(octokit, settings.secrets);
    octokit.hook.before('request', (request) => {
      // On a read it must stay unset: plugin-retry 8 takes it for a wish to retry even final statuses.
      if (!isRead(request)) request.request = { ...request.request, retries: 0 };
    });
    octokit.hook.after('request', (response, request) => {
      const error = isGraphQL(request) ? graphErrorIn(response) : null;
      if (error !== null) throw error;
    });
    octokit.hook.error('request', (error) => {
      const grantUrl = `${settings.webUrl}/settings/apps (the App's "Permissions & events")`;
      throw translateError(error, { permissions: connection.permissions, grantUrl, now: now() });
    });
    return octokit;
  }

  return {
    webUrl: settings.webUrl,
    writeTimeoutMs,
    app: () => appClient,
    async forRepository(repository, permissions, startBefore) {
      const octokit = connect({
        account: `installation-${repository.installationId}`,
        auth: await tokens.get(repository, permissions),
        permissions: permissionsText(permissions),
        startBefore: startBefore ?? null,
      });
      octokit.hook.error('request', (error) => {
        if (error instanceof TransientError && causedBy401(error)) tokens.drop(repository, permissions);
        throw error;
      });
      return octokit;
    },
    tokenFor: (repository, permissions) => tokens.get(repository, permissions),
    botIdentity() {
      identity ??= lookUpIdentity(appClient).catch((error: unknown) => {
        identity = null;
        throw error;
      });
      return identity;
    },
  };
}

interface Connection {
  /** Whose limits its requests are held to. */
  readonly account: string;
  /** An installation's token; null for the App. */
  readonly auth: string | null;
  readonly permissions: string;
  readonly startBefore: Date | null;
}

function clientOptions(
  settings: ClientSettings,
  connection: Connection,
  { writeTimeoutMs, pauses }: { readonly writeTimeoutMs: number; readonly pauses: Pauses },
) {
  const { allowances, clock, log, pacing = GITHUB_PACING } = settings;
  const { account, startBefore } = connection;
  const auth =
    connection.auth === null
      ? { authStrategy: createAppAuth, auth: { appId: settings.appId, privateKey: settings.privateKey } }
      : { auth: connection.auth };
  const bounded = boundedFetch(learningFetch(settings.fetch ?? globalThis.fetch, settings.secrets), {
    readTimeoutMs: settings.readTimeoutMs ?? READ_TIMEOUT_MS,
    writeTimeoutMs,
    startBefore,
    now: () => clock.now(),
    pausedMs: () => pauses.leftMs(account),
    redact: settings.secrets.redactJson,
  });
  const limits = { allowances, pauses, account, settings: pacing, writeTimeoutMs, startBefore, clock, log };
  return {
    ...auth,
    baseUrl: settings.apiUrl,
    userAgent: settings.userAgent,
    log: octokitLog(log),
    request: { fetch: pacedFetch(bounded, limits) },
    // Writes are never sent again here: a 502 after a POST once made three comments of one. The ledger looks first.
    retry: { doNotRetry: FINAL_STATUSES, retries: READ_RETRIES, retryAfterBaseValue: pacing.retryBaseMs },
  };
}

/** By the App's own word: no token is asked for it. */
async function lookUpIdentity(app: Octokit): Promise<BotIdentity> {
  const { id: appId, slug } = parseAnswer(appAnswer, (await app.rest.apps.getAuthenticated()).data, 'an App');
  return { login: `${slug}[bot]`, appId, slug };
}

function causedBy401(error: TransientError): boolean {
  return error.cause instanceof Error && 'status' in error.cause && error.cause.status === 401;
}

function octokitLog(log: Log) {
  return {
    debug: (message: string) => log.debug({}, message),
    info: (message: string) => log.debug({}, message),
    warn: (message: string) => log.warn({}, message),
    error: (message: string) => log.debug({}, message),
  };
}
