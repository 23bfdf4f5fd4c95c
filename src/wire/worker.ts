/** The side where specialists work on what GitHub holds. */
import { createCloneAccess } from '../app/github/clone-access.ts';
import type { AppCredentials } from '../config.ts';
import type { CrewFiles } from './crew-files.ts';
import type { Foundation } from './foundation.ts';
import { connectToGitHub } from './github.ts';
import { startSpecialists } from './specialists.ts';

/** Throws ConfigError, as `startSpecialists`. */
export async function startWorker(
  foundation: Foundation,
  app: AppCredentials,
  files: CrewFiles,
  shutdown: AbortSignal,
): Promise<void> {
  const cloneAccess = createCloneAccess(
    connectToGitHub(foundation.config, app, { ...foundation, allowances: foundation.store.allowances }),
  );
  await startSpecialists(foundation, cloneAccess, files, shutdown);
}
