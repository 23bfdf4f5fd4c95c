/** Clients for the GitHub that the configuration names. */

import type { GitHubClients } from '../app/github/clients.ts';
import { createClients, WRITE_TIMEOUT_MS } from '../app/github/clients.ts';
import type { AppCredentials, Config } from '../config.ts';
import type { Clock, Log } from '../core/ports.ts';

export function connectToGitHub(
  config: Pick<Config, 'github' | 'leaseMs'>,
  app: AppCredentials,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): GitHubClients {
  return createClients({
    appId: app.id,
    privateKey: app.privateKey,
    apiUrl: config.github.apiUrl,
    webUrl: config.github.webUrl,
    userAgent: 'hypercode-crew',
    clock,
    log,
    // Whoever waits longer for an answer than a lease lasts would hold on to what is another's by then.
    writeTimeoutMs: Math.min(WRITE_TIMEOUT_MS, config.leaseMs),
  });
}
