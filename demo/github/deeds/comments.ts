// Issue comments and reactions.
import type { CommentDoc, IssueDoc, ReactionContent, ReactionDoc, ReactionSubject } from '../records.ts';
import type { Rendered } from '../render/accounts.ts';
import { renderComment, renderIssue } from '../render/issues.ts';
import { type Deed, invalid, repoOf, stamp } from '../world.ts';
import { emit } from './emit.ts';
import { checkBody } from './issues.ts';

export function addComment(deed: Deed, issue: IssueDoc, body: string): CommentDoc {
  const { world, tx, actor } = deed;
  checkBody('IssueComment', body);
  if (body.trim() === '') {
    throw invalid('Validation Failed', [{ resource: 'IssueComment', code: 'missing_field', field: 'body' }]);
  }
  const now = stamp(world);
  const comment = tx.put('comment', {
    id: tx.nextId(),
    repo: issue.repo,
    issue: issue.id,
    user: actor.login,
    viaApp: deed.viaApp,
    body,
    minimized: null,
    createdAt: now,
    updatedAt: now,
  });
  tx.put('issue', { ...issue, updatedAt: now });
  emitComment(deed, comment, 'created', {});
  return comment;
}

export function editComment(deed: Deed, comment: CommentDoc, body: string): CommentDoc {
  checkBody('IssueComment', body);
  const next = deed.tx.put('comment', { ...comment, body, updatedAt: stamp(deed.world) });
  emitComment(deed, next, 'edited', { changes: { body: { from: comment.body } } });
  return next;
}

export function deleteComment(deed: Deed, comment: CommentDoc): void {
  deed.tx.remove('comment', comment.id);
  emitComment(deed, comment, 'deleted', {});
}

function emitComment(deed: Deed, comment: CommentDoc, action: string, more: Rendered): void {
  const { world, tx } = deed;
  const repo = repoOf(tx, comment.repo);
  const issue = tx.get('issue', comment.issue);
  if (!issue) throw new Error(`comment ${comment.id} has no issue`);
  emit(deed, repo, 'issue_comment', action, {
    issue: renderIssue(world, tx, repo, issue),
    comment: renderComment(world, tx, repo, issue, comment),
    ...more,
  });
}

export interface Subject {
  readonly kind: ReactionSubject;
  readonly id: number;
  readonly repo: number;
}

/** Reacting twice with the same content gives the first reaction again. Reactions send no webhook. */
export function react(
  deed: Deed,
  subject: Subject,
  content: ReactionContent,
): { readonly reaction: ReactionDoc; readonly fresh: boolean } {
  const { world, tx, actor } = deed;
  const known = tx.list(
    'reaction',
    (one) =>
      one.subjectKind === subject.kind &&
      one.subject === subject.id &&
      one.user === actor.login &&
      one.content === content,
  )[0];
  if (known) return { reaction: known, fresh: false };
  const reaction = tx.put('reaction', {
    id: tx.nextId(),
    repo: subject.repo,
    subjectKind: subject.kind,
    subject: subject.id,
    user: actor.login,
    content,
    createdAt: stamp(world),
  });
  return { reaction, fresh: true };
}
