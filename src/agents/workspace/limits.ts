import { PATCH_MAX_BYTES } from '../../core/result-records.ts';

/** Every bound that a workspace keeps to; an operator may set others. */
export interface WorkspaceLimits {
  readonly fetchTimeoutMs: number;
  /** Commits that are made again by the API: files, and bytes of them, in all of them together. */
  readonly builtMaxFiles: number;
  readonly builtMaxBytes: number;
  /** Size of a repository's packed history. */
  readonly mirrorMaxBytes: number;
  /** What is checked out, by its list alone. */
  readonly checkoutMaxFiles: number;
  readonly checkoutMaxBytes: number;
  readonly lockWaitMs: number;
  /** For each git command that does not talk to a server. */
  readonly gitTimeoutMs: number;
  readonly pushTimeoutMs: number;
  /** A patch, as text: no more than the store takes. */
  readonly diffMaxBytes: number;
  /** Sum of the changed files' sizes, looked at before they are read. */
  readonly changedMaxBytes: number;
  readonly changedMaxFiles: number;
  /** The list of the files that a pull request changes, as git prints it. */
  readonly changesMaxBytes: number;
  /** Files of a pull request whose text is looked at. */
  readonly measuredMaxFiles: number;
  /** Text of one call of git for some files, so of one file as well. */
  readonly diffBatchMaxBytes: number;
  /** Lines of that text, and of the files that are held at once: each takes some 150 bytes, however short it is. */
  readonly compareMaxLines: number;
  /** Text of the files that are held at once. */
  readonly compareMaxBytes: number;
  readonly fileMaxBytes: number;
  /** Entries of a folder that is listed. */
  readonly listMaxNames: number;
  readonly checkOutputMaxChars: number;
  /** Left by a process of which nothing else is known. */
  readonly leftoverMaxAgeMs: number;
}

export const WORKSPACE_LIMITS: WorkspaceLimits = {
  fetchTimeoutMs: 10 * 60_000,
  builtMaxFiles: 1_000,
  builtMaxBytes: 10 * 1024 ** 2,
  mirrorMaxBytes: 4 * 1024 ** 3,
  checkoutMaxFiles: 500_000,
  checkoutMaxBytes: 10 * 1024 ** 3,
  lockWaitMs: 15 * 60_000,
  gitTimeoutMs: 2 * 60_000,
  pushTimeoutMs: 5 * 60_000,
  diffMaxBytes: PATCH_MAX_BYTES,
  changedMaxBytes: 50 * 1024 ** 2,
  changedMaxFiles: 5_000,
  changesMaxBytes: 20 * 1024 ** 2,
  measuredMaxFiles: 10_000,
  compareMaxLines: 200_000,
  diffBatchMaxBytes: 3 * 1024 ** 2,
  compareMaxBytes: 6 * 1024 ** 2,
  fileMaxBytes: 1024 ** 2,
  listMaxNames: 1_000,
  checkOutputMaxChars: 20_000,
  leftoverMaxAgeMs: 24 * 60 * 60_000,
};
