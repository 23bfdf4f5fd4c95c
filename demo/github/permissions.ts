// Which permission of a GitHub App each operation needs, and the check of a caller against it.
// Source: https://docs.github.com/en/rest/authentication/permissions-required-for-github-apps
import type { Auth } from './auth.ts';
import { tokenRepos } from './auth.ts';
import type { IssueDoc, RepoDoc, Role } from './records.ts';
import { roles } from './records.ts';
import type { View } from './state.ts';
import { GitHubError, notFound } from './world.ts';

type Level = 'read' | 'write';
/** `issues` stands for "issues, or pull_requests when the number is a pull request's"; `either` accepts both always. */
export type Rule = `${string}:${Level}`;

const R = '/repos/{owner}/{repo}';
const groups: readonly (readonly [Rule, readonly string[]])[] = [
  ['metadata:read', [`GET ${R}`, `GET ${R}/collaborators`, `GET ${R}/collaborators/{username}`]],
  ['metadata:read', [`GET ${R}/collaborators/{username}/permission`]],
  ['contents:read', [`GET ${R}/branches`, `GET ${R}/branches/{branch}`, `GET ${R}/commits`]],
  ['contents:read', [`GET ${R}/commits/{ref}`, `GET ${R}/compare/{basehead}`, `GET ${R}/contents/{path}`]],
  ['contents:read', [`GET ${R}/git/blobs/{file_sha}`, `GET ${R}/git/trees/{tree_sha}`]],
  ['contents:read', [`GET ${R}/git/commits/{commit_sha}`, `GET ${R}/git/ref/{ref}`]],
  ['contents:read', [`GET ${R}/git/matching-refs/{ref}`, `GET ${R}/readme`, `GET ${R}/languages`]],
  ['contents:write', [`PUT ${R}/contents/{path}`, `POST ${R}/git/blobs`, `POST ${R}/git/trees`]],
  ['contents:write', [`POST ${R}/git/commits`, `POST ${R}/git/refs`, `PATCH ${R}/git/refs/{ref}`]],
  ['contents:write', [`DELETE ${R}/git/refs/{ref}`, `PUT ${R}/pulls/{pull_number}/merge`]],
  ['pull_requests:read', [`GET ${R}/commits/{commit_sha}/pulls`]],
  ['checks:read', [`GET ${R}/check-runs/{check_run_id}`, `GET ${R}/check-runs/{check_run_id}/annotations`]],
  ['checks:read', [`GET ${R}/commits/{ref}/check-runs`, `GET ${R}/commits/{ref}/check-suites`]],
  [
    'checks:read',
    [`GET ${R}/check-suites/{check_suite_id}`, `GET ${R}/check-suites/{check_suite_id}/check-runs`],
  ],
  ['checks:write', [`POST ${R}/check-runs`, `PATCH ${R}/check-runs/{check_run_id}`]],
  ['statuses:read', [`GET ${R}/commits/{ref}/status`, `GET ${R}/commits/{ref}/statuses`]],
  ['statuses:write', [`POST ${R}/statuses/{sha}`]],
  [
    'either:read',
    [`GET ${R}/issues`, `GET ${R}/issues/comments`, `GET ${R}/labels`, `GET ${R}/labels/{name}`],
  ],
  ['either:read', [`GET ${R}/assignees`, `GET ${R}/assignees/{assignee}`]],
  ['either:write', [`POST ${R}/labels`, `PATCH ${R}/labels/{name}`, `DELETE ${R}/labels/{name}`]],
  ['issues:read', [`GET ${R}/issues/{issue_number}`, `GET ${R}/issues/{issue_number}/comments`]],
  ['issues:read', [`GET ${R}/issues/{issue_number}/labels`, `GET ${R}/issues/{issue_number}/reactions`]],
  ['issues:read', [`GET ${R}/issues/{issue_number}/events`, `GET ${R}/issues/{issue_number}/timeline`]],
  [
    'issues:read',
    [`GET ${R}/issues/comments/{comment_id}`, `GET ${R}/issues/comments/{comment_id}/reactions`],
  ],
  ['issues:write', [`POST ${R}/issues`, `PATCH ${R}/issues/{issue_number}`]],
  ['issues:write', [`POST ${R}/issues/{issue_number}/comments`, `POST ${R}/issues/{issue_number}/labels`]],
  ['issues:write', [`PUT ${R}/issues/{issue_number}/labels`, `DELETE ${R}/issues/{issue_number}/labels`]],
  ['issues:write', [`DELETE ${R}/issues/{issue_number}/labels/{name}`]],
  [
    'issues:write',
    [`POST ${R}/issues/{issue_number}/assignees`, `DELETE ${R}/issues/{issue_number}/assignees`],
  ],
  ['issues:write', [`POST ${R}/issues/{issue_number}/reactions`]],
  ['issues:write', [`DELETE ${R}/issues/{issue_number}/reactions/{reaction_id}`]],
  ['issues:write', [`PATCH ${R}/issues/comments/{comment_id}`, `DELETE ${R}/issues/comments/{comment_id}`]],
  ['issues:write', [`POST ${R}/issues/comments/{comment_id}/reactions`]],
  ['issues:write', [`DELETE ${R}/issues/comments/{comment_id}/reactions/{reaction_id}`]],
  ['pull_requests:read', [`GET ${R}/pulls`, `GET ${R}/pulls/{pull_number}`, `GET ${R}/pulls/comments`]],
  ['pull_requests:read', [`GET ${R}/pulls/{pull_number}/files`, `GET ${R}/pulls/{pull_number}/commits`]],
  ['contents:read', [`GET ${R}/pulls/{pull_number}/merge`]],
  ['pull_requests:read', [`GET ${R}/pulls/{pull_number}/requested_reviewers`]],
  ['pull_requests:read', [`GET ${R}/pulls/{pull_number}/reviews`, `GET ${R}/pulls/{pull_number}/comments`]],
  ['pull_requests:read', [`GET ${R}/pulls/{pull_number}/reviews/{review_id}`]],
  ['pull_requests:read', [`GET ${R}/pulls/{pull_number}/reviews/{review_id}/comments`]],
  ['pull_requests:read', [`GET ${R}/pulls/comments/{comment_id}`]],
  ['pull_requests:read', [`GET ${R}/pulls/comments/{comment_id}/reactions`]],
  ['pull_requests:write', [`POST ${R}/pulls`, `PATCH ${R}/pulls/{pull_number}`]],
  ['pull_requests:write', [`POST ${R}/pulls/{pull_number}/requested_reviewers`]],
  ['pull_requests:write', [`DELETE ${R}/pulls/{pull_number}/requested_reviewers`]],
  [
    'pull_requests:write',
    [`POST ${R}/pulls/{pull_number}/reviews`, `POST ${R}/pulls/{pull_number}/comments`],
  ],
  ['pull_requests:write', [`PUT ${R}/pulls/{pull_number}/reviews/{review_id}`]],
  ['pull_requests:write', [`DELETE ${R}/pulls/{pull_number}/reviews/{review_id}`]],
  ['pull_requests:write', [`POST ${R}/pulls/{pull_number}/reviews/{review_id}/events`]],
  ['pull_requests:write', [`PUT ${R}/pulls/{pull_number}/reviews/{review_id}/dismissals`]],
  ['pull_requests:write', [`POST ${R}/pulls/{pull_number}/comments/{comment_id}/replies`]],
  [
    'pull_requests:write',
    [`PATCH ${R}/pulls/comments/{comment_id}`, `DELETE ${R}/pulls/comments/{comment_id}`],
  ],
  ['pull_requests:write', [`POST ${R}/pulls/comments/{comment_id}/reactions`]],
  ['pull_requests:write', [`DELETE ${R}/pulls/comments/{comment_id}/reactions/{reaction_id}`]],
  ['deployments:read', [`GET ${R}/deployments`, `GET ${R}/deployments/{deployment_id}`]],
  ['deployments:read', [`GET ${R}/deployments/{deployment_id}/statuses`]],
  ['deployments:write', [`POST ${R}/deployments`, `POST ${R}/deployments/{deployment_id}/statuses`]],
  ['actions:read', [`GET ${R}/actions/runs`, `GET ${R}/actions/runs/{run_id}`]],
  ['actions:read', [`GET ${R}/actions/runs/{run_id}/jobs`, `GET ${R}/actions/jobs/{job_id}`]],
  ['actions:read', [`GET ${R}/actions/jobs/{job_id}/logs`]],
  ['actions:write', [`POST ${R}/actions/runs/{run_id}/rerun-failed-jobs`]],
];

/** Operation ("GET /repos/…") → rule. Operations outside repositories check their caller themselves. */
export const permissionRules: ReadonlyMap<string, Rule> = new Map(
  groups.flatMap(([rule, operations]) => operations.map((operation) => [operation, rule] as const)),
);

const refused = (): GitHubError => new GitHubError(403, 'Resource not accessible by integration');

export function satisfies(permissions: Readonly<Record<string, string>>, rule: Rule): boolean {
  const [name = '', level = ''] = rule.split(':');
  const held = name === 'metadata' ? (permissions.metadata ?? 'read') : permissions[name];
  return level === 'read'
    ? held === 'read' || held === 'write' || held === 'admin'
    : held === 'write' || held === 'admin';
}

export interface Ask {
  readonly repo: RepoDoc;
  readonly operation: string;
  /** The issue or pull request that the path names, if any. */
  readonly issue: IssueDoc | undefined;
}

/** Throws GitHub's refusal unless the caller may do this to the repository. */
export function authorize(view: View, auth: Auth, { repo, operation, issue }: Ask): void {
  const rule = permissionRules.get(operation);
  if (!rule) throw new Error(`no permission rule for ${operation}`);
  const [name = '', level = 'read'] = rule.split(':') as [string, Level];
  if (auth.kind === 'app') throw refused();
  if (auth.kind === 'installation') {
    if (!tokenRepos(view, auth).some((one) => one.id === repo.id)) {
      throw repo.private || level === 'read' ? notFound() : refused();
    }
    if (!alternatives(name, level, issue).some((one) => satisfies(auth.token.permissions, one)))
      throw refused();
    return;
  }
  const role = auth.kind === 'user' ? roleOf(repo, auth.user.login) : 'none';
  if (repo.private && role === 'none') throw notFound();
  if (level === 'read') return;
  if (auth.kind === 'anonymous') throw new GitHubError(401, 'Requires authentication');
  const sorting = /\/(labels|assignees|requested_reviewers)/.test(operation);
  const anyone = !sorting && (name === 'issues' || name === 'pull_requests');
  if (!anyone && !atLeast(role, sorting ? 'triage' : 'write')) {
    throw new GitHubError(403, 'Must have push access to repository');
  }
}

function alternatives(name: string, level: Level, issue: IssueDoc | undefined): Rule[] {
  const either: Rule[] = [`issues:${level}`, `pull_requests:${level}`];
  if (name === 'either') return either;
  if (name === 'issues') return issue?.pull ? either : [`issues:${level}`];
  return [`${name}:${level}`];
}

export function roleOf(repo: RepoDoc, login: string): Role {
  if (login.toLowerCase() === repo.owner.toLowerCase()) return 'admin';
  const known = Object.entries(repo.collaborators).find(([one]) => one.toLowerCase() === login.toLowerCase());
  return known?.[1] ?? 'none';
}

export const atLeast = (role: Role, wanted: Role): boolean => roles.indexOf(role) >= roles.indexOf(wanted);
