/** What the checks of one head say together. Pure. */
import type { ReportEvent } from '../event.ts';
import { CHECK_NAME_MAX_CHARS, type HeadCheck } from '../github-ports.ts';
import { shorten } from '../shorten.ts';

/** Ends that a change of the code can mend; others (`cancelled`, `stale`) say nothing of it. */
const FAILURES: readonly string[] = ['failure', 'error', 'timed_out', 'startup_failure'];
/** Ends that only a person can take further. */
const WAITING: readonly string[] = ['action_required'];

export function failedOf<T extends Pick<HeadCheck, 'conclusion'>>(checks: readonly T[]): readonly T[] {
  return checks.filter(({ conclusion }) => isFailure(conclusion));
}

export function isFailure(conclusion: string): boolean {
  return FAILURES.includes(conclusion);
}

export function waitsForPerson(checks: readonly HeadCheck[]): boolean {
  return checks.some(({ conclusion }) => WAITING.includes(conclusion));
}

/** Whether what a report told of is among them. False: GitHub's reads lag. */
export function areShown(
  { source, conclusion }: Pick<ReportEvent, 'source' | 'conclusion'>,
  checks: readonly HeadCheck[],
): boolean {
  switch (source.kind) {
    case 'check_run':
    case 'status': {
      const name = shorten(source.name, CHECK_NAME_MAX_CHARS);
      // Of those of one name only the newest is shown.
      const isTold = (check: HeadCheck): boolean =>
        check.id === source.id ? check.ended : check.id > source.id && check.name === name;
      return checks.some((check) => check.kind === source.kind && isTold(check));
    }
    case 'check_suite': {
      const runs = checks.filter(({ suiteId, ended }) => ended && suiteId === source.id);
      if (runs.length < source.runs) return false;
      return source.runs === 0 || !isFailure(conclusion) || failedOf(runs).length > 0;
    }
    case 'workflow_run': {
      const jobs = checks.filter(({ run }) => run?.id === source.id);
      const failed = failedOf(jobs);
      if (jobs.length === 0 || jobs.some(({ ended }) => !ended)) return false;
      if (isFailure(conclusion)) return failed.some(({ run }) => (run?.attempt ?? 0) >= source.attempt);
      return source.attempt === 1 || failed.length === 0;
    }
  }
}

/** Runs of Actions that failed at their first attempt: each is run again once, before anything is held to be broken. */
export function runsToRepeat(failed: readonly HeadCheck[]): readonly { id: number; attempt: number }[] {
  const first = failed.flatMap(({ run }) => (run?.attempt === 1 ? [{ id: run.id, attempt: 1 }] : []));
  return [...new Map(first.map((run) => [run.id, run])).values()];
}

export function rerunKey(repositoryId: number, runId: number): string {
  return `rerun:${repositoryId}:${runId}`;
}
