/** Which repositories the App serves, and their names. */
import type { Handler } from '../probot/handler.ts';

export const handler: Handler = {
  on: [
    'installation.created',
    'installation.deleted',
    'installation.suspend',
    'installation.unsuspend',
    'installation_repositories.added',
    'installation_repositories.removed',
    'repository.renamed',
    'repository.transferred',
  ],
  handle: (event, desk) => desk.decide(event),
};
