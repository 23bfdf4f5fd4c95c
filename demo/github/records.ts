// The documents the offline GitHub keeps, one interface per kind. Everything else (URLs, counts, node ids) is derived
// from them when it is rendered.

import type {
  CheckRunDoc,
  CheckSuiteDoc,
  DeploymentDoc,
  DeploymentStatusDoc,
  JobDoc,
  StatusDoc,
  WorkflowRunDoc,
} from './records-ci.ts';

export const roles = ['none', 'read', 'triage', 'write', 'maintain', 'admin'] as const;
export type Role = (typeof roles)[number];

export interface UserDoc {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly name: string | null;
  readonly createdAt: string;
}

export interface RepoDoc {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  readonly description: string | null;
  readonly defaultBranch: string;
  /** The repository that this one was forked from. */
  readonly parent?: number;
  readonly collaborators: Readonly<Record<string, Role>>;
  readonly nextNumber: number;
  /** The refs as of the last push that was told to the App: full name → sha. */
  readonly refs: Readonly<Record<string, string>>;
  /** Who is moving refs right now; a restart attributes an interrupted push to this login. */
  readonly pushing: { readonly login: string; readonly viaApp: boolean } | null;
  /** Commits that GitHub made for an API caller without a custom author: shown as verified. */
  readonly verifiedShas: readonly string[];
  readonly createdAt: string;
  readonly pushedAt: string;
}

export interface InstallationDoc {
  readonly id: number;
  readonly account: string;
  readonly selection: 'all' | 'selected';
  readonly repoIds: readonly number[];
  readonly permissions: Readonly<Record<string, string>>;
  readonly suspendedAt: string | null;
  readonly createdAt: string;
}

export interface TokenDoc {
  readonly id: number;
  readonly token: string;
  readonly installation: number;
  readonly repoIds: readonly number[] | null;
  readonly permissions: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

export interface LabelDoc {
  readonly id: number;
  readonly repo: number;
  readonly name: string;
  readonly color: string;
  readonly description: string | null;
}

/** What makes an issue a pull request. `base.sha` is the base branch's tip when the pull was last pushed to. */
export interface PullPart {
  readonly id: number;
  readonly head: {
    readonly ref: string;
    readonly sha: string;
    /** The repository it comes from, when that is not the one it is made to; the id of none once it was deleted. */
    readonly fork?: { readonly id: number; readonly owner: string };
  };
  readonly base: { readonly ref: string; readonly sha: string };
  readonly draft: boolean;
  /** Whether those who write to the base may push to the fork's branch. */
  readonly maintainerCanModify?: boolean;
  readonly mergedAt: string | null;
  readonly mergedBy: string | null;
  readonly mergeSha: string | null;
  readonly reviewers: readonly string[];
}

export interface IssueDoc {
  readonly id: number;
  readonly repo: number;
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly user: string;
  readonly viaApp: boolean;
  readonly labels: readonly number[];
  readonly assignees: readonly string[];
  readonly state: 'open' | 'closed';
  readonly stateReason: 'completed' | 'not_planned' | 'reopened' | 'duplicate' | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly closedAt: string | null;
  readonly closedBy: string | null;
  /** Of the body; left out until then. */
  readonly lastEditedAt?: string;
  readonly pull: PullPart | null;
}

export interface CommentDoc {
  readonly id: number;
  readonly repo: number;
  readonly issue: number;
  readonly user: string;
  readonly viaApp: boolean;
  readonly body: string;
  readonly minimized: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export const reactionContents = [
  '+1',
  '-1',
  'laugh',
  'confused',
  'heart',
  'hooray',
  'rocket',
  'eyes',
] as const;
export type ReactionContent = (typeof reactionContents)[number];
export type ReactionSubject = 'issue' | 'comment' | 'reviewComment';

export interface ReactionDoc {
  readonly id: number;
  readonly repo: number;
  readonly subjectKind: ReactionSubject;
  readonly subject: number;
  readonly user: string;
  readonly content: ReactionContent;
  readonly createdAt: string;
}

export type ReviewState = 'PENDING' | 'COMMENTED' | 'APPROVED' | 'CHANGES_REQUESTED' | 'DISMISSED';

export interface ReviewDoc {
  readonly id: number;
  readonly repo: number;
  readonly issue: number;
  readonly user: string;
  readonly viaApp: boolean;
  readonly body: string;
  readonly state: ReviewState;
  readonly commitId: string;
  readonly createdAt: string;
  readonly submittedAt: string | null;
}

export type Side = 'LEFT' | 'RIGHT';

export interface ReviewCommentDoc {
  readonly id: number;
  readonly repo: number;
  readonly issue: number;
  readonly review: number;
  /** The id of the thread's first comment; for the first comment its own id. */
  readonly thread: number;
  readonly user: string;
  readonly viaApp: boolean;
  readonly body: string;
  readonly path: string;
  readonly subjectType: 'line' | 'file';
  readonly commitId: string;
  readonly originalCommitId: string;
  readonly diffHunk: string;
  readonly side: Side;
  readonly startSide: Side | null;
  /** Where the comment sits in the present diff; null once a push moved its line away (outdated). */
  readonly line: number | null;
  readonly startLine: number | null;
  readonly position: number | null;
  readonly originalLine: number | null;
  readonly originalStartLine: number | null;
  readonly originalPosition: number | null;
  readonly resolvedBy: string | null;
  readonly minimized: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface EventDoc {
  readonly id: number;
  readonly repo: number;
  readonly issue: number;
  readonly event: string;
  readonly user: string;
  readonly viaApp: boolean;
  readonly commitId: string | null;
  readonly label: { readonly name: string; readonly color: string } | null;
  readonly assignee: string | null;
  readonly rename: { readonly from: string; readonly to: string } | null;
  readonly createdAt: string;
}

/** One attempt to deliver a webhook; a redelivery is another document with the same guid. */
export interface DeliveryDoc {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly installation: number | null;
  readonly repo: number | null;
  readonly payload: string;
  readonly redelivery: boolean;
  readonly state: 'pending' | 'attempted' | 'dropped';
  readonly createdAt: string;
  readonly deliveredAt: string | null;
  readonly durationMs: number;
  readonly statusCode: number;
  readonly status: string;
  readonly requestHeaders: Readonly<Record<string, string>>;
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly responseBody: string;
}

export interface HookDoc {
  readonly id: number;
  readonly url: string | null;
  readonly secret: string;
  readonly contentType: 'json' | 'form';
}

interface ManifestDoc {
  readonly id: number;
  readonly code: string;
  readonly manifest: Readonly<Record<string, unknown>>;
}

interface CounterDoc {
  readonly id: number;
  readonly next: number;
}

export interface Docs {
  user: UserDoc;
  repo: RepoDoc;
  installation: InstallationDoc;
  token: TokenDoc;
  label: LabelDoc;
  issue: IssueDoc;
  comment: CommentDoc;
  reaction: ReactionDoc;
  review: ReviewDoc;
  reviewComment: ReviewCommentDoc;
  checkSuite: CheckSuiteDoc;
  checkRun: CheckRunDoc;
  status: StatusDoc;
  deployment: DeploymentDoc;
  deploymentStatus: DeploymentStatusDoc;
  workflowRun: WorkflowRunDoc;
  job: JobDoc;
  event: EventDoc;
  delivery: DeliveryDoc;
  hook: HookDoc;
  manifest: ManifestDoc;
  counter: CounterDoc;
}
export type Kind = keyof Docs;
