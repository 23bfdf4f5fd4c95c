/** When a pull request is reviewed without anybody asking, and when a running review ends. Pure. */
import type { Change } from '../change.ts';
import type { PullRequestEvent } from '../event.ts';
import { skippedCheck } from '../messages/skips.ts';
import type { Task } from '../records.ts';
import { settledByPeople, withoutThread } from './dismissals.ts';
import { isDeciding, pausesAt, whyNotBy, whyNotNow, whyPaused } from './eligible.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import {
  CLOSED,
  isOpen,
  isOvertaken,
  isReviewOf,
  type Reviewed,
  reviewTask,
  sinceOf,
  stopAll,
  supersede,
  wasSuperseded,
} from './requests.ts';

export function decidePullRequest(event: PullRequestEvent, facts: Facts): Verdict {
  const { pullRequest, label } = event;
  if (event.action === 'closed') return decideClosed(event, facts);
  if (!pullRequest.open) return ignored('the pull request is closed');
  if (pullRequest.author.login === facts.app.login) {
    return inSilence(event, facts, 'the crew reviews its own pull requests only when asked');
  }
  if (!has(facts, 'config')) return needs('config');
  const { config } = facts.config;
  if (label !== null && !isDeciding(label, config)) {
    return ignored(`the label ${label} asks nothing of the crew`);
  }
  if (!config.review.auto) {
    return inSilence(event, facts, 'reviews without being asked are off (review.auto)');
  }
  const against = whyNotBy(pullRequest.author, config);
  if (against !== null) return withCheck(event, facts, against);
  if (!has(facts, 'standing', 'tasks', 'pullRequest', 'watch')) {
    return needs('standing', 'tasks', 'pullRequest', 'watch');
  }
  const { standing, pullRequest: snapshot, watch } = facts;
  if (!standing.open) return ignored('the pull request was closed since');
  // Nothing changed after the event: then it knows better than a read that may lag behind it.
  const isNewest = Date.parse(standing.updatedAt) <= Date.parse(pullRequest.updatedAt);
  const { draft } = isNewest ? pullRequest : snapshot;
  const whyNot = whyNotNow({ draft, baseRef: snapshot.baseRef, labels: standing.labels }, config);
  if (whyNot !== null) return withCheck(event, facts, whyNot);
  if (watch.paused !== null) {
    const why = whyPaused(watch.paused, watch.pausedBy, config);
    return withCheck(event, facts, why, { paused: watch.paused });
  }
  return decideReview(event, facts);
}

type ReviewFacts = Facts & Required<Pick<Facts, 'config' | 'tasks' | 'pullRequest' | 'watch'>>;

/** Deliveries come out of order: the head that GitHub tells now is reviewed, whichever delivery brought us here. */
function decideReview(event: PullRequestEvent, facts: ReviewFacts): Verdict {
  const { tasks, pullRequest, watch, config } = facts;
  const head = pullRequest.headSha.slice(0, 7);
  const actor = event.sender.login;
  const outdated = supersede(tasks, pullRequest);
  const reviews = tasks.filter(isReviewOf(pullRequest));
  const newest = reviews.find(isOpen) ?? reviews[0];
  const isStale = newest !== undefined && !isOpen(newest) && isOvertaken(newest, tasks);
  const review = isStale ? undefined : newest;
  if (review !== undefined && !isToGoOn(review, event)) {
    const already = `${head} has its review already`;
    if (outdated.length === 0) return ignored(already);
    return decided({ decided: 'change', reason: already, actor, changes: outdated });
  }
  const pushed = event.action === 'synchronize';
  const of = { repositoryId: event.repository.id, number: event.pullRequest.number };
  if (pushed && pausesAt(pullRequest.headSha, watch, config.config)) {
    const pause: Change = { kind: 'pause_reviews', of, why: 'automatic' };
    const why = whyPaused('automatic', null, config.config);
    return withCheck(event, facts, why, { paused: 'automatic', first: [pause] });
  }
  const lacking = needsForSettling(facts);
  if (lacking !== null) return lacking;
  const note: readonly Change[] = pushed ? [{ kind: 'note_push', of, headSha: pullRequest.headSha }] : [];
  const work: readonly Change[] =
    review === undefined ? newReview(event, facts) : [{ kind: 'reopen_task', taskId: review.id }];
  return decided({
    decided: review === undefined ? 'task' : 'change',
    reason: `the pull request was ${PAST[event.action]}; its head ${head} is reviewed`,
    actor,
    changes: [...outdated, ...note, ...settled(facts), ...work],
  });
}

const PAST: Readonly<Record<PullRequestEvent['action'], string>> = {
  opened: 'opened',
  ready_for_review: 'marked as ready',
  synchronize: 'pushed to',
  reopened: 'reopened',
  base_changed: 'given another target',
  labelled: 'labelled',
  unlabelled: 'freed of a label',
  closed: 'closed',
};

/** A review that ended with the closing goes on with the reopening, and one of a head that was pushed away when it is back. */
function isToGoOn(review: Task, event: PullRequestEvent): boolean {
  return review.state === 'stopped' && (event.action === 'reopened' || wasSuperseded(review));
}

function newReview(event: PullRequestEvent, { tasks, pullRequest, config }: ReviewFacts): readonly Change[] {
  const { repository, sender } = event;
  const since = sinceOf(tasks);
  const requestKey = reviewKey(event, pullRequest, tasks);
  const asked = { repository, requestKey, requester: sender.login, config };
  return reviewTask(asked, pullRequest, since);
}

/** The same for a replay. What was reviewed and is back again is told apart by the review that came in between. */
function reviewKey(event: PullRequestEvent, { headSha, baseRef }: Reviewed, tasks: readonly Task[]): string {
  const key = `review:${event.repository.id}:${event.pullRequest.number}:${headSha}`;
  const wasRead = tasks.some(
    ({ request }) => request.kind === 'review' && request.pullRequest.headSha === headSha,
  );
  if (!wasRead) return key;
  const between = tasks.some(isReviewOf({ headSha, baseRef })) ? sinceOf(tasks) : null;
  return between === null ? `${key}:${baseRef}` : `${key}:${baseRef}:after:${between.taskId}`;
}

/** What people did to earlier findings is settled before they are judged again. Null when all is known for that. */
export function needsForSettling(facts: SettlingFacts): Verdict | null {
  const { tasks = [], findings, threads, deleted } = facts;
  if (sinceOf(tasks) === null) return null;
  if (findings === undefined) return needs('findings');
  if (findings.length === 0) return null;
  if (threads === undefined) return needs('threads');
  const lost = withoutThread({ findings, threads, tasks });
  return lost.length > 0 && deleted === undefined ? needs('deleted') : null;
}

type SettlingFacts = Pick<Facts, 'tasks' | 'findings' | 'threads' | 'deleted'>;

export function settled(facts: SettlingFacts): readonly Change[] {
  const { tasks = [], findings = [], threads = [], deleted = [] } = facts;
  return settledByPeople({ findings, threads, tasks }, deleted);
}

/** Not reviewed, and not a word about it; but a push makes a review that was asked for pointless all the same. */
function inSilence(event: PullRequestEvent, facts: Facts, reason: string): Verdict {
  return notReviewed(event, facts, reason, () => []);
}

/** Not reviewed, which the check run of the head explains, unless it has a review that somebody asked for. */
function withCheck(
  event: PullRequestEvent,
  facts: Facts,
  reason: string,
  how: { readonly paused?: 'asked' | 'automatic'; readonly first?: readonly Change[] } = {},
): Verdict {
  return notReviewed(event, facts, reason, ({ headSha }, tasks) => {
    const { repository, pullRequest } = event;
    const first = how.first ?? [];
    if (tasks.some(({ request }) => request.kind === 'review' && request.pullRequest.headSha === headSha)) {
      return first;
    }
    const key = `check-skip:${repository.id}:${pullRequest.number}:${headSha}`;
    const action = skippedCheck(headSha, reason, how.paused ?? null);
    return [...first, { kind: 'plan_effect', effect: { key, taskId: null, repository, action } }];
  });
}

function notReviewed(
  event: PullRequestEvent,
  facts: Facts,
  reason: string,
  told: (head: Reviewed, tasks: readonly Task[]) => readonly Change[],
): Verdict {
  if (!has(facts, 'tasks')) return needs('tasks');
  const runs = facts.tasks.some((task) => task.kind === 'review' && isOpen(task));
  const moved = event.action === 'synchronize' || event.action === 'base_changed';
  if (runs && moved && facts.pullRequest === undefined) return needs('pullRequest');
  const present: Reviewed = facts.pullRequest ?? event.pullRequest;
  const outdated = runs && facts.pullRequest !== undefined ? supersede(facts.tasks, facts.pullRequest) : [];
  const changes = [...outdated, ...told(present, facts.tasks)];
  if (changes.length === 0) return ignored(reason);
  return decided({
    decided: 'change',
    reason: outdated.length === 0 ? reason : `the head moved on; ${reason}`,
    actor: event.sender.login,
    changes,
  });
}

function decideClosed(event: PullRequestEvent, facts: Facts): Verdict {
  if (!has(facts, 'tasks')) return needs('tasks');
  const ended = facts.tasks.filter(({ kind }) => kind === 'review' || kind === 'reply' || kind === 'fix');
  const changes = stopAll(ended, CLOSED);
  if (changes.length === 0) return ignored('the pull request was closed; no work on it runs');
  if (!has(facts, 'standing')) return needs('standing');
  if (facts.standing.open) return ignored('the pull request was closed and is open again');
  const reason = 'the pull request was closed: the work on it stops';
  return decided({ decided: 'change', reason, actor: event.sender.login, changes });
}
