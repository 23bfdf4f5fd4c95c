/** Webhooks about where the App is installed. Pure. */
import type { CrewEvent } from '../event.ts';
import { common } from './common.ts';
import { installationPayload, onRepository } from './payloads.ts';

/** Git's own name for the default branch: installation events do not tell it, the repository's next event does. */
const DEFAULT_BRANCH_UNKNOWN = 'HEAD';

export function installation(input: unknown, action: string): CrewEvent {
  const payload = installationPayload.parse(input);
  const installationId = payload.installation.id;
  const gone = action === 'deleted' || action === 'suspend';
  return {
    kind: 'installation',
    action,
    installationId,
    sender: payload.sender,
    change: gone ? 'gone' : 'repositories',
    added: gone
      ? []
      : [...payload.repositories, ...payload.repositories_added].map((found) => {
          const [owner = '', name = ''] = found.full_name.split('/');
          return {
            id: found.id,
            owner,
            name,
            installationId,
            defaultBranch: DEFAULT_BRANCH_UNKNOWN,
            private: found.private,
          };
        }),
    removed: [...(gone ? payload.repositories : []), ...payload.repositories_removed].map(({ id }) => id),
  };
}

export function repositoryMoved(input: unknown, action: 'renamed' | 'transferred'): CrewEvent {
  return { kind: 'repository_moved', action, ...common(onRepository.parse(input)) };
}
