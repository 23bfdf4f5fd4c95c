/**
 * Every webhook as the crew sees it: one closed union, parsed from GitHub's payload before anything acts on it. It
 * holds only what a decision reads; whatever else a payload says has no influence.
 */
import type { DiscussedSubject, Repository, Subject } from './records.ts';

/** Whoever caused an event or wrote a text. */
export interface Actor {
  readonly login: string;
  readonly isBot: boolean;
}

interface OnRepository {
  readonly repository: Repository;
  readonly sender: Actor;
}

/** Of an issue or a pull request, as it stood at the event: what its author makes of it later is not what people acted on. */
export interface SubjectText {
  readonly title: string;
  readonly body: string;
}

export interface IssueState {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly open: boolean;
  /** ISO 8601, of the last change: tells one application of a label from the next. */
  readonly updatedAt: string;
}

export interface PullRequestState {
  readonly number: number;
  readonly author: Actor;
  readonly open: boolean;
  readonly draft: boolean;
  readonly headSha: string;
  readonly baseRef: string;
  readonly updatedAt: string;
  /** Left out where the payload does not tell it. */
  readonly text?: SubjectText;
}

export interface IssueLabelEvent extends OnRepository {
  readonly kind: 'issue_labelled' | 'issue_unlabelled';
  readonly issue: IssueState;
  readonly label: string;
}

export interface IssueChangeEvent extends OnRepository {
  readonly kind: 'issue_changed';
  readonly action: 'opened' | 'edited' | 'closed';
  readonly issue: IssueState;
}

export interface CommentEvent extends OnRepository {
  readonly kind: 'comment';
  readonly action: 'created' | 'edited';
  readonly on: 'issue_comment' | 'review_comment';
  readonly commentId: number;
  readonly author: Actor;
  /** Id of the App through which it was written, if any. */
  readonly appId: number | null;
  readonly body: string;
  /** Text before an edit; null when the comment is new. */
  readonly before: string | null;
  readonly subject: DiscussedSubject;
  /** Left out where the payload does not tell it. */
  readonly text?: SubjectText;
  readonly open: boolean;
  /** Of a comment in a diff: the one that began its thread; null when it is this one, and elsewhere. */
  readonly inReplyTo: number | null;
  /** Of a comment in a diff: where it stands, as far as that is still there. */
  readonly path: string | null;
  readonly line: number | null;
  /** ISO 8601: of its beginning, or of the edit. '' where it is not told. */
  readonly writtenAt: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** `base_changed`: it is to be merged into another branch now. */
export interface PullRequestEvent extends OnRepository {
  readonly kind: 'pull_request_changed';
  readonly action:
    | 'opened'
    | 'ready_for_review'
    | 'synchronize'
    | 'reopened'
    | 'base_changed'
    | 'labelled'
    | 'unlabelled'
    | 'closed';
  readonly pullRequest: PullRequestState;
  /** Head before a push (`synchronize`), else null. */
  readonly previousHeadSha: string | null;
  /** Target branch before it was changed (`base_changed`), else null. */
  readonly previousBaseRef: string | null;
  /** Of `labelled` and `unlabelled`, else null. */
  readonly label: string | null;
}

export interface PullRequestLabelEvent extends OnRepository {
  readonly kind: 'pull_request_labelled';
  readonly pullRequest: PullRequestState;
  readonly label: string;
}

export interface ReviewEvent extends OnRepository {
  readonly kind: 'review_submitted';
  readonly subject: Subject;
  /** Left out where the payload does not tell it. */
  readonly text?: SubjectText;
  readonly reviewId: number;
  readonly body: string;
  /** ISO 8601. */
  readonly submittedAt: string;
}

/** Somebody resolved a thread in a diff, or took that back. */
export interface ThreadEvent extends OnRepository {
  readonly kind: 'thread_changed';
  readonly action: 'resolved' | 'unresolved';
  readonly subject: Subject;
  /** GraphQL node id. */
  readonly threadId: string;
  /** ISO 8601; '' where it is not told. */
  readonly updatedAt: string;
  /** The comment that began it. */
  readonly root: { readonly author: Actor; readonly appId: number | null; readonly body: string };
}

/** A check, a workflow or a commit status of somebody's came to its end. */
export interface ReportEvent extends OnRepository {
  readonly kind: 'report';
  readonly source: ReportSource;
  /** Null in a look of our own (`fix/look-again.ts`): the head as it stands. */
  readonly headSha: string | null;
  /** Null where GitHub does not tell (a fork). */
  readonly headBranch: string | null;
  readonly conclusion: string;
  /** Slug of the App that reports, `github-actions` for one; '' where it is not told. */
  readonly app: string;
}

/** Which of somebody's checks it was. */
export type ReportSource =
  /** The name of a status is its context; 0 and '' where they are not told. */
  | { readonly kind: 'check_run' | 'status'; readonly id: number; readonly name: string }
  /** With how many check runs it has. */
  | { readonly kind: 'check_suite'; readonly id: number; readonly runs: number }
  | { readonly kind: 'workflow_run'; readonly id: number; readonly attempt: number };

export interface DeploymentEvent extends OnRepository {
  readonly kind: 'deployment';
  readonly headSha: string;
  readonly environment: string;
  readonly state: string;
  /** Where it was deployed to; '' where that is not told. */
  readonly url: string;
  /** Of the status: one deployment has several. */
  readonly statusId: number;
}

export interface PushEvent extends OnRepository {
  readonly kind: 'pushed';
  readonly branch: string;
  readonly beforeSha: string;
  /** Null: the branch was deleted. */
  readonly headSha: string | null;
}

export interface InstallationEvent {
  readonly kind: 'installation';
  readonly installationId: number;
  readonly sender: Actor;
  /** `gone`: uninstalled or suspended, with every repository of it. */
  readonly change: 'repositories' | 'gone';
  readonly action: string;
  readonly added: readonly Repository[];
  readonly removed: readonly number[];
}

export interface RepositoryEvent extends OnRepository {
  readonly kind: 'repository_moved';
  readonly action: 'renamed' | 'transferred';
}

/** An event that no rule concerns, or a payload that lacks what its rule reads; `problem` says what. */
export interface OtherEvent {
  readonly kind: 'other';
  readonly name: string;
  readonly problem: string | null;
}

export type CrewEvent =
  | IssueLabelEvent
  | IssueChangeEvent
  | CommentEvent
  | PullRequestEvent
  | PullRequestLabelEvent
  | ReviewEvent
  | ThreadEvent
  | ReportEvent
  | DeploymentEvent
  | PushEvent
  | InstallationEvent
  | RepositoryEvent
  | OtherEvent;

/** The repository that the event is about, when it is about one. */
export function repositoryOf(event: CrewEvent): Repository | null {
  return 'repository' in event ? event.repository : null;
}

/** When it happened, by GitHub's clock, ISO 8601; null where it does not tell. */
export function timeOf(event: CrewEvent): string | null {
  switch (event.kind) {
    case 'issue_labelled':
    case 'issue_unlabelled':
    case 'issue_changed':
      return event.issue.updatedAt || null;
    case 'pull_request_changed':
    case 'pull_request_labelled':
      return event.pullRequest.updatedAt || null;
    case 'comment':
      return event.writtenAt || null;
    case 'review_submitted':
      return event.submittedAt || null;
    case 'thread_changed':
      return event.updatedAt || null;
    default:
      return null;
  }
}

/** What the issue or the pull request said then; null where the event does not tell. */
export function textOf(event: CrewEvent): SubjectText | null {
  switch (event.kind) {
    case 'issue_labelled':
    case 'issue_unlabelled':
    case 'issue_changed':
      return { title: event.issue.title, body: event.issue.body };
    case 'pull_request_changed':
    case 'pull_request_labelled':
      return event.pullRequest.text ?? null;
    case 'comment':
    case 'review_submitted':
      return event.text ?? null;
    default:
      return null;
  }
}

/** Number of the issue or pull request to answer on, when there is one. */
export function subjectOf(event: CrewEvent): Subject | null {
  switch (event.kind) {
    case 'issue_labelled':
    case 'issue_unlabelled':
    case 'issue_changed':
      return { kind: 'issue', number: event.issue.number };
    case 'pull_request_changed':
    case 'pull_request_labelled':
      return { kind: 'pull_request', number: event.pullRequest.number };
    case 'comment':
    case 'review_submitted':
    case 'thread_changed':
      return event.subject;
    case 'deployment':
    case 'pushed':
      return { kind: 'commit', number: 0 };
    default:
      return null;
  }
}
