/**
 * From a webhook's name and payload to a `CrewEvent`. Payloads are read leniently: only the fields that a decision
 * needs, so that GitHub may add fields and Enterprise Server may lack others. Never throws. Pure.
 */
import { z } from 'zod';
import type { CrewEvent, PullRequestEvent, PullRequestState, ThreadEvent } from './event.ts';
import {
  type changes,
  type comment,
  deploymentPayload,
  installationPayload,
  type issue,
  issueCommentPayload,
  issueLabelPayload,
  issuePayload,
  onRepository,
  type pullRequest,
  pullRequestLabelPayload,
  pullRequestPayload,
  pushPayload,
  reportPayloads,
  reviewCommentPayload,
  reviewPayload,
  statusPayload,
  threadPayload,
} from './event-payloads.ts';
import type { Repository } from './records.ts';

/** Git's own name for the default branch: installation events do not tell it, the repository's next event does. */
const DEFAULT_BRANCH_UNKNOWN = 'HEAD';

type Parse = (payload: unknown, action: string) => CrewEvent;

/** By `event.action`, or by `event` for those without. */
const PARSERS: Readonly<Record<string, Parse>> = {
  'issues.labeled': (payload) => issueLabel(payload, 'issue_labelled'),
  'issues.unlabeled': (payload) => issueLabel(payload, 'issue_unlabelled'),
  'issues.opened': (payload) => issueChange(payload, 'opened'),
  'issues.edited': (payload) => issueChange(payload, 'edited'),
  'issues.closed': (payload) => issueChange(payload, 'closed'),
  'issue_comment.created': (payload) => issueComment(payload, 'created'),
  'issue_comment.edited': (payload) => issueComment(payload, 'edited'),
  'pull_request.opened': (payload) => pullRequestChange(payload, 'opened'),
  'pull_request.ready_for_review': (payload) => pullRequestChange(payload, 'ready_for_review'),
  'pull_request.synchronize': (payload) => pullRequestChange(payload, 'synchronize'),
  'pull_request.reopened': (payload) => pullRequestChange(payload, 'reopened'),
  'pull_request.closed': (payload) => pullRequestChange(payload, 'closed'),
  'pull_request.edited': baseChange,
  'pull_request.labeled': pullRequestLabel,
  'pull_request.unlabeled': pullRequestUnlabel,
  'pull_request_review.submitted': reviewSubmitted,
  'pull_request_review_comment.created': (payload) => reviewComment(payload, 'created'),
  'pull_request_review_comment.edited': (payload) => reviewComment(payload, 'edited'),
  'pull_request_review_thread.resolved': (payload) => threadChange(payload, 'resolved'),
  'pull_request_review_thread.unresolved': (payload) => threadChange(payload, 'unresolved'),
  'check_suite.completed': (payload) => report(payload, 'check_suite'),
  'check_run.completed': (payload) => report(payload, 'check_run'),
  'workflow_run.completed': (payload) => report(payload, 'workflow_run'),
  'deployment_status.created': deployment,
  push: pushed,
  status,
  'installation.created': installation,
  'installation.unsuspend': installation,
  'installation.suspend': installation,
  'installation.deleted': installation,
  'installation_repositories.added': installation,
  'installation_repositories.removed': installation,
  'repository.renamed': (payload) => repositoryMoved(payload, 'renamed'),
  'repository.transferred': (payload) => repositoryMoved(payload, 'transferred'),
};

export function parseEvent(event: string, action: string | null, payload: unknown): CrewEvent {
  const name = action === null ? event : `${event}.${action}`;
  const parse = Object.hasOwn(PARSERS, name) ? PARSERS[name] : undefined;
  if (parse === undefined) return { kind: 'other', name, problem: null };
  try {
    return parse(payload, action ?? '');
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const lacking = error.issues.map((found) => found.path.join('.') || 'an object').join(', ');
    return { kind: 'other', name, problem: `the payload lacks ${lacking}` };
  }
}

function common(payload: z.infer<typeof onRepository>) {
  const { repository, installation, sender } = payload;
  const record: Repository = {
    id: repository.id,
    owner: repository.owner.login,
    name: repository.name,
    installationId: installation.id,
    defaultBranch: repository.default_branch,
    private: repository.private,
  };
  return { repository: record, sender };
}

function issueState(found: z.infer<typeof issue>) {
  const { number, title, body, updated_at: updatedAt } = found;
  return { number, title, body, open: found.state === 'open', updatedAt };
}

function pullRequestState(found: z.infer<typeof pullRequest>): PullRequestState {
  return {
    number: found.number,
    author: found.user,
    open: found.state === 'open',
    draft: found.draft,
    headSha: found.head.sha,
    baseRef: found.base.ref,
    updatedAt: found.updated_at,
  };
}

function issueLabel(input: unknown, kind: 'issue_labelled' | 'issue_unlabelled'): CrewEvent {
  const payload = issueLabelPayload.parse(input);
  return { kind, ...common(payload), issue: issueState(payload.issue), label: payload.label.name };
}

function issueChange(input: unknown, action: 'opened' | 'edited' | 'closed'): CrewEvent {
  const payload = issuePayload.parse(input);
  return { kind: 'issue_changed', action, ...common(payload), issue: issueState(payload.issue) };
}

function commentState(found: z.infer<typeof comment>, edited: z.infer<typeof changes>, action: string) {
  return {
    commentId: found.id,
    author: found.user,
    appId: found.performed_via_github_app?.id ?? null,
    body: found.body,
    // An edit without a `changes.body` changed no text, so it adds no command.
    before: action === 'created' ? null : (edited?.body?.from ?? found.body),
    inReplyTo: found.in_reply_to_id ?? null,
    path: found.path ?? null,
    line: found.line ?? null,
    createdAt: found.created_at,
  };
}

function issueComment(input: unknown, action: 'created' | 'edited'): CrewEvent {
  const payload = issueCommentPayload.parse(input);
  return {
    kind: 'comment',
    action,
    on: 'issue_comment',
    ...common(payload),
    ...commentState(payload.comment, payload.changes, action),
    subject: {
      kind: payload.issue.pull_request ? 'pull_request' : 'issue',
      number: payload.issue.number,
    },
    open: payload.issue.state === 'open',
  };
}

function reviewComment(input: unknown, action: 'created' | 'edited'): CrewEvent {
  const payload = reviewCommentPayload.parse(input);
  return {
    kind: 'comment',
    action,
    on: 'review_comment',
    ...common(payload),
    ...commentState(payload.comment, payload.changes, action),
    subject: { kind: 'pull_request', number: payload.pull_request.number },
    open: payload.pull_request.state === 'open',
  };
}

function pullRequestEvent(
  payload: z.infer<typeof pullRequestPayload>,
  action: PullRequestEvent['action'],
): PullRequestEvent {
  return {
    kind: 'pull_request_changed',
    action,
    ...common(payload),
    pullRequest: pullRequestState(payload.pull_request),
    previousHeadSha: payload.before ?? null,
    previousBaseRef: payload.changes?.base?.ref.from ?? null,
    label: null,
  };
}

function pullRequestChange(input: unknown, action: PullRequestEvent['action']): CrewEvent {
  return pullRequestEvent(pullRequestPayload.parse(input), action);
}

/** Other edits change words: a review keeps them as they stood. */
function baseChange(input: unknown): CrewEvent {
  const event = pullRequestEvent(pullRequestPayload.parse(input), 'base_changed');
  return event.previousBaseRef === null
    ? { kind: 'other', name: 'pull_request.edited', problem: null }
    : event;
}

function pullRequestLabel(input: unknown): CrewEvent {
  const payload = pullRequestLabelPayload.parse(input);
  return {
    kind: 'pull_request_labelled',
    ...common(payload),
    pullRequest: pullRequestState(payload.pull_request),
    label: payload.label.name,
  };
}

function pullRequestUnlabel(input: unknown): CrewEvent {
  const payload = pullRequestLabelPayload.parse(input);
  return { ...pullRequestEvent(payload, 'unlabelled'), label: payload.label.name };
}

function threadChange(input: unknown, action: ThreadEvent['action']): CrewEvent {
  const payload = threadPayload.parse(input);
  const [root] = payload.thread.comments;
  return {
    kind: 'thread_changed',
    action,
    ...common(payload),
    subject: { kind: 'pull_request', number: payload.pull_request.number },
    threadId: payload.thread.node_id,
    root: {
      author: root?.user ?? { login: 'ghost', isBot: false },
      appId: root?.performed_via_github_app?.id ?? null,
      body: root?.body ?? '',
    },
  };
}

function reviewSubmitted(input: unknown): CrewEvent {
  const payload = reviewPayload.parse(input);
  return {
    kind: 'review_submitted',
    ...common(payload),
    subject: { kind: 'pull_request', number: payload.pull_request.number },
    reviewId: payload.review.id,
    body: payload.review.body,
    submittedAt: payload.review.submitted_at,
  };
}

function report(input: unknown, event: 'check_suite' | 'check_run' | 'workflow_run'): CrewEvent {
  const payload = reportPayloads[event].parse(input);
  const { head_sha: headSha, head_branch, check_suite, conclusion, app, id, run_attempt } = payload.reported;
  return {
    kind: 'report',
    event,
    ...common(payload),
    headSha,
    headBranch: head_branch ?? check_suite?.head_branch ?? null,
    conclusion,
    app: app?.slug ?? (event === 'workflow_run' ? 'github-actions' : ''),
    run: event === 'workflow_run' ? { id, attempt: run_attempt ?? 1 } : null,
  };
}

function status(input: unknown): CrewEvent {
  const payload = statusPayload.parse(input);
  const { sha: headSha, state: conclusion, branches, repository } = payload;
  const standing = branches.filter(({ commit }) => commit.sha === headSha).map(({ name }) => name);
  return {
    kind: 'report',
    event: 'status',
    ...common(payload),
    headSha,
    headBranch: standing.find((name) => name !== repository.default_branch) ?? standing[0] ?? null,
    conclusion,
    app: '',
    run: null,
  };
}

function deployment(input: unknown): CrewEvent {
  const payload = deploymentPayload.parse(input);
  const { id, state, environment_url } = payload.deployment_status;
  return {
    kind: 'deployment',
    ...common(payload),
    headSha: payload.deployment.sha,
    environment: payload.deployment.environment,
    state,
    url: environment_url,
    statusId: id,
  };
}

const BRANCH_REF = 'refs/heads/';

function pushed(input: unknown): CrewEvent {
  const payload = pushPayload.parse(input);
  if (!payload.ref.startsWith(BRANCH_REF)) return { kind: 'other', name: 'push of a tag', problem: null };
  return {
    kind: 'pushed',
    ...common(payload),
    branch: payload.ref.slice(BRANCH_REF.length),
    beforeSha: payload.before,
    headSha: payload.deleted ? null : payload.after,
  };
}

function installation(input: unknown, action: string): CrewEvent {
  const payload = installationPayload.parse(input);
  const installationId = payload.installation.id;
  const gone = action === 'deleted' || action === 'suspend';
  return {
    kind: 'installation',
    action,
    installationId,
    sender: payload.sender,
    change: gone ? 'gone' : 'repositories',
    added: gone
      ? []
      : [...payload.repositories, ...payload.repositories_added].map((found) => {
          const [owner = '', name = ''] = found.full_name.split('/');
          return {
            id: found.id,
            owner,
            name,
            installationId,
            defaultBranch: DEFAULT_BRANCH_UNKNOWN,
            private: found.private,
          };
        }),
    removed: [...(gone ? payload.repositories : []), ...payload.repositories_removed].map(({ id }) => id),
  };
}

function repositoryMoved(input: unknown, action: 'renamed' | 'transferred'): CrewEvent {
  return { kind: 'repository_moved', action, ...common(onRepository.parse(input)) };
}
