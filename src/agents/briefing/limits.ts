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
  standard: 12_000,
  mandate: 24_000,
  plan: 30_000,
  subtask: 12_000,
  teammate: 6_000,
  teammates: 40_000,
  message: 8_000,
  ownFiles: 200,
} as const;

export interface DiffLimits {
  readonly files: number;
  readonly fileChars: number;
  readonly totalChars: number;
  /** A longer line is cut, and its file counts as read in part. */
  readonly lineChars: number;
}

export const DIFF_LIMITS: DiffLimits = {
  files: 300,
  fileChars: 60_000,
  totalChars: 400_000,
  lineChars: 2_000,
};
