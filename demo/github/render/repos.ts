// Repositories as GitHub's JSON.
import type { RepoDoc } from '../records.ts';
import type { View } from '../state.ts';
import { nodeId, userOf, type World } from '../world.ts';
import { type Rendered, renderUser } from './accounts.ts';

export const repoApiUrl = (world: World, repo: RepoDoc): string =>
  `${world.urls.api}/repos/${repo.owner}/${repo.name}`;
export const repoHtmlUrl = (world: World, repo: RepoDoc): string =>
  `${world.urls.html}/${repo.owner}/${repo.name}`;

/** What every rendering of a repository has, the lightest one included. */
export function renderRepoLite(world: World, view: View, repo: RepoDoc): Rendered {
  const url = repoApiUrl(world, repo);
  return {
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: `${repo.owner}/${repo.name}`,
    private: repo.private,
    owner: renderUser(world, userOf(view, repo.owner)),
    html_url: repoHtmlUrl(world, repo),
    description: repo.description,
    fork: repo.parent !== undefined,
    url,
    forks_url: `${url}/forks`,
    keys_url: `${url}/keys{/key_id}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    teams_url: `${url}/teams`,
    hooks_url: `${url}/hooks`,
    issue_events_url: `${url}/issues/events{/number}`,
    events_url: `${url}/events`,
    assignees_url: `${url}/assignees{/user}`,
    branches_url: `${url}/branches{/branch}`,
    tags_url: `${url}/tags`,
    blobs_url: `${url}/git/blobs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    trees_url: `${url}/git/trees{/sha}`,
    statuses_url: `${url}/statuses/{sha}`,
    languages_url: `${url}/languages`,
    stargazers_url: `${url}/stargazers`,
    contributors_url: `${url}/contributors`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    commits_url: `${url}/commits{/sha}`,
    git_commits_url: `${url}/git/commits{/sha}`,
    comments_url: `${url}/comments{/number}`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    contents_url: `${url}/contents/{+path}`,
    compare_url: `${url}/compare/{base}...{head}`,
    merges_url: `${url}/merges`,
    archive_url: `${url}/{archive_format}{/ref}`,
    downloads_url: `${url}/downloads`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    labels_url: `${url}/labels{/name}`,
    releases_url: `${url}/releases{/id}`,
    deployments_url: `${url}/deployments`,
  };
}

/** The repository inside webhooks and pull requests. */
export function renderRepo(world: World, view: View, repo: RepoDoc): Rendered {
  const html = repoHtmlUrl(world, repo);
  const open = view.list('issue', (issue) => issue.repo === repo.id && issue.state === 'open').length;
  const forks = view.list('repo', (one) => one.parent === repo.id).length;
  return {
    ...renderRepoLite(world, view, repo),
    created_at: repo.createdAt,
    updated_at: repo.pushedAt,
    pushed_at: repo.pushedAt,
    git_url: `${html.replace(/^http/, 'git')}.git`,
    ssh_url: `git@${new URL(html).hostname}:${repo.owner}/${repo.name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: true,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    forks_count: forks,
    mirror_url: null,
    archived: false,
    disabled: false,
    open_issues_count: open,
    license: null,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repo.private ? 'private' : 'public',
    forks,
    open_issues: open,
    watchers: 0,
    default_branch: repo.defaultBranch,
  };
}

/** Webhooks carry the organisation's custom properties; REST leaves them out for most callers. */
export function renderHookRepo(world: World, view: View, repo: RepoDoc): Rendered {
  return { ...renderRepo(world, view, repo), custom_properties: {} };
}

export function renderFullRepo(world: World, view: View, repo: RepoDoc): Rendered {
  const parent = repo.parent === undefined ? undefined : view.get('repo', repo.parent);
  return {
    ...renderRepo(world, view, repo),
    ...(parent === undefined ? {} : { parent: renderRepo(world, view, parent) }),
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    network_count: 0,
    subscribers_count: 0,
  };
}

export function renderRepoRef(world: World, repo: RepoDoc): Rendered {
  return { id: repo.id, url: repoApiUrl(world, repo), name: repo.name };
}

export function renderRepoName(repo: RepoDoc): Rendered {
  return {
    id: repo.id,
    node_id: nodeId('R', repo.id),
    name: repo.name,
    full_name: `${repo.owner}/${repo.name}`,
    private: repo.private,
  };
}
