/** What bounds every agent run besides its role's own limits and its task's budget. */
export const LOOP_LIMITS = {
  /** Times that one model call is repeated after its stream was cut. The SDK's own retries come before a stream begins. */
  streamRepeats: 3,
  /** Wait before the first repeat; doubled each time. */
  repeatWaitMs: 1_000,
  /** The longest wait that the API may ask for inside a call, which the SDK then waits out. */
  waitInCallMs: 60_000,
  /** Times that an agent is asked to mend an answer that cannot be used. */
  answerRepeats: 1,
  /** Longest prompt of a call, in tokens as estimated for the worst case. The models take 1,000,000. */
  promptTokens: 600_000,
  /** Problems of an answer that are told to the agent, and their length. */
  problems: 20,
  problemChars: 500,
} as const;
