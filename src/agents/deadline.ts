// The wall clock of a run: a signal that aborts when its caller stops it or when its time is up.
import { RunEndedError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';

const MS_PER_MINUTE = 60_000;

export interface Deadline {
  readonly signal: AbortSignal;
  /** A limit that is learned later, counted from the beginning; the lower one holds. */
  atMost(minutes: number): void;
  /** Must be called when the run ended, so that nothing waits on. */
  clear(): void;
}

export function startDeadline(clock: Clock, maxMinutes: number, stop: AbortSignal): Deadline {
  const timeUp = new AbortController();
  const ended = new AbortController();
  const startedMs = clock.now().getTime();
  const endAfter = (minutes: number): void => {
    const leftMs = Math.max(0, startedMs + minutes * MS_PER_MINUTE - clock.now().getTime());
    void clock.sleep(leftMs, ended.signal).then(() => {
      if (ended.signal.aborted) return;
      const message = `The limit of ${minutes} minutes was reached without an answer.`;
      timeUp.abort(new RunEndedError('limit_reached', message));
    });
  };
  endAfter(maxMinutes);
  return {
    signal: AbortSignal.any([stop, timeUp.signal]),
    atMost: (minutes) => {
      if (minutes < maxMinutes) endAfter(minutes);
    },
    clear: () => ended.abort(),
  };
}
