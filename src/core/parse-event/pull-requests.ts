/** Webhooks about pull requests: their state, their labels, their reviews and threads. Pure. */
import type { z } from 'zod';
import type { CrewEvent, PullRequestEvent, PullRequestState, ThreadEvent } from '../event.ts';
import { commentState } from './comments.ts';
import { common, said } from './common.ts';
import {
  type pullRequest,
  pullRequestLabelPayload,
  pullRequestPayload,
  reviewCommentPayload,
  reviewPayload,
  threadPayload,
} from './payloads.ts';

export function pullRequestChange(input: unknown, action: PullRequestEvent['action']): CrewEvent {
  return pullRequestEvent(pullRequestPayload.parse(input), action);
}

/** Other edits change words: a review keeps them as they stood. */
export function baseChange(input: unknown): CrewEvent {
  const event = pullRequestEvent(pullRequestPayload.parse(input), 'base_changed');
  return event.previousBaseRef === null
    ? { kind: 'other', name: 'pull_request.edited', problem: null }
    : event;
}

export function pullRequestLabel(input: unknown): CrewEvent {
  const payload = pullRequestLabelPayload.parse(input);
  return {
    kind: 'pull_request_labelled',
    ...common(payload),
    pullRequest: pullRequestState(payload.pull_request),
    label: payload.label.name,
  };
}

export function pullRequestUnlabel(input: unknown): CrewEvent {
  const payload = pullRequestLabelPayload.parse(input);
  return { ...pullRequestEvent(payload, 'unlabelled'), label: payload.label.name };
}

export function reviewComment(input: unknown, action: 'created' | 'edited'): CrewEvent {
  const payload = reviewCommentPayload.parse(input);
  return {
    kind: 'comment',
    action,
    on: 'review_comment',
    ...common(payload),
    ...commentState(payload.comment, payload.changes, action),
    subject: { kind: 'pull_request', number: payload.pull_request.number },
    ...said(payload.pull_request),
    open: payload.pull_request.state === 'open',
  };
}

export function reviewSubmitted(input: unknown): CrewEvent {
  const payload = reviewPayload.parse(input);
  return {
    kind: 'review_submitted',
    ...common(payload),
    subject: { kind: 'pull_request', number: payload.pull_request.number },
    ...said(payload.pull_request),
    reviewId: payload.review.id,
    body: payload.review.body,
    submittedAt: payload.review.submitted_at,
  };
}

export function threadChange(input: unknown, action: ThreadEvent['action']): CrewEvent {
  const payload = threadPayload.parse(input);
  const [root] = payload.thread.comments;
  return {
    kind: 'thread_changed',
    action,
    ...common(payload),
    subject: { kind: 'pull_request', number: payload.pull_request.number },
    threadId: payload.thread.node_id,
    updatedAt: payload.updated_at,
    root: {
      author: root?.user ?? { login: 'ghost', isBot: false },
      appId: root?.performed_via_github_app?.id ?? null,
      body: root?.body ?? '',
    },
  };
}

function pullRequestState(found: z.infer<typeof pullRequest>): PullRequestState {
  return {
    number: found.number,
    author: found.user,
    open: found.state === 'open',
    draft: found.draft,
    headSha: found.head.sha,
    baseRef: found.base.ref,
    ...said(found),
    updatedAt: found.updated_at,
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
