/** The edge to GitHub, reading: what is asked of it, and what comes back. `app` implements it. */
import type { Repository } from './records.ts';
import type { IssueSnapshot, PullRequestSnapshot, Standing } from './request-records.ts';
import type { ReviewThread } from './review/review-records.ts';

export type Permission = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

/** Reads with retries. Throws TransientError for passing trouble, UserError when the App lacks a permission. */
export interface GitHubReader {
  /** Never guesses: a failed look-up throws, and the caller answers no. */
  permission(repository: Repository, login: string): Promise<Permission>;
  /** Text of a file on the default branch, or null. At most 256 KiB. */
  file(repository: Repository, path: string): Promise<string | null>;
  /** Head commit of a branch. */
  branchHead(repository: Repository, branch: string): Promise<string>;
  issue(repository: Repository, number: number): Promise<IssueSnapshot>;
  /** Of an issue or a pull request, by one light request; null when it is not there. */
  standing(repository: Repository, number: number): Promise<Standing | null>;
  /**
   * `askedAt`: of the issues that it closes, those by strangers that say since then what they say are left out; null: all by
   * strangers, for the time is not known. Left out, they are told as they are now.
   */
  pullRequest(repository: Repository, number: number, askedAt?: string | null): Promise<PullRequestSnapshot>;
  /** Threads that our own findings began on a pull request, oldest first. */
  threads(repository: Repository, number: number): Promise<readonly ReviewThread[]>;
  /** What those threads begin with, and nothing of what people did there; null when there are more than can be read. */
  shownFindings(
    repository: Repository,
    number: number,
  ): Promise<readonly { readonly fingerprint: string; readonly createdAt: string }[] | null>;
  /** Bodies of a comment by the API, as it stands now; null when gone. */
  comment(
    repository: Repository,
    commentId: number,
  ): Promise<{ readonly body: string; readonly author: string } | null>;
  /** A comment in a pull request's diff, by one light request, as it stands now; null when gone. */
  reviewComment(repository: Repository, commentId: number): Promise<ReviewCommentReading | null>;
  /** How a pull request stands, by one request; null when it is not there. */
  pullState(repository: Repository, number: number): Promise<PullState | null>;
  /** Paths that a pull request changes, at most 100. */
  changedPaths(repository: Repository, number: number): Promise<readonly string[]>;
  /** What others report on a commit: the newest check run of each name of every App but ours, and each context's newest commit status. */
  checksOf(repository: Repository, headSha: string): Promise<ChecksReading>;
  /** End of the log of a job of Actions, at most `LOG_MAX_CHARS`, without colours and time stamps; null where none is to be had. */
  jobLog(repository: Repository, jobId: number): Promise<string | null>;
}

/** Of one installation, or of the App itself. */
export interface AllowanceLimits {
  readonly writesPerMinute: number;
  /** Of those, requests that make what people are told of. */
  readonly contentPerMinute: number;
  readonly contentPerHour: number;
  /** Least time between two. */
  readonly spacingMs: number;
  /** Longest time from a request's turn to the moment at which GitHub can have it no later. */
  readonly flightMs: number;
}

export interface Place {
  /** Null: there is none within the patience. */
  readonly id: string | null;
  /** Until its turn, or until there is likely to be one. */
  readonly waitMs: number;
}

/** What GitHub lets each account (an installation, or the App) do, kept for all processes of the crew together. */
export interface GitHubAllowances {
  /** Takes the next place for a request that changes something, if its turn comes within `patienceMs`. */
  take(
    account: string,
    wish: { readonly content: boolean; readonly limits: AllowanceLimits; readonly patienceMs: number },
  ): Promise<Place>;
  /** The request of this place is over; unless it was sent, the place is another's. */
  over(place: string, sent: boolean): Promise<void>;
  /** GitHub wants to be left alone for so long. A shorter pause than one that is on changes nothing. */
  pause(account: string, ms: number): Promise<void>;
  /** How long it still wants that; 0: it may be asked. */
  pausedMs(account: string): Promise<number>;
}

export const LOG_MAX_CHARS = 20_000;
export const CHECK_NAME_MAX_CHARS = 200;

export interface PullState {
  readonly number: number;
  readonly open: boolean;
  readonly merged: boolean;
  readonly draft: boolean;
  readonly headSha: string;
  readonly headRef: string;
  readonly baseRef: string;
  /** Null: GitHub has not found out yet. */
  readonly mergeable: boolean | null;
  readonly labels: readonly string[];
}

export interface ChecksReading {
  readonly checks: readonly HeadCheck[];
  /** False when there are more than are read. */
  readonly complete: boolean;
  /** A job of Actions failed whose run GitHub does not show: its reads lag, or the run was deleted. */
  readonly runMissing: boolean;
}

/** A check run or a commit status of somebody else's. Hostile text. */
export interface HeadCheck {
  readonly kind: 'check_run' | 'status';
  /** A newer one of its kind has a greater one. */
  readonly id: number;
  /** Null of a commit status, and where GitHub does not tell. */
  readonly suiteId: number | null;
  /** Of a commit status its context. At most `CHECK_NAME_MAX_CHARS`. */
  readonly name: string;
  readonly ended: boolean;
  /** As GitHub names it; of a status its state; '' while it has not ended. */
  readonly conclusion: string;
  readonly url: string | null;
  /** What it says of its outcome, at most `LOG_MAX_CHARS`. */
  readonly said: string | null;
  /** Of a job of Actions, else null. The attempt is null where the job did not fail, or its run is not shown. */
  readonly run: { readonly id: number; readonly attempt: number | null; readonly jobId: number } | null;
}

export interface ReviewCommentReading {
  readonly body: string;
  readonly author: string;
  readonly ours: boolean;
  /** The comment that began the thread; null when it is this one. */
  readonly inReplyTo: number | null;
}

/** Gives an installation token that can do no more than read one repository's contents, and its clone URL. */
export interface CloneAccess {
  forReading(repository: Repository): Promise<{ readonly url: string; readonly token: string | null }>;
}
