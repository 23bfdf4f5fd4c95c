/** What a label put on or taken off an issue or a pull request starts or stops. Pure. */
import type { Change, Decision } from '../change.ts';
import type { Actor, IssueLabelEvent, PullRequestLabelEvent } from '../event.ts';
import { labelNeedsAccess, roleNotEnabled } from '../messages/commands.ts';
import { reviewRunsAlready, workRunsAlready } from '../messages/steering.ts';
import { type Access, allows } from '../permissions.ts';
import type { Repository, Task } from '../records.ts';
import type { ParsedConfig } from '../repo-config.ts';
import type { Standing } from '../request-records.ts';
import { withinAskLimit } from './ask-limit.ts';
import { decided, type Facts, has, ignored, needs, refuseBot, type Verdict } from './facts.ts';
import {
  isOvertakenBy,
  type LabelMeaning,
  labelPrefix,
  labelRequestKey,
  meaningOf,
} from './label-requests.ts';
import { decidePullRequest, needsForSettling, settled } from './pull-requests.ts';
import {
  askedBy,
  comment,
  implementTask,
  isAnsweredBy,
  isOpen,
  isOvertaken,
  isRetryable,
  isReviewed,
  isReviewOf,
  mark,
  reviewTask,
  sinceOf,
  stopAll,
  supersede,
  wasSuperseded,
} from './requests.ts';

const REVIEW_LABEL = 'crew:review';

export function decideIssueLabelled(event: IssueLabelEvent, facts: Facts): Verdict {
  const asking = { ...event, number: event.issue.number };
  return withinAskLimit(asking, facts, startByLabel(event, facts));
}

function startByLabel(event: IssueLabelEvent, facts: Facts): Verdict {
  const { repository, issue, label, sender } = event;
  if (label === REVIEW_LABEL) return ignored('crew:review is for pull requests; this is an issue');
  const meaning = meaningOf(label, facts.roles);
  if (meaning === null) return ignored(`the label ${label} asks nothing of the crew`);
  if (!issue.open) return ignored('the issue is closed');
  const refusal = refuse(event, issue.number, 'write', facts);
  if (refusal !== null) return refusal;
  if (!has(facts, 'config', 'tasks', 'seen')) return needs('config', 'tasks', 'seen');
  const { config, tasks, seen } = facts;
  if (seen || tasks.some(isOvertakenBy(event))) {
    return ignored('this application of the label was acted on before', sender.login);
  }
  if (!has(facts, 'standing')) return needs('standing');
  const past = whyPast(label, facts.standing);
  if (past !== null) return ignored(past, sender.login);
  if (meaning.role !== null && !config.config.roles.includes(meaning.role)) {
    const body = roleNotEnabled(meaning.role, config.config.roles);
    const key = `role-off:${repository.id}:${issue.number}:${meaning.role}`;
    return refused(sender, `the specialist ${meaning.role} is not enabled`, [
      comment(repository, key, issue.number, body),
    ]);
  }
  const earlier = tasks.filter((task) => task.kind === 'implement');
  const running = earlier.find(isOpen);
  if (running !== undefined) {
    const reason = `the crew works on this issue already (task ${running.id})`;
    return runsAlready(event, issue.number, reason, workRunsAlready(running));
  }
  const [newest] = earlier;
  if (newest !== undefined && isRetryable(newest) && isSameRequest(newest, event)) {
    return reopen(event, newest, config);
  }
  return startImplement(event, meaning, facts);
}

function startImplement(event: IssueLabelEvent, meaning: LabelMeaning, facts: Facts): Verdict {
  if (!has(facts, 'config', 'issue', 'baseSha')) return needs('config', 'issue', 'baseSha');
  const { config, issue, baseSha } = facts;
  const { repository, sender, label } = event;
  const requestKey = labelRequestKey(event);
  const auto = meaning.auto || config.config.approval === 'auto';
  return decided({
    decided: 'task',
    reason: `${sender.login} applied the label ${label}`,
    actor: sender.login,
    changes: [
      mark(repository, requestKey, { on: 'issue', number: issue.number }, 'eyes'),
      ...implementTask(
        { repository, requestKey, requester: sender.login, config },
        { issue, baseSha, approval: auto ? 'auto' : 'required', role: meaning.role, note: '' },
        facts.tasks ?? [],
      ),
    ],
  });
}

/** The same label on the same words: then what was done already is kept. Changed words are a new request. */
function isSameRequest(task: Task, event: IssueLabelEvent): boolean {
  const prefix = labelPrefix(event.repository, event.issue.number, event.label);
  if (!task.requestKey.startsWith(prefix) || task.request.kind !== 'implement') return false;
  const { title, body } = task.request.issue;
  return title === event.issue.title && body === event.issue.body;
}

function reopen(event: IssueLabelEvent, task: Task, { config }: ParsedConfig): Verdict {
  const { repository, issue, sender, label } = event;
  return decided({
    decided: 'change',
    reason: `${sender.login} applied the label ${label} again: task ${task.id} is retried`,
    actor: sender.login,
    changes: [
      mark(repository, labelRequestKey(event), { on: 'issue', number: issue.number }, 'eyes'),
      { kind: 'reopen_task', taskId: task.id, budgetUsd: config.budget.per_task_usd },
    ],
  });
}

export function decideIssueUnlabelled(event: IssueLabelEvent, facts: Facts): Verdict {
  const { label, sender } = event;
  if (meaningOf(label, facts.roles) === null) return ignored(`the label ${label} asks nothing of the crew`);
  if (!has(facts, 'tasks')) return needs('tasks');
  const prefix = labelPrefix(event.repository, event.issue.number, label);
  const started = facts.tasks.filter((task) => task.requestKey.startsWith(prefix));
  const changes = stopAll(
    askedBy(started, event.issue.updatedAt),
    `${sender.login} removed the label ${label}.`,
  );
  if (changes.length === 0) return ignored(`no running task was started by the label ${label}`, sender.login);
  if (!has(facts, 'standing')) return needs('standing');
  if (facts.standing.labels.includes(label)) {
    return ignored(`the label ${label} was applied again since`, sender.login);
  }
  const reason = `${sender.login} removed the label ${label}`;
  return decided({ decided: 'change', reason, actor: sender.login, changes });
}

export function decidePullRequestLabelled(event: PullRequestLabelEvent, facts: Facts): Verdict {
  if (event.label !== REVIEW_LABEL) return decideOtherLabel(event, facts);
  const asking = { ...event, number: event.pullRequest.number };
  return withinAskLimit(asking, facts, reviewByLabel(event, facts));
}

function reviewByLabel(event: PullRequestLabelEvent, facts: Facts): Verdict {
  const { repository, pullRequest, label, sender } = event;
  if (!pullRequest.open) return ignored('the pull request is closed');
  const refusal = refuse(event, pullRequest.number, 'triage', facts);
  if (refusal !== null) return refusal;
  if (!has(facts, 'config', 'tasks', 'seen', 'pullRequest'))
    return needs('config', 'tasks', 'seen', 'pullRequest');
  const { config, tasks, seen, pullRequest: snapshot } = facts;
  if (seen || tasks.some(isOvertakenBy(event))) {
    return ignored('this application of the label was acted on before', sender.login);
  }
  if (!has(facts, 'standing')) return needs('standing');
  const past = whyPast(label, facts.standing);
  if (past !== null) return ignored(past, sender.login);
  const requestKey = labelRequestKey(event);
  const seenMark = mark(repository, requestKey, { on: 'issue', number: pullRequest.number }, 'eyes');
  if (isAnsweredBy(tasks, snapshot, pullRequest.updatedAt)) {
    const reason = `the review of ${snapshot.headSha.slice(0, 7)} was begun after it was asked for`;
    return refused(sender, reason, [seenMark]);
  }
  const reviews = tasks.filter(isReviewOf(snapshot));
  if (reviews.some(isOpen)) {
    const reason = `a review of ${snapshot.headSha.slice(0, 7)} runs already`;
    return runsAlready(event, pullRequest.number, reason, reviewRunsAlready(snapshot.headSha));
  }
  const lacking = needsForSettling(facts);
  if (lacking !== null) return lacking;
  const [newest] = reviews;
  const budgetUsd = config.config.budget.per_task_usd;
  // Whoever asks by label for a head that was reviewed wants it read again.
  const since = isReviewed(snapshot, tasks) ? null : sinceOf(tasks);
  const work: readonly Change[] =
    newest !== undefined && !isOvertaken(newest, tasks) && (isRetryable(newest) || wasSuperseded(newest))
      ? [{ kind: 'reopen_task', taskId: newest.id, budgetUsd }]
      : reviewTask({ repository, requestKey, requester: sender.login, config }, snapshot, since);
  return decided({
    decided: 'task',
    reason: `${sender.login} applied the label ${label}`,
    actor: sender.login,
    changes: [seenMark, ...supersede(tasks, snapshot), ...settled(facts), ...work],
  });
}

/** A label that asks for nothing by itself may be one that reviews are for. */
function decideOtherLabel(event: PullRequestLabelEvent, facts: Facts): Verdict {
  const { repository, sender, pullRequest, label } = event;
  const change = { repository, sender, pullRequest, label, previousHeadSha: null, previousBaseRef: null };
  return decidePullRequest({ kind: 'pull_request_changed', action: 'labelled', ...change }, facts);
}

/** Why the application of a label asks for nothing any more; null while it stands. */
function whyPast(label: string, { open, labels }: Standing): string | null {
  if (!open) return 'it was closed since';
  return labels.includes(label) ? null : `the label ${label} was removed since`;
}

/** Null when the sender may; a bot may when the configuration lists it. */
function refuse(
  event: { readonly repository: Repository; readonly sender: Actor; readonly label: string },
  number: number,
  access: Access,
  facts: Facts,
): Verdict | null {
  const { repository, sender, label } = event;
  if (sender.isBot) return refuseBot(sender, facts);
  if (!has(facts, 'permission')) return needs('permission');
  if (allows(facts.permission, access)) return null;
  const key = `refusal:${repository.id}:${number}:${sender.login}`;
  const body = labelNeedsAccess(sender.login, label, access);
  return refused(sender, `${sender.login} lacks ${access} access`, [comment(repository, key, number, body)]);
}

/** Said once for each application of the label: the mark recognises its replay. */
function runsAlready(
  event: IssueLabelEvent | PullRequestLabelEvent,
  number: number,
  reason: string,
  body: string,
): Verdict {
  const { repository, sender } = event;
  const requestKey = labelRequestKey(event);
  return refused(sender, reason, [
    mark(repository, requestKey, { on: 'issue', number }, 'eyes'),
    comment(repository, `runs-already:${requestKey}`, number, body),
  ]);
}

function refused(sender: Actor, reason: string, changes: readonly Change[]): Verdict {
  const decision: Decision = { decided: 'ignored', reason, actor: sender.login, changes };
  return decided(decision);
}
