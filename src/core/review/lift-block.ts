/**
 * When the block of a review that requested changes is taken back: no open finding calls for it any more, whether the last one
 * was fixed, dismissed or withdrawn, or the repository asks for less now. Pure.
 */

import type { NewEffect } from '../effect-ports.ts';
import type { Effect } from '../effect-records.ts';
import { NOTHING_CALLS_FOR_CHANGES } from '../messages/review-body.ts';
import type { Task } from '../records.ts';
import type { ReviewRequest } from '../request-records.ts';
import { dismissedReviews } from './dismissed-reviews.ts';
import type { TrackedFinding } from './review-records.ts';
import { isAtLeast } from './severity.ts';

type ReviewTask = Task & { readonly request: ReviewRequest };

export interface BlockedPull {
  /** Newest first. */
  readonly tasks: readonly Task[];
  /** Effects of those of `tasks` that `mayBlock`, newest first; null where nothing was said. */
  readonly reviews: readonly (Effect | null)[];
  readonly findings: readonly TrackedFinding[];
}

/** The newest review's settings hold. `by` whose end this is: a task's (its id), or a finding's that a person settled (its fingerprint). */
export function liftedBlock(
  { tasks, reviews, findings }: BlockedPull,
  by: { readonly task: string } | { readonly finding: string },
): NewEffect | null {
  const [last, ...others] = reviews.filter((effect) => effect !== null).filter(requestsChanges);
  const newest = tasks.find(isReview);
  if (last === undefined || newest === undefined) return null;
  const { requestChanges } = newest.request.config;
  const isGrave = ({ state, severity }: TrackedFinding) =>
    state === 'open' && requestChanges !== null && isAtLeast(severity, requestChanges);
  if (findings.some(isGrave)) return null;
  return dismissedReviews([last, ...others], {
    key: `dismiss-review:${'task' in by ? by.task : `${last.key}:${by.finding}`}`,
    taskId: 'task' in by ? by.task : last.taskId,
    repository: last.repository,
    number: newest.subject.number,
    message: NOTHING_CALLS_FOR_CHANGES,
  });
}

export function mayBlock(task: Task): boolean {
  return isReview(task) && task.request.config.requestChanges !== null;
}

export function reviewEffectKey({ id }: Pick<Task, 'id'>): string {
  return `review:${id}`;
}

function isReview(task: Task): task is ReviewTask {
  return task.request.kind === 'review';
}

function requestsChanges({ action }: Effect): boolean {
  return action.kind === 'review' && action.event === 'REQUEST_CHANGES';
}
