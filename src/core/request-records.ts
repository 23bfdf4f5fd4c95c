/** The glossary's part on what a task is asked: snapshots of GitHub at the trigger, never read again. Same rules as in `records.ts`. */
import type { Severity } from './result-records.ts';
import type { PathInstruction, ThreadComment, TrackedFinding } from './review/review-records.ts';

/** Everything that the task needs from GitHub, as it stood at the trigger; read again only for a new trigger (a revision, further words). */
export type TaskRequest =
  | ImplementRequest
  | ReviewRequest
  | AskRequest
  | ReplyRequest
  | FixRequest
  | GateRequest;

export interface ImplementRequest {
  readonly kind: 'implement';
  readonly issue: IssueSnapshot;
  readonly baseBranch: string;
  readonly baseSha: string;
  /** The branch that the pull request is opened from. */
  readonly branch: string;
  readonly approval: 'required' | 'auto';
  /** Set when one specialist alone was asked for (`crew:<role>`). */
  readonly role: string | null;
  /** What the requester added to the command, or ''. */
  readonly note: string;
  /** What writers said to a question or to a plan, oldest first: one for each round after the first. */
  readonly revisions?: readonly Revision[];
  readonly config: TaskConfig;
}

/** Words that began a further round of planning; '' where only the issue or the base changed. */
export interface Revision {
  readonly by: string;
  readonly note: string;
}

export interface ReviewRequest {
  readonly kind: 'review';
  readonly pullRequest: PullRequestSnapshot;
  /** The newest review of this pull request that came to its end, to go on from; null: all is read. */
  readonly since: { readonly taskId: string; readonly headSha: string } | null;
  readonly config: TaskConfig;
}

/** One round on a pull request that the crew opened. */
export interface FixRequest {
  readonly kind: 'fix';
  /** Work is done upon its head. */
  readonly pullRequest: PullRequestSnapshot;
  /** The task that opened it. */
  readonly openedBy: string;
  readonly cause: FixCause;
  /** Words of people with write access that it answers, oldest first; more are added while it works. */
  readonly feedback: readonly Feedback[];
  /** Paths that the pull request changes, as far as they are known: they tell whose work it is. */
  readonly paths: readonly string[];
  readonly config: TaskConfig;
}

export type FixCause =
  /** `signature` tells whether two rounds have the same cause. */
  | { readonly kind: 'checks'; readonly checks: readonly FailedCheck[]; readonly signature: string }
  | { readonly kind: 'feedback' }
  /** It can no longer be merged; `ontoSha` is the newest commit of its base. */
  | { readonly kind: 'conflict'; readonly ontoSha: string }
  /** `/crew fix <note>`. */
  | { readonly kind: 'asked'; readonly note: string };

/** A check of somebody else's that failed on the pull request's head. */
export interface FailedCheck {
  readonly name: string;
  readonly conclusion: string;
  readonly url: string | null;
  /** End of its log, at most 20,000 characters; null where none is to be had. */
  readonly log: string | null;
}

/** What a person said on a pull request. */
export interface Feedback {
  readonly on: 'comment' | 'review' | 'thread';
  /** Of the comment or review. */
  readonly id: number;
  /** For `thread`: the comment that began it. */
  readonly rootId: number | null;
  readonly author: string;
  readonly isBot: boolean;
  readonly body: string;
  readonly path: string | null;
  readonly line: number | null;
  readonly at: string;
}

/** A check of a deployment, or an audit of a push. Its verdict is a check run of `headSha`. */
export interface GateRequest {
  readonly kind: 'gate';
  readonly name: string;
  readonly headSha: string;
  readonly trigger:
    | {
        readonly on: 'deployment';
        readonly environment: string;
        readonly url: string;
        /** Of the deployment's status: a later one has a greater id. */
        readonly statusId: number;
        readonly hosts: readonly string[];
        readonly checks: readonly SmokeCheck[];
      }
    | {
        readonly on: 'push';
        readonly branch: string;
        /** What it is compared with: where the branch stood; of a new branch the head of the default branch, null when it is that one. */
        readonly beforeSha: string | null;
        readonly isNewBranch: boolean;
        /** A commit on the default branch's side, whose rules hold. */
        readonly rulesSha: string;
        readonly failOn: Severity;
      };
  /** What is wrong with the configuration that named the gate, as Markdown; '' when nothing is. */
  readonly configProblems: string;
  readonly config: TaskConfig;
}

/** A request to a deployment and what must come back. */
export interface SmokeCheck {
  readonly path: string;
  readonly method: 'GET' | 'HEAD';
  readonly status: number;
  /** Must stand in the body; null: the body is not looked at. */
  readonly contains: string | null;
  readonly timeoutSeconds: number;
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
  /** Globs of paths that only a plan approved by a person, which names them, may change. */
  readonly protectedPaths: readonly string[];
  /** How the crew's commits reach GitHub. */
  readonly commits: 'api' | 'push';
  /** The most that the repository's tasks may cost in a calendar month (UTC), USD; null: no limit of its own. */
  readonly monthUsd: number | null;
  /** Hosts that commands may reach, of those that the operator permits; left out: none. */
  readonly networkAllow?: readonly string[];
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
  /** Numbers of others of these: by strangers, and written or changed after the work was asked for. */
  readonly issuesLeftOut?: readonly number[];
}

export type LinkedIssue = Pick<IssueSnapshot, 'number' | 'title' | 'body' | 'author' | 'authorIsWriter'>;
