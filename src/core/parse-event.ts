/**
 * From a webhook's name and payload to a `CrewEvent`. Payloads are read leniently: only the fields that a decision
 * needs, so that GitHub may add fields and Enterprise Server may lack others. One file in `parse-event/` for each kind of subject. Never throws. Pure.
 */
import { z } from 'zod';
import type { CrewEvent } from './event.ts';
import { installation, repositoryMoved } from './parse-event/installations.ts';
import { issueChange, issueComment, issueLabel } from './parse-event/issues.ts';
import {
  baseChange,
  pullRequestChange,
  pullRequestLabel,
  pullRequestUnlabel,
  reviewComment,
  reviewSubmitted,
  threadChange,
} from './parse-event/pull-requests.ts';
import { deployment, pushed, report, status } from './parse-event/reports.ts';

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
