/** Clients for the GitHub that the configuration names. */

import type { GitHubClients } from '../app/github/clients.ts';
import { createClients, WRITE_TIMEOUT_MS } from '../app/github/clients.ts';
import { pacingWith } from '../app/github/pacing.ts';
import type { AppCredentials, Config } from '../config.ts';
import type { GitHubAllowances } from '../core/github-ports.ts';
import type { Clock, Log } from '../core/ports.ts';
import { redactorOf } from './redactor.ts';

export function connectToGitHub(
  config: Pick<Config, 'github' | 'leaseMs' | 'secrets'>,
  app: AppCredentials,
  {
    clock,
    log,
    allowances,
  }: { readonly clock: Clock; readonly log: Log; readonly allowances: GitHubAllowances },
): GitHubClients {
  const { apiUrl, webUrl, ...content } = config.github;
  return createClients({
    appId: app.id,
    privateKey: app.privateKey,
    apiUrl,
    webUrl,
    userAgent: 'hypercode-crew',
    pacing: pacingWith(content),
    secrets: redactorOf(config),
    clock,
    log,
    allowances,
    // Whoever waits longer for an answer than a lease lasts would hold on to what is another's by then.
    writeTimeoutMs: Math.min(WRITE_TIMEOUT_MS, config.leaseMs),
  });
}
