/** Which replies to our findings are answered: by people with write access, three a thread. Pure. */
import type { Change } from '../change.ts';
import type { CommentEvent } from '../event.ts';
import type { ReviewCommentReading } from '../github-ports.ts';
import { allows } from '../permissions.ts';
import type { Task } from '../records.ts';
import { toTaskConfig } from '../repo-config.ts';
import type { ReplyRequest } from '../request-records.ts';
import { fingerprintIn } from '../review/fingerprint.ts';
import type { ReviewThread, ThreadComment, TrackedFinding } from '../review/review-records.ts';
import { decided, type Facts, has, ignored, needs, type Verdict } from './facts.ts';
import { isSpeech, notePerson } from './persons.ts';
import { createTask, mark } from './requests.ts';

export const ANSWERS_PER_THREAD_MAX = 3;
/** Comments of a thread that are read: its first and the newest. */
const THREAD_COMMENTS_MAX = 30;

/** A comment in a diff that goes on with a thread; to be asked before whether it holds a command. */
export function isReply(
  event: CommentEvent,
): event is CommentEvent & { readonly on: 'review_comment'; readonly inReplyTo: number } {
  return event.on === 'review_comment' && event.inReplyTo !== null && isSpeech(event);
}

export function decideReply(event: CommentEvent & { readonly inReplyTo: number }, facts: Facts): Verdict {
  if (!has(facts, 'findings', 'watch')) return needs('findings', 'watch');
  const spoke = notePerson(event, facts.watch);
  if (facts.findings.length === 0) return unanswered(event, spoke, 'the comment holds no command');
  if (!has(facts, 'root', 'tasks')) return needs('root', 'tasks');
  const { root, tasks } = facts;
  const finding = findingOf(root, facts.findings);
  if (finding === undefined) return unanswered(event, spoke, 'the thread was not begun by a finding');
  if (!event.open) return unanswered(event, spoke, 'the pull request is closed');
  const replies = tasks.filter((task) => isReplyIn(task, event.inReplyTo));
  const requestKey = `reply:${event.repository.id}:${event.commentId}`;
  if (replies.some((task) => task.requestKey === requestKey)) {
    return ignored('this reply was taken up before', event.sender.login);
  }
  if (replies.length >= ANSWERS_PER_THREAD_MAX) {
    const reason = `the thread was answered ${ANSWERS_PER_THREAD_MAX} times, which is all`;
    return unanswered(event, spoke, reason);
  }
  if (!has(facts, 'permission')) return needs('permission');
  if (!allows(facts.permission, 'write')) {
    return unanswered(event, spoke, `${event.sender.login} lacks write access`);
  }
  return answered(event, { finding, requestKey, rootBody: root?.body ?? '', spoke }, facts);
}

/** The finding of ours that a thread was begun by, if any; `root`: its first comment. */
export function findingOf(
  root: ReviewCommentReading | null,
  findings: readonly TrackedFinding[],
): TrackedFinding | undefined {
  const fingerprint = root?.ours === true ? fingerprintIn(root.body) : null;
  return findings.find((known) => known.fingerprint === fingerprint);
}

interface Taken {
  readonly finding: TrackedFinding;
  readonly requestKey: string;
  readonly rootBody: string;
  readonly spoke: readonly Change[];
}

function answered(event: CommentEvent & { readonly inReplyTo: number }, taken: Taken, facts: Facts): Verdict {
  if (!has(facts, 'config', 'standing', 'pullRequest', 'threads')) {
    return needs('config', 'standing', 'pullRequest', 'threads');
  }
  const { config, standing, pullRequest, threads } = facts;
  const { finding, requestKey, spoke } = taken;
  const { repository, sender, subject, commentId } = event;
  if (!standing.open) return unanswered(event, spoke, 'the pull request was closed since');
  const known = threads.find(({ commentId: root }) => root === event.inReplyTo);
  const request: ReplyRequest = {
    kind: 'reply',
    pullRequest,
    finding,
    commentId: event.inReplyTo,
    thread: threadUpTo(event, known, taken.rootBody, facts.app.login),
    config: toTaskConfig(config.config),
  };
  const asked = { repository, requestKey, requester: sender.login, config };
  return decided({
    decided: 'task',
    reason: `${sender.login} answered a finding`,
    actor: sender.login,
    changes: [
      ...spoke,
      mark(repository, requestKey, { on: 'review_comment', commentId }, 'eyes'),
      ...createTask(asked, { kind: 'reply', subject, request }),
    ],
  });
}

/** As it stood when the person wrote; what GitHub does not show yet is known from the event. */
function threadUpTo(
  event: CommentEvent & { readonly inReplyTo: number },
  known: ReviewThread | undefined,
  rootBody: string,
  ourLogin: string,
): readonly ThreadComment[] {
  const { author, body, commentId, createdAt, inReplyTo } = event;
  const began = { id: inReplyTo, author: ourLogin, ours: true, body: rootBody, createdAt: '' };
  // GitHub numbers comments as they are written.
  const before = (known?.comments ?? []).filter(({ id }) => id > inReplyTo && id < commentId);
  const first = known?.comments.find(({ id }) => id === inReplyTo) ?? began;
  const last = { id: commentId, author: author.login, ours: false, body, createdAt };
  return [first, ...before.slice(2 - THREAD_COMMENTS_MAX), last];
}

/** In the thread that the comment began: a finding that was raised anew has a new thread. */
function isReplyIn({ request }: Pick<Task, 'request'>, rootId: number): boolean {
  return request.kind === 'reply' && request.commentId === rootId;
}

/** Whether `asked` is one answer more than its thread gets, beside `tasks`; what is one of them is none more. */
export function isOneTooMany(
  { request, requestKey }: Pick<Task, 'request' | 'requestKey'>,
  tasks: readonly Task[],
): boolean {
  if (request.kind !== 'reply') return false;
  const others = tasks.filter((task) => isReplyIn(task, request.commentId));
  return others.length >= ANSWERS_PER_THREAD_MAX && !others.some((task) => task.requestKey === requestKey);
}

/** Not answered and not acknowledged, but a person spoke all the same. */
function unanswered(event: CommentEvent, spoke: readonly Change[], reason: string): Verdict {
  const actor = event.sender.login;
  if (spoke.length === 0) return ignored(reason, actor);
  return decided({ decided: 'change', reason, actor, changes: spoke });
}
