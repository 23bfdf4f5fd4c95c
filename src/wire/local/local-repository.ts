/** What a task without GitHub knows of its repository: a record of it, and its configuration as it stands at the base. */
import type { Repository } from '../../core/records.ts';
import type { CrewLimits, ParsedConfig } from '../../core/repo-config.ts';
import { CONFIG_PATH, oversizedRepoConfig, parseRepoConfig } from '../../core/repo-config.ts';
import type { Store } from '../../core/store-ports.ts';
import { CONFIG_MAX_BYTES, type LocalConfig } from './clone-staging.ts';

/** Tells `onProblem` what is wrong in `.github/crew.yml`, a line each. */
export function parseLocalConfig(
  config: LocalConfig,
  crew: CrewLimits,
  onProblem: (problem: string) => void,
): ParsedConfig {
  const parsed =
    config !== null && typeof config === 'object'
      ? oversizedRepoConfig(config.bytes, CONFIG_MAX_BYTES, crew)
      : parseRepoConfig(config, crew);
  for (const { line, key, message, remedy } of parsed.problems) {
    onProblem(`${CONFIG_PATH}:${line}: ${key} ${message}; ${remedy}`);
  }
  return parsed;
}

export async function saveRepository(
  store: Pick<Store, 'repositories'>,
  of: Pick<Repository, 'id' | 'name' | 'defaultBranch'>,
): Promise<Repository> {
  const repository = { ...of, owner: 'local', installationId: 0, private: true };
  await store.repositories.save(repository);
  return repository;
}
