/** The edge to git: checkouts that agents may change, and the commits that are made of their work. `agents` implements it. */
import type { FileDiff } from './diff.ts';
import type { Repository } from './records.ts';
import type { CheckRunRecord, CommitSummary, LeftOut, SurveyedFile } from './result-records.ts';

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
  /** A file at a commit as it is, or null. Throws UserError for one that is too large to be read. */
  bytes(sha: string, path: string): Promise<Uint8Array | null>;
  /** Names in a folder at a commit, its folders' own included; empty when there is none. Throws UserError above 1,000. */
  list(sha: string, folder: string): Promise<readonly string[]>;
  /** Runs a shell command sandboxed in `dir` with an environment empty of secrets. Ends the whole process group on timeout and abort. */
  run(command: string, options: CommandOptions): Promise<CheckRunRecord>;
  /** Removes the checkout and ends every process left in it. */
  close(): Promise<void>;
}

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Hosts that it may reach, as far as the operator permits them; none unless said. */
  readonly hosts?: readonly string[];
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
