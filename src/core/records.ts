/**
 * The glossary: every record the crew keeps, in the order in which work flows through it.
 *
 *   Delivery → Task → Plan → Subtask → Result → Effect
 *
 * These words are used alone and unchanged in code, SQL, logs, the API and the dashboard. Records are plain,
 * read-only data; times are ISO 8601 strings in UTC; ids are UUIDs unless a comment says otherwise.
 * What a task is asked is in `request-records.ts`, what subtasks find in `result-records.ts`, effects in `effect-records.ts`, what reviews remember in `review/review-records.ts`.
 */
import type { PlanAnswer } from './answers.ts';
import type { TaskRequest } from './request-records.ts';

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
  /** When it was asked for, or to be taken up again, by GitHub's clock; null where that did not tell. */
  readonly askedAt: string | null;
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
  /** Leases that it lost because their worker died or fell silent. */
  readonly losses: number;
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
