/** When a pull request is reviewed without anybody asking, and when a running review ends. Pure. */
import picomatch from 'picomatch';
import type { PullRequestEvent } from '../event.ts';
import type { Task } from '../records.ts';
import type { RepoConfig } from '../repo-config.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { isOpen, isReviewOf, reviewTask, stopAll, supersede, wasSuperseded } from './requests.ts';

export function decidePullRequest(event: PullRequestEvent, facts: Facts): Verdict {
  const { pullRequest, repository } = event;
  if (event.action === 'closed') return decideClosed(event, facts);
  if (!pullRequest.open) return ignored('the pull request is closed');
  if (pullRequest.author.login === facts.app.login) {
    return withoutReview(event, facts, 'the crew reviews its own pull requests only when asked');
  }
  if (!has(facts, 'config')) return needs('config');
  const { config } = facts;
  const against = whyNot(event, config.config);
  if (against !== null) return withoutReview(event, facts, against);
  if (!has(facts, 'standing', 'tasks', 'pullRequest')) return needs('standing', 'tasks', 'pullRequest');
  const { standing, tasks, pullRequest: snapshot } = facts;
  if (!standing.open) return ignored('the pull request was closed since');

  // Deliveries come out of order: the head that GitHub tells now is reviewed, whichever delivery brought us here.
  const { headSha } = snapshot;
  const head = headSha.slice(0, 7);
  const actor = event.sender.login;
  const outdated = supersede(tasks, headSha);
  const reason = `the pull request was ${PAST[event.action]}; its head ${head} is reviewed`;
  const reviews = tasks.filter(isReviewOf(headSha));
  const review = reviews.find(isOpen) ?? reviews[0];
  if (review === undefined) {
    const requestKey = `review:${repository.id}:${event.pullRequest.number}:${headSha}`;
    const work = reviewTask({ repository, requestKey, requester: actor, config }, snapshot);
    return decided({ decided: 'task', reason, actor, changes: [...outdated, ...work] });
  }
  if (isToGoOn(review, event)) {
    const goOn = { kind: 'reopen_task', taskId: review.id } as const;
    return decided({ decided: 'change', reason, actor, changes: [...outdated, goOn] });
  }
  const already = `${head} has its review already`;
  if (outdated.length === 0) return ignored(already);
  return decided({ decided: 'change', reason: already, actor, changes: outdated });
}

const PAST: Readonly<Record<PullRequestEvent['action'], string>> = {
  opened: 'opened',
  ready_for_review: 'marked as ready',
  synchronize: 'pushed to',
  reopened: 'reopened',
  closed: 'closed',
};

/** A review that ended with the closing goes on with the reopening, and one of a head that was pushed away when it is back. */
function isToGoOn(review: Task, event: PullRequestEvent): boolean {
  return review.state === 'stopped' && (event.action === 'reopened' || wasSuperseded(review));
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
  if (!facts.tasks.some((task) => task.kind === 'review' && isOpen(task))) return ignored(reason);
  if (!has(facts, 'pullRequest')) return needs('pullRequest');
  const changes = supersede(facts.tasks, facts.pullRequest.headSha);
  if (changes.length === 0) return ignored(reason);
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
