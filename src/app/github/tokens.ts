/**
 * Installation tokens, each narrowed to one repository and to the permissions that one piece of work needs, and kept
 * until shortly before they run out.
 */
import { UserError } from '../../core/errors.ts';
import type { Repository } from '../../core/records.ts';
import { parseAnswer, tokenAnswer } from './answers.ts';
import { isRefusal, refusalText } from './refusal.ts';

/** Names as in the App's settings; `read` or `write` each. */
export type Permissions = Readonly<
  Partial<
    Record<
      'actions' | 'checks' | 'contents' | 'issues' | 'metadata' | 'pull_requests' | 'statuses',
      'read' | 'write'
    >
  >
>;

export type RepositoryAccess = Pick<Repository, 'id' | 'owner' | 'name' | 'installationId'>;

/** A clone or a push must not outlive the token that it started with. */
const RENEW_BEFORE_MS = 5 * 60_000;
const TOKENS_MAX = 1_000;

export interface InstallationTokens {
  get(repository: RepositoryAccess, permissions: Permissions): Promise<string>;
  /** GitHub refused it. */
  drop(repository: RepositoryAccess, permissions: Permissions): void;
}

/** `request` sends the POST and answers its body; errors come translated. `learn` is told of each token before anybody has it. */
export function createTokens(
  request: (
    installationId: number,
    body: { repository_ids: number[]; permissions: Record<string, string> },
  ) => Promise<unknown>,
  now: () => Date,
  learn: (secret: string) => void,
): InstallationTokens {
  const kept = new Map<string, { readonly token: Promise<string>; expiresAtMs: number }>();

  async function create(
    key: string,
    repository: RepositoryAccess,
    permissions: Permissions,
  ): Promise<string> {
    try {
      const body = { repository_ids: [repository.id], permissions: { ...permissions } };
      const answer = parseAnswer(tokenAnswer, await request(repository.installationId, body), 'a token');
      learn(answer.token);
      const entry = kept.get(key);
      if (entry !== undefined) entry.expiresAtMs = Date.parse(answer.expires_at);
      return answer.token;
    } catch (error) {
      kept.delete(key);
      throw tokenError(error, repository, permissions);
    }
  }

  return {
    get(repository, permissions) {
      const key = keyOf(repository, permissions);
      const entry = kept.get(key);
      if (entry !== undefined && entry.expiresAtMs - RENEW_BEFORE_MS > now().getTime()) return entry.token;
      kept.delete(key);
      const oldest = kept.size >= TOKENS_MAX ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      // Infinity until GitHub has said when: requests that come meanwhile share this one.
      const token = Promise.resolve().then(() => create(key, repository, permissions));
      kept.set(key, { token, expiresAtMs: Number.POSITIVE_INFINITY });
      return token;
    },
    drop(repository, permissions) {
      kept.delete(keyOf(repository, permissions));
    },
  };
}

export function permissionsText(permissions: Permissions): string {
  return Object.entries(permissions)
    .map(([name, level]) => `${name}: ${level}`)
    .sort()
    .join(', ');
}

function keyOf(repository: RepositoryAccess, permissions: Permissions): string {
  return `${repository.installationId}/${repository.id}/${permissionsText(permissions)}`;
}

function tokenError(error: unknown, repository: RepositoryAccess, permissions: Permissions): unknown {
  const name = `${repository.owner}/${repository.name}`;
  if (isRefusal(error, 404)) {
    return new UserError(`The App is no longer installed on ${name}: install it again.`, { cause: error });
  }
  if (isRefusal(error, 422)) {
    return new UserError(
      `The App's installation on ${name} does not grant ${permissionsText(permissions)}: grant it in the App's settings under "Permissions & events", then accept the change in the installation. ${refusalText(error)}`,
      { cause: error },
    );
  }
  return error;
}
