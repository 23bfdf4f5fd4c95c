import { FILE_MAX_CHARS, GROUP_MAX_CHARS, GROUP_MAX_FILES } from '../../core/review/file-groups.ts';

/** The most of each section that a briefing shows, in characters where nothing else is said. A cut is stated in the text. */
export const BRIEFING_LIMITS = {
  title: 400,
  body: 40_000,
  comment: 8_000,
  /** Newest comments are kept. */
  comments: 60_000,
  note: 8_000,
  question: 8_000,
  ruleFile: 20_000,
  rules: 60_000,
  linkedIssues: 5,
  linkedIssue: 10_000,
  pathInstructions: 20,
  pathInstruction: 2_000,
  memories: 30,
  memory: 600,
  /** Body, evidence and quoted code of a finding, each. */
  findingText: 2_500,
  changedFiles: 400,
  standard: 12_000,
  mandate: 24_000,
  plan: 30_000,
  subtask: 12_000,
  teammate: 6_000,
  teammates: 40_000,
  message: 8_000,
  decision: 2_500,
  board: 20_000,
  /** A change of one's own that comes back. */
  formerPatch: 60_000,
  repairRuns: 8,
  checkOutput: 8_000,
  repairList: 20_000,
  ownFiles: 200,
  /** Of one failed check, and of all of them. */
  failedLog: 20_000,
  failedLogs: 60_000,
  /** Of one change that did not apply to a new base, and of all of them. */
  skippedPatch: 20_000,
  skippedPatches: 80_000,
} as const;

/** Characters as `readableChars` counts them. */
export interface DiffLimits {
  readonly files: number;
  readonly fileChars: number;
  readonly totalChars: number;
  /** A longer line is cut, and its file counts as read in part. */
  readonly lineChars: number;
}

/** A group is planned by these, so a briefing that keeps to them cuts nothing that was not planned to be cut. */
export const DIFF_LIMITS: DiffLimits = {
  files: GROUP_MAX_FILES,
  fileChars: FILE_MAX_CHARS,
  totalChars: GROUP_MAX_CHARS,
  lineChars: 2_000,
};
