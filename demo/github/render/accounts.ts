// Users, the App and its installations as GitHub's JSON. The plain shapes are those of webhooks, which allow no extra key;
// REST adds to them.
import type { InstallationDoc, UserDoc } from '../records.ts';
import type { View } from '../state.ts';
import { findUser, nodeId, userOf, type World } from '../world.ts';

export type Rendered = Record<string, unknown>;

export function renderUser(world: World, user: UserDoc): Rendered {
  const url = `${world.urls.api}/users/${encodeURIComponent(user.login)}`;
  const page = user.type === 'Bot' ? `apps/${world.app.slug}` : user.login;
  return {
    login: user.login,
    id: user.id,
    node_id: nodeId(user.type === 'Bot' ? 'BOT' : 'U', user.id),
    avatar_url: `${world.urls.html}/_crew/avatar/${encodeURIComponent(user.login)}.svg`,
    gravatar_id: '',
    url,
    html_url: `${world.urls.html}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

export function renderLogin(world: World, view: View, login: string): Rendered {
  return renderUser(world, userOf(view, login));
}

export function renderPublicUser(world: World, view: View, user: UserDoc): Rendered {
  return {
    ...renderUser(world, user),
    name: user.name,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: view.list('repo', (repo) => repo.owner === user.login && !repo.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: user.createdAt,
    updated_at: user.createdAt,
  };
}

export const appOwnerLogin = (world: World): string => `${world.app.slug}-owner`;

export function renderApp(world: World, view: View): Rendered {
  const owner = userOf(view, appOwnerLogin(world));
  return {
    id: world.app.id,
    slug: world.app.slug,
    node_id: nodeId('A', world.app.id),
    owner: renderUser(world, owner),
    name: world.app.name,
    description: null,
    external_url: `${world.urls.html}/apps/${world.app.slug}`,
    html_url: `${world.urls.html}/apps/${world.app.slug}`,
    created_at: owner.createdAt,
    updated_at: owner.createdAt,
    permissions: world.app.permissions,
    events: world.app.events,
  };
}

export function renderInstallation(world: World, view: View, installation: InstallationDoc): Rendered {
  const account = userOf(view, installation.account);
  const url = `${world.urls.api}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    account: renderUser(world, account),
    repository_selection: installation.selection,
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.urls.api}/installation/repositories`,
    html_url: `${world.urls.html}/settings/installations/${installation.id}`,
    app_id: world.app.id,
    app_slug: world.app.slug,
    target_id: account.id,
    target_type: account.type === 'Organization' ? 'Organization' : 'User',
    permissions: installation.permissions,
    events: world.app.events,
    created_at: installation.createdAt,
    updated_at: installation.createdAt,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: installation.suspendedAt,
  };
}

/** The commit's author as an account, when the address is one that GitHub would recognise here. */
export function userByEmail(view: View, email: string): UserDoc | undefined {
  const noreply = /^(?:\d+\+)?(.+)@users\.noreply\./.exec(email);
  const login = noreply?.[1] ?? email.slice(0, Math.max(0, email.indexOf('@')));
  return login === '' ? undefined : findUser(view, login);
}
