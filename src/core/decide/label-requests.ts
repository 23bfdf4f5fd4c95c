/** What a label of the crew asks for, and how one application of it is told from another. Pure. */
import type { IssueLabelEvent, PullRequestLabelEvent } from '../event.ts';
import type { Repository, Task } from '../records.ts';

/** What a label on an issue asks for; null when it asks nothing of the crew. */
export interface LabelMeaning {
  readonly role: string | null;
  readonly auto: boolean;
}

export function meaningOf(label: string, roles: readonly string[]): LabelMeaning | null {
  if (label === 'crew') return { role: null, auto: false };
  if (label === 'crew:auto') return { role: null, auto: true };
  const role = label.startsWith('crew:') ? label.slice('crew:'.length) : '';
  return roles.includes(role) ? { role, auto: false } : null;
}

/** Names one application of a label: its removal and a new application change the subject's time. */
export function labelRequestKey(event: IssueLabelEvent | PullRequestLabelEvent): string {
  const on = event.kind === 'pull_request_labelled' ? event.pullRequest : event.issue;
  return labelKey(event.repository, on.number, event.label, on.updatedAt);
}

export function labelKey(repository: Repository, number: number, label: string, updatedAt: string): string {
  return `${labelPrefix(repository, number, label)}${updatedAt}`;
}

export function labelPrefix(repository: Repository, number: number, label: string): string {
  // The sign is in no label of ours, so that `crew` is no beginning of `crew:auto`.
  return `label:${repository.id}:${number}:${label}@`;
}

/** The label that began a task of this issue; null when it was begun otherwise. */
export function labelOf(requestKey: string, repository: Repository, number: number): string | null {
  const on = `label:${repository.id}:${number}:`;
  return requestKey.startsWith(on) ? requestKey.slice(on.length).replace(/@[^@]*$/, '') : null;
}

/** How far our clock and GitHub's may be apart, and how quickly a person puts a label on again. */
const AFTER_MS = 5_000;

/**
 * Whether a task that this label began is younger than this application of it. Then the application was heard of late, and
 * what came in its stead saw the issue as it stood after it: a later application, or a look (`core/reconcile`).
 */
export function isOvertakenBy(event: IssueLabelEvent | PullRequestLabelEvent): (task: Task) => boolean {
  const on = event.kind === 'pull_request_labelled' ? event.pullRequest : event.issue;
  const prefix = labelPrefix(event.repository, on.number, event.label);
  const latest = Date.parse(on.updatedAt) + AFTER_MS;
  return ({ requestKey, createdAt }) => requestKey.startsWith(prefix) && Date.parse(createdAt) > latest;
}
