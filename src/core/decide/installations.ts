/** Which repositories the crew serves. Pure. */
import type { Change } from '../change.ts';
import type { InstallationEvent } from '../event.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { stopAll } from './requests.ts';

export function decideInstallation(event: InstallationEvent, facts: Facts): Verdict {
  if (!has(facts, 'installed')) return needs('installed');
  const known = facts.installed;
  const removed = new Set(event.removed);
  if (event.change === 'gone') for (const repository of known.repositories) removed.add(repository.id);
  const lost = known.openTasks.filter((task) => removed.has(task.repository.id));
  const changes: readonly Change[] = [
    ...event.added
      .filter((added) => !known.repositories.some(({ id }) => id === added.id))
      .map((repository): Change => ({ kind: 'save_repository', repository })),
    ...stopAll(lost, `${event.sender.login} took the repository away from the App.`),
    ...[...removed].map((repositoryId): Change => ({ kind: 'remove_repository', repositoryId })),
  ];
  const reason = `the installation was changed (${event.action}): ${event.added.length} repositories named, ${removed.size} gone`;
  if (changes.length === 0) return ignored(reason, event.sender.login);
  return decided({ decided: 'change', reason, actor: event.sender.login, changes });
}
