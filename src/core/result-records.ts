/** The glossary's part on results: what a subtask found, and what it is made of. Same rules as in `records.ts`. */
import type {
  AmendAnswer,
  AskAnswer,
  AuditAnswer,
  PlanAnswer,
  RefuteAnswer,
  ReplyAnswer,
  ReviewAnswer,
  WorkAnswer,
} from './answers.ts';
import type { SmokeCheck } from './request-records.ts';
import type { Survey } from './review/review-records.ts';

/** What a subtask found. A failure is a result too, and is shown. */
export interface Result {
  readonly id: string;
  readonly taskId: string;
  readonly subtaskId: string;
  readonly outcome: Outcome;
  readonly usage: Usage;
  readonly costUsd: number;
  readonly durationMs: number;
  readonly createdAt: string;
}

export type Outcome =
  | { readonly kind: 'plan'; readonly answer: PlanAnswer }
  | { readonly kind: 'amendment'; readonly answer: AmendAnswer }
  | {
      readonly kind: 'patch';
      readonly answer: WorkAnswer;
      /** At most `PATCH_MAX_BYTES`. */
      readonly patch: string;
      readonly baseSha: string;
      /** Changes that the agent made and that are not in the patch. */
      readonly leftOut: readonly LeftOut[];
      /** How the agent's commands ran. */
      readonly sandbox: 'on' | 'off';
    }
  | { readonly kind: 'survey'; readonly survey: Survey }
  /** `anchors[i]` is the place of `answer.findings[i]`. */
  | {
      readonly kind: 'findings';
      readonly answer: ReviewAnswer;
      readonly anchors: readonly Anchor[];
      readonly coverage: readonly FileCoverage[];
      /** Findings over the limit of one reviewer, which are not in the answer; none where it is missing. */
      readonly leftOut?: number;
    }
  | { readonly kind: 'refutation'; readonly answer: RefuteAnswer }
  | { readonly kind: 'answer'; readonly answer: AskAnswer }
  | { readonly kind: 'reply'; readonly answer: ReplyAnswer }
  | {
      readonly kind: 'checks';
      readonly headSha: string;
      /** Of `headSha`: the same however the commits are made. */
      readonly treeSha: string;
      readonly commits: readonly CommitSummary[];
      readonly runs: readonly CheckRunRecord[];
      /** Why the integrated change may not be published as it is; empty when it may. */
      readonly refusals: readonly Refusal[];
      /** A secret stands in one of the patches and no longer in the whole: they may leave as one commit only. Left out: no. */
      readonly asOne?: boolean;
      /** The repository's own template of pull requests, as it stands at the base; null where there is none. */
      readonly template: string | null;
      /** Whether the repository has continuous integration of its own, as its files say. */
      readonly hasCi: boolean;
    }
  /** `unread`: what of the diff was not shown to the auditor, as sentences. */
  | {
      readonly kind: 'audit';
      readonly answer: AuditAnswer;
      readonly unread: readonly string[];
      /** Indices of findings whose line does not stand in the diff; none where it is missing. */
      readonly offDiff?: readonly number[];
    }
  | { readonly kind: 'smoke'; readonly probes: readonly SmokeProbe[] }
  | { readonly kind: 'failed'; readonly cause: FailureCause; readonly message: string };

/** A patch is read whole into memory by every subtask that builds on it. */
export const PATCH_MAX_BYTES = 5_000_000;

/** What code found in an integrated change that must not leave. */
export interface Refusal {
  readonly cause: 'protected_path' | 'secret' | 'size' | 'loosened_test';
  readonly path: string | null;
  /** A sentence for people and for the specialist. */
  readonly message: string;
}

/** One smoke check of a deployment, tried up to some times. */
export interface SmokeProbe {
  readonly check: SmokeCheck;
  /** `flaky`: it passed on some tries only. `unavailable`: nothing answered, or with 5xx on every try. */
  readonly verdict: 'passed' | 'failed' | 'flaky' | 'unavailable' | 'refused';
  /** What was seen, as a sentence, redacted. */
  readonly message: string;
  readonly tries: number;
  readonly durationMs: number;
}

/** A change in a work tree that may not be in a pull request. */
export interface LeftOut {
  readonly path: string;
  /** Follows the path in a sentence: `it is a submodule`. */
  readonly reason: string;
}

/** `lost`: the worker died too often. `over_budget` and `stopped` end the task in the state of that name, `over_month` (a limit of the month) in `over_budget`. */
export type FailureCause =
  | 'model_refused'
  | 'model_truncated'
  | 'model_unavailable'
  | 'invalid_answer'
  | 'limit_reached'
  | 'over_budget'
  | 'over_month'
  | 'conflict'
  | 'workspace'
  | 'stopped'
  | 'lost'
  | 'internal';

export interface CommitSummary {
  readonly sha: string;
  readonly role: string;
  readonly subject: string;
  readonly filesChanged: number;
}

/** One command of the repository's own checks, as it ended. */
export interface CheckRunRecord {
  readonly command: string;
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** End of stdout and stderr, redacted, at most 20,000 characters. */
  readonly output: string;
  readonly durationMs: number;
  readonly sandbox: 'on' | 'off';
}

/** A file that a pull request changes. */
export interface SurveyedFile {
  readonly path: string;
  readonly oldPath: string;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
  readonly binary: boolean;
  readonly additions: number;
  readonly deletions: number;
  /** Of its diff as reviewers read it; null when the diff was too large to be measured. */
  readonly chars: number | null;
  /** SHA-256 of what it changes, hex, without line numbers: the same after a rebase that did not touch it. */
  readonly digest: string;
  /** A commit of another repository stands there now: what that changes is not in this one. */
  readonly submodule?: true;
}

/** Where a finding can be shown: on lines that GitHub accepts, or in the review's body with its place named. */
export type Anchor =
  | {
      readonly kind: 'inline';
      readonly path: string;
      readonly side: 'LEFT' | 'RIGHT';
      readonly startLine: number | null;
      readonly line: number;
      /** Text of the anchored lines, joined by `\n`; at most `QUOTE_MAX_CHARS`. */
      readonly quote: string;
      /** Text that replaces exactly the anchored lines, where it is short and applies; else null. */
      readonly suggestion: string | null;
    }
  | { readonly kind: 'body'; readonly place: string; readonly reason: string };

export const QUOTE_MAX_CHARS = 2_000;

/** How much of a changed file a reviewer was shown. */
export interface FileCoverage {
  readonly path: string;
  readonly read: 'full' | 'part' | 'skipped';
  readonly reason: string | null;
}

export interface Usage {
  readonly model: string | null;
  readonly turns: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
}

export type Severity = 'critical' | 'high' | 'medium' | 'low';
