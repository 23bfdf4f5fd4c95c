/**
 * Which webhooks should have come, by how an issue or a pull request stands and by what the crew has made of it: those that
 * ask for work of which there is no task, and those that end work which still runs. Whatever is found is decided upon as the
 * webhook would be, so that one found in vain does no harm. Pure.
 */
import { labelOf, meaningOf } from '../decide/label-requests.ts';
import { askedBy, CLOSED, isOpen, isReviewOf } from '../decide/requests.ts';
import type { Task } from '../records.ts';
import {
  applied,
  closed,
  type Finding,
  isLater,
  isSince,
  type Known,
  NOTHING,
  newest,
  type Owed,
  type WithHistory,
} from './standing-items.ts';

const REVIEW_LABEL = 'crew:review';

export function findOwed(known: Known): Finding {
  return known.item.isPull ? onPull(known) : onIssue(known);
}

function owed(...found: readonly (Owed | null)[]): Finding {
  return { kind: 'owed', owed: found.filter((one) => one !== null) };
}

function hasHistory(known: Known): known is WithHistory {
  return known.history !== undefined;
}

function onIssue(known: Known): Finding {
  const { item, tasks, roles } = known;
  const work = tasks.filter(({ kind }) => kind === 'implement');
  const running = work.filter(isOpen);
  if (!item.open) {
    if (running.length === 0) return NOTHING;
    return hasHistory(known) ? owed(closed(known)) : { kind: 'needs', what: 'history' };
  }
  const dropped = running.flatMap((task) => labelDropped(known, task));
  const asking = running.length > 0 ? [] : item.labels.filter((label) => meaningOf(label, roles) !== null);
  if (dropped.length === 0 && asking.length === 0) return NOTHING;
  if (!hasHistory(known)) return { kind: 'needs', what: 'history' };
  const labels = asking.map((label) => applied(known, label));
  return owed(
    ...dropped.map((one) => unlabelled(known, one)),
    ...labels.filter((one) => one?.at != null && !work.some((task) => isSince(task, one.at ?? ''))),
  );
}

interface Dropped {
  readonly task: Task;
  readonly label: string;
}

/** The label that began the task, when it is not there any more. */
function labelDropped({ repository, item }: Known, task: Task): readonly Dropped[] {
  const label = labelOf(task.requestKey, repository, item.number);
  return label === null || item.labels.includes(label) ? [] : [{ task, label }];
}

/** Not of a task that somebody took up again afterwards, which needs no label. */
function unlabelled({ history }: WithHistory, { task, label }: Dropped): Owed | null {
  const found = newest(history, 'unlabeled', label);
  if (found === undefined || askedBy([task], found.at).length === 0) return null;
  return {
    name: `event-${found.id}`,
    event: 'issues',
    action: 'unlabeled',
    sender: found.actor,
    at: found.at,
    label,
  };
}

function onPull(known: Known): Finding {
  const { item, tasks, self } = known;
  if (!item.open) {
    if (!tasks.some((task) => task.kind !== 'implement' && isOpen(task))) return NOTHING;
    return hasHistory(known) ? owed(closed(known)) : { kind: 'needs', what: 'history' };
  }
  const isAsked = item.labels.includes(REVIEW_LABEL);
  if (isAsked && !hasHistory(known)) return { kind: 'needs', what: 'history' };
  const asked = hasHistory(known) && isAsked ? askedReview(known) : null;
  if (item.author?.login === self) return owed(asked);
  const due = dueReview(known);
  return due.kind === 'needs' ? due : owed(asked, ...due.owed);
}

function askedReview(known: WithHistory): Owed | null {
  const label = applied(known, REVIEW_LABEL);
  if (label?.at == null) return null;
  const { at } = label;
  return known.tasks.some((task) => task.kind === 'review' && isSince(task, at)) ? null : label;
}

/** A review that nobody has to ask for. */
function dueReview(known: Known): Finding {
  const { item, tasks, since, head } = known;
  if (head === undefined) return { kind: 'needs', what: 'head' };
  const reviews = tasks.filter(({ kind }) => kind === 'review');
  const ofHead = reviews.filter(isReviewOf(head));
  const [last] = ofHead;
  if (last !== undefined) {
    const isToGoOn = last.state === 'stopped' && last.reason === CLOSED && !ofHead.some(isOpen);
    if (!isToGoOn) return NOTHING;
    return hasHistory(known) ? owed(happened(known, 'reopened')) : { kind: 'needs', what: 'history' };
  }
  const by = { event: 'pull_request', sender: item.author, at: null } as const;
  const at = `${item.number}-${head.headSha}`;
  const [earlier] = reviews;
  if (earlier?.request.kind === 'review') {
    const { headSha, baseRef } = earlier.request.pullRequest;
    if (headSha !== head.headSha) return owed({ ...by, name: `pushed-${at}`, action: 'synchronize' });
    const name = `base-${at}-${Date.parse(item.updatedAt)}`;
    return owed({ ...by, name, action: 'edited', previousBaseRef: baseRef });
  }
  if (isLater(item.createdAt, since)) return owed({ ...by, name: `opened-${item.number}`, action: 'opened' });
  if (!hasHistory(known)) return { kind: 'needs', what: 'history' };
  const moved = happened(known, 'head_ref_force_pushed') ?? happened(known, 'base_ref_changed');
  return owed(
    happened(known, 'ready_for_review'),
    happened(known, 'reopened'),
    moved === null ? null : { ...moved, action: 'synchronize' },
    ...labelsChanged(known),
  );
}

function happened({ history, since }: WithHistory, what: string): Owed | null {
  const found = newest(history, what);
  if (found === undefined || !isLater(found.at, since)) return null;
  const { id, actor } = found;
  return { name: `event-${id}`, event: 'pull_request', action: what, sender: actor, at: null };
}

/** Labels may decide what is reviewed. */
function labelsChanged({ history, since }: WithHistory): readonly Owed[] {
  const changes = history.filter(({ what, at }) => /^(?:un)?labeled$/.test(what) && isLater(at, since));
  return changes.flatMap(({ id, what, actor, label }): Owed[] =>
    label === null || label === REVIEW_LABEL
      ? []
      : [{ name: `event-${id}`, event: 'pull_request', action: what, sender: actor, at: null, label }],
  );
}
