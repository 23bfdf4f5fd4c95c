/** Clients for the GitHub that the configuration names. */

import type { GitHubClients } from '../app/github/clients.ts';
import { createClients } from '../app/github/clients.ts';
import type { AppCredentials, Config } from '../config.ts';
import type { Clock, Log } from '../core/ports.ts';
import { redactorOf } from './redactor.ts';

export function connectToGitHub(
  config: Pick<Config, 'github' | 'secrets'>,
  app: AppCredentials,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): GitHubClients {
  return createClients({
    appId: app.id,
    privateKey: app.privateKey,
    apiUrl: config.github.apiUrl,
    webUrl: config.github.webUrl,
    userAgent: 'hypercode-crew',
    secrets: redactorOf(config),
    clock,
    log,
  });
}
