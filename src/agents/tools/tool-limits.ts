/** What one tool call may take and give back. */
export const TOOL_LIMITS = {
  /** Characters of any tool's result. */
  outputChars: 30_000,
  /** A command without a timeout of its own. */
  bashTimeoutSeconds: 120,
  bashTimeoutMaxSeconds: 600,
  commandChars: 20_000,
  /** A file that is read whole or edited; longer ones are read in ranges. */
  fileBytes: 262_144,
  writeChars: 1_000_000,
  pathChars: 1_000,
  patternChars: 2_000,
  /** Listed by one call of glob. */
  globFiles: 200,
  /** Of one call of git_blame. */
  blameLines: 400,
} as const;
