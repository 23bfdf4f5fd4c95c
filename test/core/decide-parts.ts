/** Events, facts and the shape of decisions for the tests of intake. */
import type { Change, Decision } from '../../src/core/change.ts';
import type { Facts } from '../../src/core/decide/facts.ts';
import { decide } from '../../src/core/decide.ts';
import type {
  CommentEvent,
  CrewEvent,
  IssueLabelEvent,
  PullRequestEvent,
  PullRequestLabelEvent,
  ThreadEvent,
} from '../../src/core/event.ts';
import type { Task } from '../../src/core/records.ts';
import { parseRepoConfig } from '../../src/core/repo-config.ts';
import { fingerprintMarker } from '../../src/core/review/fingerprint.ts';
import type { ReviewThread, Watch } from '../../src/core/review/review-records.ts';
import { implementTask, repository, reviewTask, trackedFinding } from '../support/records.ts';

const crew = { roles: ['strategist', 'backend', 'qa'], budgetUsd: 5 };
export const mona = { login: 'mona', isBot: false };
export const renovate = { login: 'renovate[bot]', isBot: true };
export const own = { login: 'crew[bot]', isBot: true };
export const AT = '2026-01-02T00:00:00Z';
export const HEAD = 'b'.repeat(40);

export const issue = { number: 12, title: 'Favourites', body: 'Mark an item.', open: true, updatedAt: AT };
export const snapshot = {
  number: 12,
  title: 'Favourites',
  body: 'Mark an item.',
  author: 'mona',
  authorIsWriter: true,
  comments: [],
};
export const pullRequest = {
  number: 3,
  author: mona,
  open: true,
  draft: false,
  headSha: HEAD,
  baseRef: 'main',
  updatedAt: AT,
};
export const pullSnapshot = {
  ...snapshot,
  number: 3,
  headSha: HEAD,
  headRef: 'x',
  baseSha: 'a'.repeat(40),
  baseRef: 'main',
  fromFork: false,
  draft: false,
  linkedIssues: [],
};

export const unwatched: Watch = {
  repositoryId: 1,
  number: 3,
  paused: null,
  pausedBy: null,
  pushedHeads: [],
};

export const base: Facts = {
  app: { id: 99, login: own.login },
  roles: crew.roles,
  config: parseRepoConfig(null, crew),
  permission: 'write',
  tasks: [],
  seen: false,
  asks: { count: 0, beganAt: null },
  standing: {
    open: true,
    labels: ['crew', 'crew:auto', 'crew:backend', 'crew:review'],
    updatedAt: AT,
  },
  issue: snapshot,
  baseSha: 'a'.repeat(40),
  pullRequest: pullSnapshot,
  watch: unwatched,
  findings: [],
  threads: [],
  deleted: [],
  root: null,
  memories: [],
  own: [],
  installed: { repositories: [], openTasks: [] },
};

export const labelled = (label: string, change: Partial<IssueLabelEvent> = {}): IssueLabelEvent => ({
  kind: 'issue_labelled',
  repository,
  sender: mona,
  issue,
  label,
  ...change,
});
export const opened = (change: Partial<PullRequestEvent> = {}): PullRequestEvent => ({
  kind: 'pull_request_changed',
  action: 'opened',
  repository,
  sender: mona,
  pullRequest,
  previousHeadSha: null,
  previousBaseRef: null,
  label: null,
  ...change,
});
export const commented = (body: string, change: Partial<CommentEvent> = {}): CommentEvent => ({
  kind: 'comment',
  action: 'created',
  on: 'issue_comment',
  repository,
  sender: mona,
  author: mona,
  commentId: 5,
  appId: null,
  body,
  before: null,
  subject: { kind: 'issue', number: 12 },
  open: true,
  inReplyTo: null,
  path: null,
  line: null,
  createdAt: AT,
  writtenAt: AT,
  ...change,
});
export const pullLabelled = (
  label: string,
  change: Partial<PullRequestLabelEvent> = {},
): PullRequestLabelEvent => ({
  kind: 'pull_request_labelled',
  repository,
  sender: mona,
  pullRequest,
  label,
  ...change,
});
export const config = (text: string) => ({ config: parseRepoConfig(text, crew) });

export function decisionOn(event: CrewEvent, facts: Partial<Facts> = {}): Decision {
  const verdict = decide(event, { ...base, ...facts });
  if (verdict.kind !== 'decided' || verdict.decisions.length !== 1) throw new Error(JSON.stringify(verdict));
  return verdict.decisions[0] as Decision;
}

export const kinds = (changes: readonly Change[]) => changes.map(({ kind }) => kind);
export const created = ({ changes }: Decision) =>
  changes.flatMap((change) => (change.kind === 'create_task' ? [change.task] : []));
export const earlier = (
  state: 'failed' | 'stopped' | 'working' | 'done',
  requestKey = 'label:1:12:crew@2026-01-01',
) => implementTask({ state, requestKey, request: { ...implementTask().request, issue: snapshot } as never });

/** A review of a head of pull request 3. */
export const reviewOf = (headSha: string, change: Partial<Task> = {}): Task => {
  const { request: _, ...rest } = change;
  return reviewTask({ state: 'working', ...rest, request: { pullRequest: { ...pullSnapshot, headSha } } });
};

/** The finding that the threads below are about, raised on pull request 3. */
export const finding = trackedFinding({ repositoryId: 1, number: 3 });
export const findingBody = `Ends one short.\n\n${fingerprintMarker(finding.fingerprint)}`;

export const thread = (change: Partial<ReviewThread> = {}): ReviewThread => ({
  id: 'PRRT_1',
  fingerprint: finding.fingerprint,
  commentId: 501,
  url: 'https://github.example/acme/pantry/pull/3#discussion_r501',
  outdated: false,
  resolved: false,
  resolvedBy: null,
  humanReplied: false,
  comments: [],
  likedBy: [],
  dislikedBy: [],
  ...change,
});

export const threadChanged = (change: Partial<ThreadEvent> = {}): ThreadEvent => ({
  kind: 'thread_changed',
  action: 'resolved',
  repository,
  sender: mona,
  subject: { kind: 'pull_request', number: 3 },
  threadId: 'PRRT_1',
  updatedAt: AT,
  root: { author: own, appId: null, body: findingBody },
  ...change,
});
