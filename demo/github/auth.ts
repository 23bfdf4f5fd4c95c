// Who is asking: the App by its JWT, an installation by its token, a person by theirs, or nobody.
import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { z } from 'zod';
import type { InstallationDoc, RepoDoc, TokenDoc, UserDoc } from './records.ts';
import type { Tx, View } from './state.ts';
import { botLogin, findUser, GitHubError, invalid, userOf, type World } from './world.ts';

export type Auth =
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly installation: InstallationDoc; readonly token: TokenDoc }
  | { readonly kind: 'user'; readonly user: UserDoc }
  | { readonly kind: 'anonymous' };

const jwtLimitSeconds = 600;
const clockSkewSeconds = 60;
const tokenLifeMs = 3_600_000;

const claimsSchema = z.object({
  iss: z.union([z.string(), z.number()]),
  iat: z.number().optional(),
  exp: z.number(),
});

const badCredentials = (): GitHubError => new GitHubError(401, 'Bad credentials');

export function authenticate(world: World, view: View, header: string | undefined): Auth {
  if (header === undefined || header === '') return { kind: 'anonymous' };
  const token = tokenIn(header);
  if (token === null) throw badCredentials();
  if (token.startsWith('ghs_')) return installationAuth(world, view, token);
  if (token.startsWith('ghp_')) {
    const user = findUser(view, token.slice('ghp_'.length));
    if (!user) throw badCredentials();
    return { kind: 'user', user };
  }
  checkJwt(world, token);
  return { kind: 'app' };
}

/** `Bearer x`, `token x`, or git's `Basic` with the token as password. */
function tokenIn(header: string): string | null {
  const [scheme = '', value = ''] = header.split(' ', 2);
  if (/^(bearer|token)$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return null;
  const [name = '', password = ''] = Buffer.from(value, 'base64').toString().split(':', 2);
  return password === '' || password === 'x-oauth-basic' ? name : password;
}

function installationAuth(world: World, view: View, text: string): Auth {
  const token = view.list('token', (one) => one.token === text)[0];
  const installation = token && view.get('installation', token.installation);
  if (!token || !installation || new Date(token.expiresAt) <= world.clock()) throw badCredentials();
  if (installation.suspendedAt !== null) throw new GitHubError(403, 'This installation has been suspended');
  return { kind: 'installation', installation, token };
}

function checkJwt(world: World, token: string): void {
  const [head, body, signature, ...rest] = token.split('.');
  if (!head || !body || !signature || rest.length > 0) throw badCredentials();
  const refuse = (message: string): never => {
    throw new GitHubError(401, message);
  };
  const unreadable = 'A JSON web token could not be decoded';
  const header = parsePart(head);
  const claims = claimsSchema.safeParse(parsePart(body));
  const alg = z.object({ alg: z.literal('RS256') }).safeParse(header);
  if (!alg.success || !claims.success) throw new GitHubError(401, unreadable);
  const key = createPublicKey(world.app.publicKeyPem);
  if (!verify('RSA-SHA256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'))) {
    refuse(unreadable);
  }
  const { iss, iat, exp } = claims.data;
  const nowSeconds = world.clock().getTime() / 1000;
  if (String(iss) !== String(world.app.id) && iss !== world.app.clientId) refuse('Integration not found');
  if (exp <= nowSeconds)
    refuse("'Expiration time' claim ('exp') must be a numeric value representing the future time");
  if (
    exp > nowSeconds + jwtLimitSeconds + clockSkewSeconds ||
    (iat !== undefined && exp - iat > jwtLimitSeconds + clockSkewSeconds)
  ) {
    refuse("'Expiration time' claim ('exp') is too far in the future");
  }
  if (iat !== undefined && iat > nowSeconds + clockSkewSeconds) {
    refuse(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
}

function parsePart(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return null;
  }
}

interface TokenWish {
  readonly repositories?: readonly string[] | undefined;
  readonly repository_ids?: readonly number[] | undefined;
  readonly permissions?: Readonly<Record<string, string>> | undefined;
}

const rank = (level: string | undefined): number => ['read', 'write', 'admin'].indexOf(level ?? '') + 1;

export function createToken(world: World, tx: Tx, installation: InstallationDoc, wish: TokenWish): TokenDoc {
  if (installation.suspendedAt !== null) throw new GitHubError(403, 'This installation has been suspended');
  for (const [name, level] of Object.entries(wish.permissions ?? {})) {
    if (rank(level) > rank(installation.permissions[name])) {
      throw invalid('The permissions requested are not granted to this installation.');
    }
  }
  const repos = wish.repositories || wish.repository_ids ? wantedRepos(tx, installation, wish) : null;
  for (const old of tx.list('token', (one) => new Date(one.expiresAt) <= world.clock()))
    tx.remove('token', old.id);
  return tx.put('token', {
    id: tx.nextId(),
    token: `ghs_${randomBytes(27).toString('base64url').replaceAll('-', 'a').replaceAll('_', 'b')}`,
    installation: installation.id,
    repoIds: repos?.map((repo) => repo.id) ?? null,
    permissions: wish.permissions ? { metadata: 'read', ...wish.permissions } : installation.permissions,
    expiresAt: new Date(world.clock().getTime() + tokenLifeMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  });
}

function wantedRepos(tx: Tx, installation: InstallationDoc, wish: TokenWish): RepoDoc[] {
  const all = installationRepos(tx, installation);
  const byName = (wish.repositories ?? []).map((name) => all.find((repo) => repo.name === name));
  const byId = (wish.repository_ids ?? []).map((id) => all.find((repo) => repo.id === id));
  return [...byName, ...byId].map((repo) => {
    if (repo) return repo;
    throw invalid(
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  });
}

export function installationRepos(view: View, installation: InstallationDoc): RepoDoc[] {
  return view.list(
    'repo',
    (repo) =>
      repo.owner.toLowerCase() === installation.account.toLowerCase() &&
      (installation.selection === 'all' || installation.repoIds.includes(repo.id)),
  );
}

export function tokenRepos(view: View, auth: Extract<Auth, { kind: 'installation' }>): RepoDoc[] {
  const repos = installationRepos(view, auth.installation);
  const { repoIds } = auth.token;
  return repoIds === null ? repos : repos.filter((repo) => repoIds.includes(repo.id));
}

/** The account that what is done will be attributed to. */
export function actorOf(world: World, view: View, auth: Auth): UserDoc {
  if (auth.kind === 'user') return auth.user;
  return userOf(view, botLogin(world));
}

/** Two requests with the same key share a rate limit. */
export function rateKey(auth: Auth): string {
  if (auth.kind === 'installation') return `installation:${auth.installation.id}`;
  return auth.kind === 'user' ? `user:${auth.user.id}` : auth.kind;
}
