/**
 * The edges as the core and the parts see them. `store`, `app`, `orchestrator` and `agents` each implement some and
 * use others; only `wire.ts` joins them.
 */

import type { AuditAnswer } from './answers.ts';
import type { FileDiff } from './diff.ts';
import type { Seen } from './gate/smoke-verdict.ts';
import type {
  AuditEvent,
  CheckRunRecord,
  CommitSummary,
  LeftOut,
  Message,
  Outcome,
  Plan,
  Refusal,
  Repository,
  Result,
  Setback,
  Subtask,
  SurveyedFile,
  Task,
  Usage,
} from './records.ts';
import type { IssueSnapshot, PullRequestSnapshot, Standing } from './request-records.ts';
import type { Candidate, ReviewThread, Survey } from './review/review-records.ts';

// ── Embeddings ──────────────────────────────────────────────────────────────────────────────────────────────

/** Turns texts into vectors of `EMBEDDING_DIMENSIONS`; texts alike have vectors alike. */
export interface Embedder {
  embed(texts: readonly string[]): Promise<readonly (readonly number[])[]>;
}

export const EMBEDDING_DIMENSIONS = 512;

// ── Queue: the doorbell ─────────────────────────────────────────────────────────────────────────────────────

/** Payloads are ids. Losing or doubling one is harmless: handlers look at the store, the sweep rings again. */
export type Job =
  | { readonly step: 'dispatch'; readonly guid: string }
  | { readonly step: 'advance'; readonly taskId: string }
  | { readonly step: 'publish'; readonly effectId: string }
  | { readonly step: 'work'; readonly subtaskId: string; readonly role: string };

export interface Doorbell {
  /** Never throws: a lost ring is logged and made good by the sweep. */
  ring(jobs: readonly Job[], options?: { readonly delayMs?: number }): Promise<void>;
}

// ── Bus: committed events, live ─────────────────────────────────────────────────────────────────────────────

export interface EventBus {
  publish(events: readonly AuditEvent[]): Promise<void>;
  /** Calls `listener` for each event committed from now on, at least once, roughly in order. Answers the unsubscription. */
  subscribe(listener: (event: AuditEvent) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

// ── Clock, ids, log ─────────────────────────────────────────────────────────────────────────────────────────

export interface Clock {
  now(): Date;
  /** Resolves early, without error, when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The part of a pino logger that we use. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  child(fields: object): Log;
}

// ── GitHub, reading ─────────────────────────────────────────────────────────────────────────────────────────

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
  pullRequest(repository: Repository, number: number): Promise<PullRequestSnapshot>;
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

export const LOG_MAX_CHARS = 20_000;

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
}

/** A check run or a commit status of somebody else's. Hostile text. */
export interface HeadCheck {
  readonly name: string;
  readonly ended: boolean;
  /** As GitHub names it; of a status its state; '' while it has not ended. */
  readonly conclusion: string;
  readonly url: string | null;
  /** What it says of its outcome, at most `LOG_MAX_CHARS`. */
  readonly said: string | null;
  /** Of a failed job of Actions. */
  readonly run: { readonly id: number; readonly attempt: number; readonly jobId: number } | null;
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

// ── Workspace: a checkout that an agent may change ──────────────────────────────────────────────────────────

export interface WorkspaceRequest {
  readonly repository: Repository;
  readonly subtaskId: string;
  /** Commit to start from; `pullRequest` fetches `refs/pull/N/head` as well. */
  readonly baseSha: string;
  readonly pullRequest?: number;
  /** Other commits of the repository that will be read. */
  readonly alsoShas?: readonly string[];
  /** Commits that are made anew upon `baseSha` before the patches; null or left out: none. */
  readonly replay?: Replay | null;
  /** Applied and committed on the base in this order, as `Integration` commits them. */
  readonly patches: readonly PatchToApply[];
  readonly signal: AbortSignal;
}

/**
 * The commits of `fromSha..toSha`, along first parents, oldest first. All must be the crew's own: a merge, or one without
 * the trailer `Crew-Task`, is refused (UserError).
 */
export interface Replay {
  readonly fromSha: string;
  readonly toSha: string;
}

export interface PatchToApply {
  readonly subtaskKey: string;
  readonly patch: string;
  readonly message: string;
  /** Commit date, so that the same patches always give the same commit. */
  readonly at: string;
}

/** The commit that several patches are together. */
export type AsOne = Pick<PatchToApply, 'message' | 'at'>;

export interface Workspaces {
  /** Throws TransientError (fetch), ConflictError for a patch that does not apply, or UserError for what else the repository cannot do (a base that is gone). */
  open(request: WorkspaceRequest): Promise<Workspace>;
  /** Builds the commits in a job of its own and answers them as data. Throws as `open` does. */
  commits(request: CommitsRequest): Promise<BuiltCommits>;
  /** Builds the commits in a job of its own and pushes `branch`. Answers the head. Throws UserError when the head's tree differs from `expectedTree`, or the branch stands elsewhere than at `onto`. A branch that stands at these commits already is success. */
  push(request: PushRequest): Promise<{ readonly headSha: string }>;
}

/** What commits are made of. */
export interface CommitsRequest {
  readonly repository: Repository;
  /** Parent of the first of them. */
  readonly baseSha: string;
  readonly replay?: Replay | null;
  readonly patches: readonly PatchToApply[];
  /** Null or left out: each patch is a commit of its own. */
  readonly asOne?: AsOne | null;
  readonly signal: AbortSignal;
}

export interface PushRequest extends CommitsRequest {
  readonly branch: string;
  readonly expectedTree: string;
  /** Where the branch stands now; null: it is new. */
  readonly onto: string | null;
  /** What stands there is replaced, as long as it still is `onto`. */
  readonly force: boolean;
  /** Author and committer: part of the commits' names. */
  readonly author: CommitAuthor;
  readonly url: string;
  readonly token: string | null;
}

export interface CommitAuthor {
  readonly name: string;
  readonly email: string;
}

/** Commits as data, oldest first. */
export interface BuiltCommits {
  /** Of `baseSha`. */
  readonly baseTreeSha: string;
  /** Of the last one; the base's when there is none. */
  readonly treeSha: string;
  readonly commits: readonly BuiltCommit[];
  /** Why the contents are not in `commits`, which is empty then: `2,000 files are more than the API takes`. Else null. */
  readonly tooLarge: string | null;
}

export interface BuiltCommit {
  readonly message: string;
  readonly treeSha: string;
  /** Against the commit before it; deletions first. */
  readonly changes: readonly BuiltChange[];
}

export type BuiltChange =
  | { readonly kind: 'delete'; readonly path: string; readonly mode: BlobMode }
  /** `120000`: the content is what the link leads to. */
  | { readonly kind: 'put'; readonly path: string; readonly mode: BlobMode; readonly content: Uint8Array };

export type BlobMode = '100644' | '100755' | '120000';

export interface Workspace {
  /** Absolute; everything below it may be hostile. */
  readonly dir: string;
  /** The commit that is checked out: base plus patches. */
  readonly headSha: string;
  /** Of `headSha`. */
  readonly treeSha: string;
  /** How `run` runs commands. */
  readonly sandbox: 'on' | 'off';
  readonly commits: readonly CommitSummary[];
  /** Commits of `replay` that do not apply here, oldest first. */
  readonly skipped: readonly SkippedCommit[];
  /** The work tree against `headSha`. Computed with the git directory out of the agent's reach. Throws RunEndedError (`limit_reached`) for a change that is too large. */
  diff(): Promise<TreeDiff>;
  /** Every file that differs between `to` and its merge base with `from`, whatever its size. */
  changedFiles(from: string, to: string): Promise<readonly SurveyedFile[]>;
  /** Diff of `from`…`to` (merge base) of some of the changed paths, parsed. A file whose diff is too large to be held comes without hunks. */
  compare(from: string, to: string, paths: readonly string[]): Promise<readonly FileDiff[]>;
  /** Newest commits that touched `path` (all, when null), as text for an agent. */
  log(sha: string, path: string | null): Promise<string>;
  /** Who last changed each of some lines of a file, as text for an agent. */
  blame(sha: string, path: string, startLine: number, endLine: number): Promise<string>;
  /** Text of a file at a commit, or null. */
  show(sha: string, path: string): Promise<string | null>;
  /** Names in a folder at a commit, its folders' own included; empty when there is none. Throws UserError above 1,000. */
  list(sha: string, folder: string): Promise<readonly string[]>;
  /** Runs a shell command sandboxed in `dir` with an environment empty of secrets. Ends the whole process group on timeout and abort. */
  run(
    command: string,
    options: { readonly timeoutMs: number; readonly signal: AbortSignal },
  ): Promise<CheckRunRecord>;
  /** Removes the checkout and ends every process left in it. */
  close(): Promise<void>;
}

export interface SkippedCommit {
  readonly sha: string;
  readonly message: string;
  /** For people and agents to read: bytes that are no UTF-8 are replaced. */
  readonly patch: string;
  /** Paths in which it conflicts; empty when git names none. */
  readonly files: readonly string[];
}

export interface TreeDiff {
  /** Unified diff, binary included, untracked files too; '' for no change. */
  readonly patch: string;
  /** What was changed and is not in it. */
  readonly leftOut: readonly LeftOut[];
}

// ── Agents ──────────────────────────────────────────────────────────────────────────────────────────────────

/** What an agent is given; assembled by the orchestrator, turned into a briefing by `agents`. */
export interface AgentJob {
  readonly task: Task;
  readonly subtask: Subtask;
  readonly plan: Plan | null;
  /** Results of finished teammates, for the briefing. */
  readonly teammates: readonly { readonly subtask: Subtask; readonly result: Result }[];
  /** Patches of what it depends on, transitively, in order. */
  readonly patches: readonly PatchToApply[];
  /** What stands on the task board, oldest first. */
  readonly decisions: readonly Message[];
  /** For `review` and `refute`, else null. */
  readonly review: ReviewBrief | null;
  /** Where its own work came back; left out where it did not. */
  readonly returned?: ReturnedWork;
  /** Where it mends what was found in the integrated change; left out for other work. */
  readonly repair?: Faults;
}

/** Work that did not fit what comes before it. */
export interface ReturnedWork {
  readonly setback: Setback;
  /** What did not fit; '' where nothing was changed. */
  readonly patch: string;
}

/** What was found in an integrated change that is to be mended. */
export interface Faults {
  /** Checks that failed and did not fail so before. */
  readonly runs: readonly CheckRunRecord[];
  readonly refusals: readonly Refusal[];
  readonly findings: AuditAnswer['findings'];
}

export interface ReviewBrief {
  readonly survey: Survey;
  /** For `refute`: what to refute; else empty. */
  readonly candidates: readonly Candidate[];
}

export interface AgentHooks {
  /** Called before each model call: throws LeaseLostError or a stop when the run must end; answers new mail. */
  beforeTurn(): Promise<readonly string[]>;
  /** Called last before each model call, with the most that it can cost: throws RunEndedError when the task's budget has no room for it. */
  reserve(mostUsd: number): Promise<void>;
  /** Called after each model call with what it cost; must be stored before the next call. */
  afterTurn(usage: Usage, costUsd: number): Promise<void>;
  /** What is wrong with an answer that fits its schema, for the agent to mend (a plan with a cycle, say); empty when it stands. */
  problemsWith(answer: unknown): readonly string[];
  readonly team: Teamwork;
  readonly signal: AbortSignal;
}

/** What an agent may do beside its own work. Refusals are UserErrors, worded for the agent; LeaseLostError when its run no longer counts. */
export interface Teamwork {
  /** Mail to a role, or to everybody (null), read before its next model call; or a decision for the task board. Answers who gets it. */
  send(message: Pick<Message, 'to' | 'kind' | 'body'>): Promise<string>;
  board(): Promise<TaskBoard>;
  /** A lesson worth keeping, as a pull request of its own for people to judge. Answers what becomes of it. */
  proposeStandard(standard: ProposedStandard): Promise<string>;
}

/** What everybody on a task can see of it. */
export interface TaskBoard {
  readonly subtasks: readonly Pick<Subtask, 'key' | 'role' | 'title' | 'state'>[];
  /** Oldest first. */
  readonly decisions: readonly Message[];
}

export interface ProposedStandard {
  /** Lower-case letters and digits joined by hyphens: names the file. */
  readonly name: string;
  readonly text: string;
  /** What on this task taught it. */
  readonly why: string;
}

/** Runs one agent to its stated end. Failures of the model and of the work are outcomes, not exceptions; throws TransientError only when trying the same again later makes sense, ConflictError when the work before it does not fit together, LeaseLostError when told to. */
export interface AgentRunner {
  run(
    job: AgentJob,
    hooks: AgentHooks,
  ): Promise<{ readonly outcome: Outcome; readonly usage: Usage; readonly costUsd: number }>;
}

// ── Deployments ─────────────────────────────────────────────────────────────────────────────────────────────

export interface ProbeRequest {
  readonly url: string;
  readonly method: 'GET' | 'HEAD';
  /** That it and what it redirects to may be at. */
  readonly hosts: readonly string[];
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Asks a deployment once, without credentials, and nothing but the hosts named. Throws only when `signal` aborts. */
export type Probe = (request: ProbeRequest) => Promise<Seen>;
