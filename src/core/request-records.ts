/** The glossary's part on what a task is asked: snapshots of GitHub at the trigger, never read again. Same rules as in `records.ts`. */
import type { Severity } from './records.ts';
import type { PathInstruction, ThreadComment, TrackedFinding } from './review/review-records.ts';

/** Everything that the task needs from GitHub, as it stood at the trigger; never read again afterwards. */
export type TaskRequest = ImplementRequest | ReviewRequest | AskRequest | ReplyRequest;

export interface ImplementRequest {
  readonly kind: 'implement';
  readonly issue: IssueSnapshot;
  readonly baseBranch: string;
  readonly baseSha: string;
  readonly approval: 'required' | 'auto';
  /** Set when one specialist alone was asked for (`crew:<role>`). */
  readonly role: string | null;
  /** What the requester added to the command, or ''. */
  readonly note: string;
  readonly config: TaskConfig;
}

export interface ReviewRequest {
  readonly kind: 'review';
  readonly pullRequest: PullRequestSnapshot;
  /** The newest review of this pull request that came to its end, to go on from; null: all is read. */
  readonly since: { readonly taskId: string; readonly headSha: string } | null;
  readonly config: TaskConfig;
}

/** A person with write access answered one of our findings. */
export interface ReplyRequest {
  readonly kind: 'reply';
  readonly pullRequest: PullRequestSnapshot;
  readonly finding: TrackedFinding;
  /** The comment that began the thread; replies are posted to it. */
  readonly commentId: number;
  /** Oldest first; the last is the one to answer. */
  readonly thread: readonly ThreadComment[];
  readonly config: TaskConfig;
}

export interface AskRequest {
  readonly kind: 'ask';
  readonly question: string;
  readonly role: string | null;
  /** Comment to answer. */
  readonly commentId: number;
  readonly issue: IssueSnapshot;
  /** Commit that the answer speaks about. */
  readonly headSha: string;
  /** Commit on the default branch's side, whose rules hold: a pull request's head is its author's word. */
  readonly baseSha: string;
  readonly config: TaskConfig;
}

/** The part of the repository's configuration that the task runs by, frozen at the trigger. */
export interface TaskConfig {
  readonly checks: readonly { readonly run: string; readonly timeoutMinutes: number }[];
  readonly reviewSeverity: Severity;
  readonly reviewMaxComments: number;
  readonly failOn: Severity | null;
  /** From this severity on the review requests changes; null: it only comments. */
  readonly requestChanges: Severity | null;
  /** Whether a review that read all and found nothing approves. */
  readonly approve: boolean;
  readonly paths: readonly string[];
  readonly pathInstructions: readonly PathInstruction[];
  readonly maxSubtasks: number;
  readonly roles: readonly string[];
}

export interface IssueSnapshot {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  /** Whether the author could write to the repository at the trigger. */
  readonly authorIsWriter: boolean;
  /** Comments by people with write access only, oldest first. */
  readonly comments: readonly {
    readonly author: string;
    readonly body: string;
    readonly createdAt: string;
  }[];
}

/** How an issue or a pull request stands on GitHub now: deliveries come late and out of order. */
export interface Standing {
  readonly open: boolean;
  readonly labels: readonly string[];
  readonly updatedAt: string;
}

export interface PullRequestSnapshot extends IssueSnapshot {
  readonly headSha: string;
  readonly headRef: string;
  readonly baseSha: string;
  readonly baseRef: string;
  readonly fromFork: boolean;
  readonly draft: boolean;
  /** Issues of the same repository that it says it closes, without their comments. */
  readonly linkedIssues: readonly LinkedIssue[];
}

export type LinkedIssue = Pick<IssueSnapshot, 'number' | 'title' | 'body' | 'author' | 'authorIsWriter'>;
