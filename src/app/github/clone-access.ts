/** The URL to clone a repository from, with a token that can read its contents and nothing else. */
import type { CloneAccess } from '../../core/github-ports.ts';
import type { GitHubClients } from './clients.ts';
import type { RepositoryAccess } from './tokens.ts';

export function createCloneAccess(clients: GitHubClients): CloneAccess {
  return {
    async forReading(repository) {
      const token = await clients.tokenFor(repository, { contents: 'read' });
      return { url: cloneUrl(clients.webUrl, repository), token };
    },
  };
}

export function cloneUrl(webUrl: string, repository: Pick<RepositoryAccess, 'owner' | 'name'>): string {
  return `${webUrl}/${encodeURIComponent(repository.owner)}/${encodeURIComponent(repository.name)}.git`;
}
