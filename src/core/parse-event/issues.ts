/** Webhooks about issues, and comments on issues and pull requests. Pure. */
import type { z } from 'zod';
import type { CrewEvent } from '../event.ts';
import { commentState } from './comments.ts';
import { common, said } from './common.ts';
import { type issue, issueCommentPayload, issueLabelPayload, issuePayload } from './payloads.ts';

export function issueLabel(input: unknown, kind: 'issue_labelled' | 'issue_unlabelled'): CrewEvent {
  const payload = issueLabelPayload.parse(input);
  return { kind, ...common(payload), issue: issueState(payload.issue), label: payload.label.name };
}

export function issueChange(input: unknown, action: 'opened' | 'edited' | 'closed'): CrewEvent {
  const payload = issuePayload.parse(input);
  return { kind: 'issue_changed', action, ...common(payload), issue: issueState(payload.issue) };
}

export function issueComment(input: unknown, action: 'created' | 'edited'): CrewEvent {
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
    ...said(payload.issue),
    open: payload.issue.state === 'open',
  };
}

function issueState(found: z.infer<typeof issue>) {
  const { number, title, body, updated_at: updatedAt } = found;
  return { number, title, body, open: found.state === 'open', updatedAt };
}
