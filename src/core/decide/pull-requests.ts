/** When a pull request is reviewed without anybody asking, and when a running review ends. Pure. */
import picomatch from 'picomatch';
import type { PullRequestEvent } from '../event.ts';
import type { RepoConfig } from '../repo-config.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { isOpen, reviewTask, stopAll, supersede } from './requests.ts';

export function decidePullRequest(event: PullRequestEvent, facts: Facts): Verdict {
  const { pullRequest, repository } = event;
  if (event.action === 'closed') return decideClosed(event, facts);
  if (!pullRequest.open) return ignored('the pull request is closed');
  if (pullRequest.author.login === facts.app.login) {
    return ignored('the crew reviews its own pull requests only when asked');
  }
  if (!has(facts, 'config')) return needs('config');
  const { config } = facts;
  const reason = whyNot(event, config.config);
  if (reason !== null) return withoutReview(event, facts, reason);
  if (!has(facts, 'standing', 'tasks', 'pullRequest')) return needs('standing', 'tasks', 'pullRequest');
  const { standing, tasks, pullRequest: snapshot } = facts;
  if (!standing.open) return ignored('the pull request was closed since');

  // Deliveries come out of order: the head that GitHub tells now is reviewed, whichever delivery brought us here.
  const { headSha } = snapshot;
  const head = headSha.slice(0, 7);
  const requestKey = reviewKey(event, headSha, tasks.some(isStoppedReviewOf(headSha)));
  if (tasks.some((task) => task.requestKey === requestKey)) return ignored(`${head} has its review already`);
  return decided({
    decided: 'task',
    reason: `the pull request was ${PAST[event.action]}; its head ${head} is reviewed`,
    actor: event.sender.login,
    changes: [
      ...supersede(tasks, headSha),
      ...reviewTask({ repository, requestKey, requester: event.sender.login, config }, snapshot),
    ],
  });
}

const PAST: Readonly<Record<PullRequestEvent['action'], string>> = {
  opened: 'opened',
  ready_for_review: 'marked as ready',
  synchronize: 'pushed to',
  reopened: 'reopened',
  closed: 'closed',
};

/** One review of one head; a review that ended with the closing starts anew with the reopening. */
function reviewKey(event: PullRequestEvent, headSha: string, wasStopped: boolean): string {
  const key = `review:${event.repository.id}:${event.pullRequest.number}:${headSha}`;
  return event.action === 'reopened' && wasStopped ? `${key}:${event.pullRequest.updatedAt}` : key;
}

function isStoppedReviewOf(headSha: string) {
  return (task: NonNullable<Facts['tasks']>[number]): boolean =>
    task.request.kind === 'review' &&
    task.request.pullRequest.headSha === headSha &&
    task.state === 'stopped';
}

function whyNot(event: PullRequestEvent, config: RepoConfig): string | null {
  const { author, draft, baseRef } = event.pullRequest;
  const { review, bots } = config;
  if (!review.auto) return 'reviews without being asked are off (review.auto)';
  if (draft && !review.drafts) return 'it is a draft (review.drafts)';
  if (author.isBot && !bots.includes(author.login)) {
    return `its author ${author.login} is a bot that the configuration does not list`;
  }
  if (review.ignore_authors.includes(author.login)) {
    return `the configuration leaves out pull requests by ${author.login}`;
  }
  if (review.base_branches.length > 0 && !picomatch.isMatch(baseRef, review.base_branches)) {
    return `the configuration leaves out pull requests into ${baseRef}`;
  }
  return null;
}

/** Not reviewed; but a push makes a review that was asked for pointless all the same. */
function withoutReview(event: PullRequestEvent, facts: Facts, reason: string): Verdict {
  if (event.action !== 'synchronize') return ignored(reason);
  if (!has(facts, 'tasks')) return needs('tasks');
  const outdated = facts.tasks.filter(
    (task) =>
      isOpen(task) &&
      task.request.kind === 'review' &&
      task.request.pullRequest.headSha === event.previousHeadSha,
  );
  if (outdated.length === 0) return ignored(reason);
  const changes = supersede(outdated, event.pullRequest.headSha);
  return decided({
    decided: 'change',
    reason: `the head moved on; ${reason}`,
    actor: event.sender.login,
    changes,
  });
}

function decideClosed(event: PullRequestEvent, facts: Facts): Verdict {
  if (!has(facts, 'tasks')) return needs('tasks');
  const reviews = facts.tasks.filter((task) => task.kind === 'review');
  const changes = stopAll(reviews, 'The pull request was closed.');
  if (changes.length === 0) return ignored('the pull request was closed; no review of it runs');
  if (!has(facts, 'standing')) return needs('standing');
  if (facts.standing.open) return ignored('the pull request was closed and is open again');
  const reason = 'the pull request was closed: its review stops';
  return decided({ decided: 'change', reason, actor: event.sender.login, changes });
}
