/** A writer's plain comment on an issue where the Strategist asked something: it is the answer. Pure. */
import type { CommentEvent } from '../event.ts';
import { allows } from '../permissions.ts';
import type { ImplementRequest } from '../request-records.ts';
import { decided, type Facts, has, ignored, needs, refuseBot, type Verdict } from './facts.ts';
import { commentKey, mark } from './requests.ts';
import { revisePlan } from './revisions.ts';

/**
 * Of a new comment on an issue that holds no command. One that was written while the Strategist still planned counts when it
 * is only read after the question, unless the Strategist has read it.
 */
export function decideAnswer(event: CommentEvent, facts: Facts): Verdict {
  if (!has(facts, 'tasks')) return needs('tasks');
  const asking = facts.tasks.find((task) => task.state === 'awaiting_answer');
  if (asking?.request.kind !== 'implement') return ignored('the comment holds no command');
  const { login } = event.sender;
  if (!event.open) return ignored('the issue is closed', login);
  const refusal = refuse(event, facts);
  if (refusal !== null) return refusal;
  if (!has(facts, 'seen')) return needs('seen');
  if (facts.seen) return ignored('this comment was taken as an answer before', login);
  if (wasRead(event, asking.request)) return ignored('the Strategist has read this comment already', login);
  if (!has(facts, 'config', 'issue', 'baseSha')) return needs('config', 'issue', 'baseSha');
  const { config, issue, baseSha } = facts;
  const baseBranch = event.repository.defaultBranch;
  const fresh = { issue, baseBranch, baseSha, config: config.config };
  const said = { by: login, note: event.body.trim() };
  return decided({
    decided: 'change',
    reason: `${login} answered the Strategist's question`,
    actor: login,
    changes: [
      mark(event.repository, commentKey(event), { on: 'issue_comment', commentId: event.commentId }, 'eyes'),
      revisePlan(asking.id, asking.request, fresh, said),
    ],
  });
}

/** Null when the sender may answer. */
function refuse({ sender }: CommentEvent, facts: Facts): Verdict | null {
  const { login } = sender;
  if (sender.isBot) return refuseBot(sender, facts);
  if (!has(facts, 'permission')) return needs('permission');
  if (allows(facts.permission, 'write')) return null;
  return ignored(`${login} lacks write access, so the comment is no answer`, login);
}

function wasRead({ author, body, createdAt }: CommentEvent, { issue }: ImplementRequest): boolean {
  return issue.comments.some(
    (comment) =>
      comment.author === author.login && comment.body === body && isSameTime(comment.createdAt, createdAt),
  );
}

function isSameTime(a: string, b: string): boolean {
  return Date.parse(a) === Date.parse(b);
}
