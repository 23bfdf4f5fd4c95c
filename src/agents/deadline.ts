// The wall clock of a run: a signal that aborts when its caller stops it or when its time is up.
import { RunEndedError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

const MS_PER_MINUTE = 60_000;

export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called when the run ended, so that nothing waits on. */
  clear(): void;
}

export function startDeadline(clock: Clock, maxMinutes: number, stop: AbortSignal): Deadline {
  const timeUp = new AbortController();
  const ended = new AbortController();
  void clock.sleep(maxMinutes * MS_PER_MINUTE, ended.signal).then(() => {
    if (ended.signal.aborted) return;
    timeUp.abort(
      new RunEndedError('limit_reached', `The limit of ${maxMinutes} minutes was reached without an answer.`),
    );
  });
  return { signal: AbortSignal.any([stop, timeUp.signal]), clear: () => ended.abort() };
}
