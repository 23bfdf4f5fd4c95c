/**
 * The glossary: every record the crew keeps, in the order in which work flows through it.
 *
 *   Delivery → Task → Plan → Subtask → Result → Effect
 *
 * These words are used alone and unchanged in code, SQL, logs, the API and the dashboard. Records are plain,
 * read-only data; times are ISO 8601 strings in UTC; ids are UUIDs unless a comment says otherwise.
 * What a task is asked is in `request-records.ts`, effects in `effect-records.ts`, what reviews remember in `review/review-records.ts`.
 */
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
import type { SmokeCheck, TaskRequest } from './request-records.ts';
import type { Survey } from './review/review-records.ts';

/** One webhook as GitHub sent it, stored before it is acknowledged. */
export interface Delivery {
  /** GitHub's `X-GitHub-Delivery`; a redelivery keeps it. */
  readonly guid: string;
  readonly event: string;
  readonly action: string | null;
  readonly payload: unknown;
  /** SHA-256 of the raw body, hex: recognises a replay under a new GUID. */
  readonly bodyHash: string;
  readonly installationId: number | null;
  /** `owner/name`, when the payload names a repository. */
  readonly repository: string | null;
  readonly state: DeliveryState;
  readonly attempts: number;
  /** What became of it, one entry a decision; empty until handled. */
  readonly decisions: readonly DecisionSummary[];
  readonly error: string | null;
  readonly receivedAt: string;
  readonly handledAt: string | null;
}

/** `dead`: failed too often; a person has to look (`crew doctor` and the dashboard show it). */
export type DeliveryState = 'received' | 'handled' | 'dead';

/** The trace that a decision leaves on its delivery. */
export interface DecisionSummary {
  readonly decided: 'task' | 'command' | 'change' | 'ignored';
  readonly reason: string;
  readonly taskId?: string;
}

export interface Repository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly installationId: number;
  readonly defaultBranch: string;
  readonly private: boolean;
}

/** What is asked of the crew. The same request, however often it is delivered, is one task. */
export interface Task {
  readonly id: string;
  readonly kind: TaskKind;
  readonly repository: Repository;
  /** The issue or pull request that it is about. */
  readonly subject: Subject;
  /** Natural key of the request; unique. */
  readonly requestKey: string;
  /** Login of the person who asked. */
  readonly requester: string;
  readonly request: TaskRequest;
  readonly state: TaskState;
  /** Why it is in this state, as a sentence for people; null while nothing needs saying. */
  readonly reason: string | null;
  readonly budgetUsd: number;
  readonly costUsd: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly finishedAt: string | null;
}

/** `fix`: one round on a pull request of the crew's own. `gate`: a check of a deployment or a push. */
export type TaskKind = 'implement' | 'review' | 'ask' | 'reply' | 'fix' | 'gate';

/** `commit`: what is about no issue or pull request (a gate); its number is 0. */
export type Subject = DiscussedSubject | { readonly kind: 'commit'; readonly number: 0 };

/** What people talk on. */
export interface DiscussedSubject {
  readonly kind: 'issue' | 'pull_request';
  readonly number: number;
}

/**
 * `planning` an agent drafts the plan · `awaiting_answer` the Strategist asked, a writer must answer ·
 * `awaiting_approval` a writer must approve · `working` agents run ·
 * `verifying` the repository's own checks run · `publishing` effects are on their way to GitHub ·
 * then one of the ends.
 */
export type TaskState =
  | 'queued'
  | 'planning'
  | 'awaiting_answer'
  | 'awaiting_approval'
  | 'working'
  | 'verifying'
  | 'publishing'
  | 'done'
  | 'failed'
  | 'stopped'
  | 'over_budget';

export const TASK_ENDS = ['done', 'failed', 'stopped', 'over_budget'] as const satisfies readonly TaskState[];

/** Who does what: the Strategist's answer, validated. Approval is bound to `hash` and the base commit. */
export interface Plan {
  readonly id: string;
  readonly taskId: string;
  readonly version: number;
  readonly hash: string;
  readonly answer: PlanAnswer;
  /** The most that it may cost: the limits of its specialists, within what is left of the budget. */
  readonly estimateUsd: number;
  /** The most that each subtask may cost, by key. */
  readonly estimates: Readonly<Record<string, number>>;
  readonly state: 'proposed' | 'approved' | 'superseded';
  readonly approvedBy: string | null;
  readonly createdAt: string;
}

/** One agent's job, or one of code's. Lives in the queue of its role. */
export interface Subtask {
  readonly id: string;
  readonly taskId: string;
  readonly planId: string | null;
  /** Name within the task: `plan`, `S1`, `review-backend`, `verify`, …; unique there. */
  readonly key: string;
  readonly kind: SubtaskKind;
  readonly role: string;
  readonly title: string;
  readonly goal: string;
  readonly acceptance: readonly string[];
  readonly files: readonly string[];
  /** Keys of subtasks that must be done first. */
  readonly dependsOn: readonly string[];
  /** Why its work was sent back to be done again, oldest first. */
  readonly setbacks: readonly Setback[];
  readonly state: SubtaskState;
  /** Times that a worker has taken it up. */
  readonly attempts: number;
  readonly lease: Lease | null;
  /** When the doorbell was last rung for it. */
  readonly enqueuedAt: string | null;
  /** Pending work is not taken up before, when passing trouble said how long it lasts. */
  readonly dueAt: string | null;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly costUsd: number;
}

/**
 * `survey`, `verify` and `smoke` are run by code alone: what a review reads, the repository's own checks, the smoke checks of a
 * deployment. `amend` is the Architect's look at a plan, `audit` Security's look at a diff, `refute` the second look
 * of a review. The `files` of `review` and `refute` are the paths of their group.
 */
export type SubtaskKind =
  | 'plan'
  | 'amend'
  | 'survey'
  | 'work'
  | 'audit'
  | 'review'
  | 'refute'
  | 'answer'
  | 'reply'
  | 'verify'
  | 'smoke';
export type SubtaskState = 'pending' | 'running' | 'done' | 'failed' | 'stopped';

/** A done subtask's patch did not fit the integrated state, so the work goes back; the newest result holds the patch that did not fit. */
export interface Setback {
  readonly cause: 'conflict';
  /** Paths that conflict. */
  readonly files: readonly string[];
  /** For the agent: what did not fit where. */
  readonly message: string;
  readonly at: string;
}

/** Mail of a task: read by its agents before their next model call, and by those that begin later in their briefing. */
export interface Message {
  readonly id: number;
  /** A login, `crew:<role>`, or `crew` for the orchestrator. */
  readonly from: string;
  /** Role that it is for; null: everybody on the task. */
  readonly to: string | null;
  /** `decision`: stands on the task board for whoever comes later. */
  readonly kind: 'message' | 'decision';
  readonly body: string;
  readonly at: string;
}

/** Right to work on a subtask or an effect until `until`. Only the holder of the newest `token` may write. */
export interface Lease {
  readonly token: number;
  /** `<host>/<pid>/<start id>` of the process that holds it. */
  readonly owner: string;
  readonly until: string;
}

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

/** An entry of the audit trail: written in the transaction of the change that it tells, never changed. */
export interface AuditEvent {
  /** Rises by one transaction after another, with gaps. */
  readonly seq: number;
  readonly at: string;
  /** Who caused it: a login, `crew:<role>`, or `system`. */
  readonly actor: string;
  /** `<record>.<what happened>`, such as `task.created`, `subtask.done`, `effect.sending`. */
  readonly type: string;
  readonly taskId: string | null;
  /** Id or key of the record concerned. */
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One agent run's conversation, redacted, for people to read afterwards. */
export interface Transcript {
  readonly id: string;
  readonly taskId: string;
  readonly subtaskId: string;
  readonly attempt: number;
  readonly model: string;
  readonly messages: readonly unknown[];
  readonly ended: string;
  readonly createdAt: string;
}
