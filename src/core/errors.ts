/** The whole error vocabulary. Anything else that is thrown is a bug: the job fails loudly and the task says so. */

/** The person who asked can mend it; `message` becomes a comment and says what to do next. */
export class UserError extends Error {
  override readonly name: string = 'UserError';
}

/** A subtask's patch does not fit the base and the patches before it. */
export class ConflictError extends UserError {
  override readonly name = 'ConflictError';
  readonly subtaskKey: string;
  /** Paths in which it does not; empty when git names none. */
  readonly files: readonly string[];

  constructor(
    message: string,
    of: { readonly subtaskKey: string; readonly files: readonly string[]; readonly cause?: unknown },
  ) {
    super(message, { cause: of.cause });
    this.subtaskKey = of.subtaskKey;
    this.files = of.files;
  }
}

/** Passing trouble; the job is tried again with backoff, not before `retryAfterMs`. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
  readonly retryAfterMs: number | null;
  /** Tries after which it counts as lasting, where it seldom passes; null: whoever tries decides. */
  readonly triesMax: number | null;

  constructor(message: string, options: { cause?: unknown; retryAfterMs?: number; triesMax?: number } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.triesMax = options.triesMax ?? null;
  }
}

/** The lease was taken over or the task ended: whatever this process was doing no longer counts. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** The operator can mend it; `message` names the setting and the remedy. Ends the process at start. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Text of anything thrown, for a log or a record. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

type RunEnd = 'over_budget' | 'over_month' | 'limit_reached' | 'stopped';

/** A rule of the task ends this run (its budget, its time); `failure` becomes the result's cause. */
export class RunEndedError extends Error {
  override readonly name = 'RunEndedError';
  readonly failure: RunEnd;

  constructor(failure: RunEnd, message: string) {
    super(message);
    this.failure = failure;
  }
}
