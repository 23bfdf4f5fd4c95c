/** The glossary's part on effects: what GitHub should be told, and what it was told. Same rules as in `records.ts`. */
import type { Lease, Repository } from './records.ts';

/** What GitHub should be told, as data. One effect per natural key, performed once. */
export interface Effect {
  readonly id: string;
  /** Unique; names what must exist on GitHub at most once. */
  readonly key: string;
  readonly taskId: string | null;
  readonly repository: Repository;
  readonly action: EffectAction;
  /** Rises each time the wanted content changes (progress comment, check run). */
  readonly revision: number;
  readonly state: EffectState;
  readonly attempts: number;
  /** Key of an effect that must be done before this one. */
  readonly after: string | null;
  readonly lease: Lease | null;
  readonly dueAt: string;
  readonly enqueuedAt: string | null;
  /** What GitHub answered; null until done once. */
  readonly outcome: EffectOutcome | null;
  readonly error: string | null;
  readonly createdAt: string;
  readonly doneAt: string | null;
}

export type EffectState = 'planned' | 'sending' | 'done' | 'failed';

export interface EffectOutcome {
  readonly url: string | null;
  readonly externalId: number | string | null;
  /** Pull request's number, for `open_pull_request`. */
  readonly number?: number;
  /** Why nothing was done, or it was done otherwise, where that is right: `a person replied in the thread`. */
  readonly left?: string;
  /** Fingerprints of findings that a review was sent with as comments; unknown where it was found sent. */
  readonly commented?: readonly string[];
}

export type EffectAction =
  | { readonly kind: 'reaction'; readonly target: ReactionTarget; readonly content: ReactionContent }
  /** Posted once, then edited in place to each newer revision. */
  | { readonly kind: 'sticky_comment'; readonly number: number; readonly body: string }
  | { readonly kind: 'comment'; readonly number: number; readonly body: string }
  | { readonly kind: 'add_labels'; readonly number: number; readonly labels: readonly string[] }
  | { readonly kind: 'remove_label'; readonly number: number; readonly label: string }
  /** Commits are rebuilt from the task's patches upon `baseSha`, and the last one's tree must come out as `treeSha`. */
  | {
      readonly kind: 'push_branch';
      readonly branch: string;
      /** Parent of the first of them. */
      readonly baseSha: string;
      readonly treeSha: string;
      /** `api`: made through GitHub's API, so that they are Verified. */
      readonly how: 'api' | 'push';
      /** Where the branch stands now; null: it is new. */
      readonly onto: string | null;
      /** What stands there is replaced (a rebase), as long as it still is `onto`. */
      readonly force: boolean;
    }
  | {
      readonly kind: 'open_pull_request';
      readonly branch: string;
      readonly base: string;
      readonly title: string;
      readonly body: string;
      readonly draft: boolean;
    }
  /** Takes a pull request of ours out of draft, while its head is `headSha`; null: whatever its head. */
  | { readonly kind: 'ready_for_review'; readonly number: number; readonly headSha: string | null }
  /** Runs what failed of a workflow run again, once. Where GitHub does not take that, the pull request of `branch` is looked at as it is. */
  | {
      readonly kind: 'rerun_failed_jobs';
      readonly runId: number;
      readonly attempt: number;
      readonly branch?: string;
    }
  /** Resolves the thread that a person's review comment began. */
  | { readonly kind: 'resolve_answered'; readonly number: number; readonly commentId: number }
  /** A lesson as a pull request of its own: one new file below `.github/crew/standards/`. */
  | {
      readonly kind: 'propose_standard';
      readonly branch: string;
      readonly base: string;
      readonly path: string;
      readonly content: string;
      readonly title: string;
      readonly body: string;
    }
  | {
      readonly kind: 'review';
      readonly number: number;
      readonly headSha: string;
      readonly event: 'COMMENT' | 'REQUEST_CHANGES' | 'APPROVE';
      readonly body: string;
      readonly comments: readonly ReviewComment[];
    }
  /** In the thread that the review comment `commentId` began. */
  | {
      readonly kind: 'thread_reply';
      readonly number: number;
      readonly commentId: number;
      readonly body: string;
    }
  /**
   * Replies and resolves. `outdated`: only a thread of our own that is not resolved and in which no person wrote; where its lines
   * did not change it is replied to and left open. `always`: each thread of our own that is not resolved.
   */
  | {
      readonly kind: 'resolve_thread';
      readonly number: number;
      readonly fingerprint: string;
      readonly when: 'outdated' | 'always';
      /** Null: it is resolved without a word. */
      readonly reply: string | null;
    }
  /** Takes back what our reviews requested or approved, where that still stands; later ones than `reviews` are left. */
  | {
      readonly kind: 'dismiss_review';
      readonly number: number;
      /** Keys of their effects. */
      readonly reviews: readonly string[];
      readonly message: string;
    }
  | {
      readonly kind: 'check_run';
      readonly name: string;
      readonly headSha: string;
      readonly status: 'queued' | 'in_progress' | 'completed';
      readonly conclusion: 'success' | 'neutral' | 'failure' | 'cancelled' | 'skipped' | null;
      readonly title: string;
      readonly summary: string;
      readonly annotations: readonly Annotation[];
    };

export type EffectKind = EffectAction['kind'];

/** What goes on with a task's work, and is not done any more once that was stopped. Its end is still shown, and a review's blocks and approvals still end with it. */
export const GOES_ON_WITH_WORK: readonly EffectKind[] = [
  'push_branch',
  'open_pull_request',
  'ready_for_review',
  'add_labels',
  'comment',
  'thread_reply',
  'resolve_answered',
  'propose_standard',
];

export type ReactionTarget =
  | { readonly on: 'issue'; readonly number: number }
  | { readonly on: 'issue_comment'; readonly commentId: number }
  | { readonly on: 'review_comment'; readonly commentId: number };

export type ReactionContent = '+1' | '-1' | 'laugh' | 'confused' | 'heart' | 'hooray' | 'rocket' | 'eyes';

/** An inline comment that GitHub will accept: `line` on `side` stands in the diff; `startLine` is null or in the same hunk and less. */
export interface ReviewComment {
  readonly path: string;
  readonly side: 'LEFT' | 'RIGHT';
  readonly startLine: number | null;
  readonly line: number;
  readonly body: string;
}

export interface Annotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
}
