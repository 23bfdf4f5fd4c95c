// Issues, comments, labels, reactions and events as GitHub's JSON.
import type {
  CommentDoc,
  EventDoc,
  IssueDoc,
  LabelDoc,
  ReactionDoc,
  ReactionSubject,
  RepoDoc,
} from '../records.ts';
import { reactionContents } from '../records.ts';
import type { View } from '../state.ts';
import { botLogin, nodeId, type World } from '../world.ts';
import { type Rendered, renderApp, renderLogin } from './accounts.ts';
import { repoApiUrl, repoHtmlUrl } from './repos.ts';

export function associationOf(world: World, repo: RepoDoc, login: string): string {
  if (login === repo.owner) return 'OWNER';
  if (login === botLogin(world)) return 'NONE';
  return (repo.collaborators[login] ?? 'none') === 'none' ? 'NONE' : 'COLLABORATOR';
}

function appOrNull(world: World, view: View, viaApp: boolean): Rendered | null {
  return viaApp ? renderApp(world, view) : null;
}

export function renderLabel(world: World, repo: RepoDoc, label: LabelDoc): Rendered {
  return {
    id: label.id,
    node_id: nodeId('LA', label.id),
    url: `${repoApiUrl(world, repo)}/labels/${encodeURIComponent(label.name)}`,
    name: label.name,
    color: label.color,
    default: false,
    description: label.description,
  };
}

export function labelsOf(view: View, issue: IssueDoc): LabelDoc[] {
  return issue.labels.flatMap((id) => view.get('label', id) ?? []);
}

export function reactionRollup(view: View, kind: ReactionSubject, subject: number, url: string): Rendered {
  const docs = view.list('reaction', (one) => one.subjectKind === kind && one.subject === subject);
  const counts = reactionContents.map((content) => [
    content,
    docs.filter((d) => d.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: docs.length, ...Object.fromEntries(counts) };
}

export function renderReaction(world: World, view: View, reaction: ReactionDoc): Rendered {
  return {
    id: reaction.id,
    node_id: nodeId('REA', reaction.id),
    user: renderLogin(world, view, reaction.user),
    content: reaction.content,
    created_at: reaction.createdAt,
  };
}

export function renderIssue(world: World, view: View, repo: RepoDoc, issue: IssueDoc): Rendered {
  const url = `${repoApiUrl(world, repo)}/issues/${issue.number}`;
  const assignees = issue.assignees.map((login) => renderLogin(world, view, login));
  return {
    url,
    repository_url: repoApiUrl(world, repo),
    labels_url: `${url}/labels{/name}`,
    comments_url: `${url}/comments`,
    events_url: `${url}/events`,
    html_url: issueHtmlUrl(world, repo, issue),
    id: issue.id,
    node_id: nodeId(issue.pull ? 'PR' : 'I', repo.id, issue.id),
    number: issue.number,
    title: issue.title,
    user: renderLogin(world, view, issue.user),
    labels: labelsOf(view, issue).map((label) => renderLabel(world, repo, label)),
    state: issue.state,
    locked: false,
    assignee: assignees[0] ?? null,
    assignees,
    milestone: null,
    comments: view.list('comment', (comment) => comment.issue === issue.id).length,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
    closed_at: issue.closedAt,
    author_association: associationOf(world, repo, issue.user),
    active_lock_reason: null,
    ...(issue.pull ? { draft: issue.pull.draft, pull_request: pullLinks(world, repo, issue) } : {}),
    body: issue.body,
    reactions: reactionRollup(view, 'issue', issue.id, url),
    timeline_url: `${url}/timeline`,
    performed_via_github_app: appOrNull(world, view, issue.viaApp),
    state_reason: issue.stateReason,
  };
}

/** REST says who closed an issue when it is asked for a single one. */
export function renderFullIssue(world: World, view: View, repo: RepoDoc, issue: IssueDoc): Rendered {
  const closedBy = issue.closedBy === null ? null : renderLogin(world, view, issue.closedBy);
  return { ...renderIssue(world, view, repo, issue), closed_by: closedBy };
}

export function issueHtmlUrl(world: World, repo: RepoDoc, issue: IssueDoc): string {
  return `${repoHtmlUrl(world, repo)}/${issue.pull ? 'pull' : 'issues'}/${issue.number}`;
}

function pullLinks(world: World, repo: RepoDoc, issue: IssueDoc): Rendered {
  const html = issueHtmlUrl(world, repo, issue);
  return {
    url: `${repoApiUrl(world, repo)}/pulls/${issue.number}`,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    merged_at: issue.pull?.mergedAt ?? null,
  };
}

export function renderComment(
  world: World,
  view: View,
  repo: RepoDoc,
  issue: IssueDoc,
  comment: CommentDoc,
): Rendered {
  const url = `${repoApiUrl(world, repo)}/issues/comments/${comment.id}`;
  return {
    url,
    html_url: `${issueHtmlUrl(world, repo, issue)}#issuecomment-${comment.id}`,
    issue_url: `${repoApiUrl(world, repo)}/issues/${issue.number}`,
    id: comment.id,
    node_id: nodeId('IC', repo.id, comment.id),
    user: renderLogin(world, view, comment.user),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(world, repo, comment.user),
    body: comment.body,
    reactions: reactionRollup(view, 'comment', comment.id, url),
    performed_via_github_app: appOrNull(world, view, comment.viaApp),
  };
}

export function renderEvent(world: World, view: View, repo: RepoDoc, event: EventDoc): Rendered {
  const commitUrl = event.commitId === null ? null : `${repoApiUrl(world, repo)}/commits/${event.commitId}`;
  return {
    id: event.id,
    node_id: nodeId('EV', event.id),
    url: `${repoApiUrl(world, repo)}/issues/events/${event.id}`,
    actor: renderLogin(world, view, event.user),
    event: event.event,
    commit_id: event.commitId,
    commit_url: commitUrl,
    created_at: event.createdAt,
    ...(event.label ? { label: event.label } : {}),
    ...(event.assignee ? assignment(world, view, event) : {}),
    ...(event.rename ? { rename: event.rename } : {}),
    performed_via_github_app: appOrNull(world, view, event.viaApp),
  };
}

function assignment(world: World, view: View, event: EventDoc): Rendered {
  const assignee = renderLogin(world, view, event.assignee ?? event.user);
  return { assignee, assigner: renderLogin(world, view, event.user) };
}
