// What every part of the offline GitHub is handed: the options it was started with, its state, its git, its outbox.
import type { Conformance } from './conformance.ts';
import type { Faults } from './faults.ts';
import type { Git } from './git.ts';
import type { Limits } from './limits.ts';
import type { Outbox } from './outbox.ts';
import type { InstallationDoc, IssueDoc, RepoDoc, UserDoc } from './records.ts';
import type { Store, Tx, View } from './state.ts';

export interface AppOptions {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  /** The server keeps only the public half. */
  readonly privateKeyPem: string;
  readonly webhookSecret: string;
  readonly webhookUrl?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly events: readonly string[];
}

export interface World {
  readonly app: AppOptions & { readonly clientId: string; readonly publicKeyPem: string };
  readonly urls: { readonly html: string; readonly api: string };
  readonly store: Store;
  readonly git: Git;
  readonly outbox: Outbox;
  readonly conformance: Conformance;
  readonly faults: Faults;
  readonly limits: Limits;
  readonly clock: () => Date;
  /** See narrow-tokens.ts. */
  readonly strictTokens: boolean;
  /** Told of every request of the API, GraphQL and git: before anything is done, and before it is answered. */
  readonly watchers: Set<RequestWatcher>;
}

export interface WatchedRequest {
  readonly method: string;
  /** Without /api/v3; what GraphQL changes is `/graphql/mutation`. */
  readonly path: string;
  /** The header as it was sent. */
  readonly authorization: string | null;
  /** Under which name and port GitHub was asked. */
  readonly host: string;
  /** As it was sent; null for git. */
  readonly body: string | null;
}

/**
 * `status`: as it will be answered, with these headers; null before anything is done. What it answers is awaited; `reset` then ends
 * the connection, before anything is done, or with what was done unanswered.
 */
export type RequestWatcher = (
  request: WatchedRequest,
  status: number | null,
  headers: Readonly<Record<string, string>>,
) => unknown;

/** Somebody doing something, inside one transaction. */
export interface Deed {
  readonly world: World;
  readonly tx: Tx;
  readonly actor: UserDoc;
  /** True when an installation token of the App acts. */
  readonly viaApp: boolean;
}

export class GitHubError extends Error {
  readonly status: number;
  readonly errors: readonly unknown[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    errors?: readonly unknown[],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = 'GitHubError';
    this.status = status;
    this.errors = errors;
    this.headers = headers;
  }
}

export const notFound = (): GitHubError => new GitHubError(404, 'Not Found');
export const invalid = (message: string, errors?: readonly unknown[]): GitHubError =>
  new GitHubError(422, message, errors);

/** Whole seconds, as GitHub writes times. */
export function stamp(world: World): string {
  return world
    .clock()
    .toISOString()
    .replace(/\.\d{3}Z$/, 'Z');
}

/** Node ids carry kind, repository and id, so that GraphQL can find what they name. */
export function nodeId(kind: string, ...ids: readonly (number | string)[]): string {
  return `${kind}_${Buffer.from(ids.join(':')).toString('base64url')}`;
}

export function readNodeId(text: string): { readonly kind: string; readonly ids: readonly string[] } {
  const split = text.indexOf('_');
  return {
    kind: text.slice(0, split),
    ids: Buffer.from(text.slice(split + 1), 'base64url')
      .toString()
      .split(':'),
  };
}

export function findUser(view: View, login: string): UserDoc | undefined {
  const wanted = login.toLowerCase();
  return view.list('user', (user) => user.login.toLowerCase() === wanted)[0];
}

export function userOf(view: View, login: string): UserDoc {
  const user = findUser(view, login);
  if (!user) throw new Error(`no user ${login}`);
  return user;
}

export function ensureUser(
  world: World,
  tx: Tx,
  login: string,
  type: UserDoc['type'] = typeOf(login),
): UserDoc {
  return (
    findUser(tx, login) ??
    tx.put('user', { id: tx.nextId(), login, type, name: null, createdAt: stamp(world) })
  );
}

/** GitHub gives these names to bots alone, whoever mentions one first. */
function typeOf(login: string): UserDoc['type'] {
  return login.endsWith('[bot]') ? 'Bot' : 'User';
}

export function findRepo(view: View, owner: string, name: string): RepoDoc | undefined {
  const wanted = `${owner}/${name}`.toLowerCase();
  return view.list('repo', (repo) => `${repo.owner}/${repo.name}`.toLowerCase() === wanted)[0];
}

export function repoOf(view: View, id: number): RepoDoc {
  const repo = view.get('repo', id);
  if (!repo) throw new Error(`no repository ${id}`);
  return repo;
}

export function findIssue(view: View, repo: RepoDoc, number: number): IssueDoc | undefined {
  return view.list('issue', (issue) => issue.repo === repo.id && issue.number === number)[0];
}

export function installationOf(view: View, repo: RepoDoc): InstallationDoc | undefined {
  return view.list(
    'installation',
    (one) =>
      one.account.toLowerCase() === repo.owner.toLowerCase() &&
      (one.selection === 'all' || one.repoIds.includes(repo.id)),
  )[0];
}

export const botLogin = (world: World): string => `${world.app.slug}[bot]`;
