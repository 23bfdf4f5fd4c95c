/** What the checks of one head say together. Pure. */
import type { ReportEvent } from '../event.ts';
import { CHECK_NAME_MAX_CHARS, type HeadCheck } from '../github-ports.ts';
import { shorten } from '../shorten.ts';

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

/** Whether what a report told of is among them; a suite may have none. False: GitHub's reads lag. */
export function areShown(
  { source, conclusion }: Pick<ReportEvent, 'source' | 'conclusion'>,
  checks: readonly HeadCheck[],
): boolean {
  switch (source.kind) {
    case 'check_suite':
      return true;
    case 'check_run':
      return checks.some(({ id, ended }) => ended && id === source.id);
    case 'status':
      return checks.some(
        (check) =>
          check.id === null &&
          check.name === shorten(source.context, CHECK_NAME_MAX_CHARS) &&
          check.conclusion === conclusion,
      );
    case 'workflow_run': {
      const jobs = checks.filter(({ run }) => run?.id === source.id);
      const told = FAILURES.includes(conclusion) ? failedOf(jobs) : jobs;
      // Of a job that passed no attempt is read.
      const isTold = ({ run }: HeadCheck) => (run?.attempt ?? source.attempt) >= source.attempt;
      return told.some(isTold) && jobs.every(({ ended }) => ended);
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
