/** The pieces that decisions and commands are made of: tasks to create, marks of acceptance, what is running. Pure. */
import type { Change } from '../change.ts';
import type { ReactionContent, ReactionTarget } from '../effect-records.ts';
import { branchName } from '../implement/branch-name.ts';
import { configProblemsComment } from '../messages/commands.ts';
import { type Repository, TASK_ENDS, type Task } from '../records.ts';
import { type ParsedConfig, toTaskConfig } from '../repo-config.ts';
import type { ImplementRequest, PullRequestSnapshot, ReviewRequest } from '../request-records.ts';
import type { NewTask } from '../store-ports.ts';

export const SUPERSEDED = 'Superseded by ';
/** Why what ran on a pull request was stopped when that was closed. */
export const CLOSED = 'The pull request was closed.';
/** States from which work can be taken up again. */
const RETRYABLE: readonly Task['state'][] = ['failed', 'stopped', 'over_budget'];

export function isOpen(task: Task): boolean {
  return !TASK_ENDS.some((end) => end === task.state);
}

/** What a newer head took the place of is not taken up again for the asking. */
export function isRetryable(task: Task): boolean {
  return RETRYABLE.includes(task.state) && !wasSuperseded(task);
}

/** Its head may become the present one again, by a push back to it. */
export function wasSuperseded({ state, reason }: Task): boolean {
  return state === 'stopped' && (reason?.startsWith(SUPERSEDED) ?? false);
}

/** What a review reads: the head, against the branch that it is to be merged into. */
export type Reviewed = Pick<PullRequestSnapshot, 'headSha' | 'baseRef'>;

export function isReviewOf(what: Reviewed): (task: Task) => boolean {
  return ({ request }) => request.kind === 'review' && isSameReading(request.pullRequest, what);
}

function isSameReading(a: Reviewed, b: Reviewed): boolean {
  return a.headSha === b.headSha && a.baseRef === b.baseRef;
}

/** Whether a newer review, of something else, came to its end: what is tracked since then is not as `review` saw it. `tasks`: newest first. */
export function isOvertaken(review: Task, tasks: readonly Task[]): boolean {
  if (review.request.kind !== 'review') return false;
  const isSame = isReviewOf(review.request.pullRequest);
  const newer = tasks.slice(0, tasks.indexOf(review));
  return newer.some((task) => task.kind === 'review' && task.state === 'done' && !isSame(task));
}

/** Whether the newest review that came to its end is one of `what`. `tasks`: newest first. */
export function isReviewed(what: Reviewed, tasks: readonly Task[]): boolean {
  const newest = tasks.find(({ kind, state }) => kind === 'review' && state === 'done');
  return newest !== undefined && isReviewOf(what)(newest);
}

/**
 * Whether what was asked for at `at` is done already, or on its way: a review of `what` that was begun after it, by another event
 * that came first.
 */
export function isAnsweredBy(tasks: readonly Task[], what: Reviewed, at: string | null): boolean {
  if (at === null) return false;
  const reviews = tasks.filter(isReviewOf(what)).filter((task) => isOpen(task) || task.state === 'done');
  return reviews.some(({ createdAt }) => Date.parse(createdAt) > Date.parse(at));
}

/** The newest review that came to its end, whatever head it read; null when there is none. `tasks`: newest first. */
export function sinceOf(tasks: readonly Task[]): ReviewRequest['since'] {
  for (const { id, state, request } of tasks) {
    if (state === 'done' && request.kind === 'review') {
      return { taskId: id, headSha: request.pullRequest.headSha };
    }
  }
  return null;
}

/** Whether both ask for the same work, of which one at a time is done; questions may be answered side by side. */
export function isSameWork(task: Task, other: Pick<Task, 'request'>): boolean {
  const [a, b] = [task.request, other.request];
  if (a.kind === 'review' && b.kind === 'review') return isSameReading(a.pullRequest, b.pullRequest);
  return a.kind === b.kind && (a.kind === 'implement' || a.kind === 'fix');
}

/** Names one comment, whatever it is taken up as: an answer, word to those at work. */
export function commentKey({
  repository,
  commentId,
}: {
  readonly repository: Repository;
  readonly commentId: number;
}): string {
  return `comment:${repository.id}:${commentId}`;
}

/** Key of the effect that marks a request as accepted: it stands in the transaction that carries the request out. */
export function markKey(requestKey: string): string {
  return `mark:${requestKey}`;
}

/** A reaction that also marks the request, so that its replay under another GUID is recognised. */
export function mark(
  repository: Repository,
  requestKey: string,
  target: ReactionTarget,
  content: ReactionContent,
): Change {
  const action = { kind: 'reaction', target, content } as const;
  return { kind: 'plan_effect', effect: { key: markKey(requestKey), taskId: null, repository, action } };
}

export function comment(repository: Repository, key: string, number: number, body: string): Change {
  const action = { kind: 'comment', number, body } as const;
  return { kind: 'plan_effect', effect: { key, taskId: null, repository, action } };
}

interface Asked {
  readonly repository: Repository;
  readonly requestKey: string;
  readonly requester: string;
  readonly config: ParsedConfig;
}

export function implementTask(
  asked: Asked,
  what: Pick<ImplementRequest, 'issue' | 'baseSha' | 'approval' | 'role' | 'note'>,
  /** On the same issue. */
  earlier: readonly Task[],
): readonly Change[] {
  const { branch } = asked.config.config;
  const attempt = 1 + earlier.filter((task) => task.kind === 'implement').length;
  const request: ImplementRequest = {
    kind: 'implement',
    ...what,
    baseBranch: asked.repository.defaultBranch,
    branch: branchName(branch, what.issue, attempt),
    config: toTaskConfig(asked.config.config),
  };
  return createTask(asked, {
    kind: 'implement',
    subject: { kind: 'issue', number: what.issue.number },
    request,
  });
}

export function reviewTask(
  asked: Asked,
  pullRequest: PullRequestSnapshot,
  since: ReviewRequest['since'],
): readonly Change[] {
  return createTask(asked, {
    kind: 'review',
    subject: { kind: 'pull_request', number: pullRequest.number },
    request: { kind: 'review', pullRequest, since, config: toTaskConfig(asked.config.config) },
  });
}

/** The task, and what is wrong with the configuration that it runs by: said once for each state of the file. */
export function createTask(
  asked: Asked,
  what: Pick<NewTask, 'kind' | 'subject' | 'request'>,
): readonly Change[] {
  const { repository, requestKey, requester, config } = asked;
  const budgetUsd = config.config.budget.per_task_usd;
  const create: Change = {
    kind: 'create_task',
    task: { ...what, repository, requestKey, requester, budgetUsd },
  };
  if (config.problems.length === 0) return [create];
  const body = configProblemsComment(config.problems);
  return [
    create,
    comment(repository, `config-problems:${repository.id}:${config.hash}`, what.subject.number, body),
  ];
}

/** Reviews of another head, or against another branch, that still run: what they would say is of the past. */
export function supersede(tasks: readonly Task[], present: Reviewed): readonly Change[] {
  return tasks.flatMap((task): Change[] => {
    if (!isOpen(task) || task.request.kind !== 'review') return [];
    const { pullRequest } = task.request;
    if (isSameReading(pullRequest, present)) return [];
    const moved = pullRequest.headSha !== present.headSha;
    const by = moved ? present.headSha.slice(0, 7) : `a review against ${present.baseRef}`;
    return [{ kind: 'stop_task', taskId: task.id, reason: `${SUPERSEDED}${by}.` }];
  });
}

/** Those that were asked for, or taken up again, by then: what says that they should end may be told long after it was said. */
export function askedBy(tasks: readonly Task[], at: string | null): readonly Task[] {
  if (at === null) return tasks;
  return tasks.filter(({ askedAt }) => askedAt === null || Date.parse(askedAt) <= Date.parse(at));
}

export function stopAll(tasks: readonly Task[], reason: string): readonly Change[] {
  return tasks.filter(isOpen).map((task): Change => ({ kind: 'stop_task', taskId: task.id, reason }));
}
