/** What the checks of one head say together. Pure. */
import type { ReportEvent } from '../event.ts';
import type { HeadCheck } from '../github-ports.ts';

/** Ends that a change of the code can mend; others (`cancelled`, `stale`) say nothing of it. */
const FAILURES: readonly string[] = ['failure', 'error', 'timed_out', 'startup_failure'];
/** Ends that only a person can take further. */
const WAITING: readonly string[] = ['action_required'];

export function failedOf<T extends Pick<HeadCheck, 'conclusion'>>(checks: readonly T[]): readonly T[] {
  return checks.filter(({ conclusion }) => FAILURES.includes(conclusion));
}

export function waitsForPerson(checks: readonly HeadCheck[]): boolean {
  return checks.some(({ conclusion }) => WAITING.includes(conclusion));
}

/** Whether any of them is what a report may have told of; a suite may have none. False: GitHub's reads lag. */
export function areShown(
  { event, conclusion, run }: Pick<ReportEvent, 'event' | 'conclusion' | 'run'>,
  checks: readonly HeadCheck[],
): boolean {
  if (event === 'check_suite') return true;
  const isTold = ({ ended, run: shown }: HeadCheck): boolean =>
    ended && (run === null || shown === null || (shown.id === run.id && shown.attempt >= run.attempt));
  return (FAILURES.includes(conclusion) ? failedOf(checks) : checks).some(isTold);
}

/** Runs of Actions that failed at their first attempt: each is run again once, before anything is held to be broken. */
export function runsToRepeat(failed: readonly HeadCheck[]): readonly { id: number; attempt: number }[] {
  const first = failed.flatMap(({ run }) => (run !== null && run.attempt === 1 ? [run] : []));
  return [...new Map(first.map(({ id, attempt }) => [id, { id, attempt }])).values()];
}

export function rerunKey(repositoryId: number, runId: number): string {
  return `rerun:${repositoryId}:${runId}`;
}
