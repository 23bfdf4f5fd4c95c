// Issue comments, and reactions on issues, issue comments and review comments.
import { z } from 'zod';
import { addComment, deleteComment, editComment, react, type Subject } from '../deeds/comments.ts';
import { type CommentDoc, type ReactionDoc, reactionContents } from '../records.ts';
import type { Rendered } from '../render/accounts.ts';
import { renderComment, renderReaction } from '../render/issues.ts';
import { type Ctx, created, input, noContent, ok, page, type Reply, since, sorted } from '../reply.ts';
import type { Routes } from '../router.ts';
import { GitHubError, notFound } from '../world.ts';
import { issueIn } from './issues.ts';
import { checkMayChange } from './may-change.ts';
import { reviewCommentIn } from './review-comments.ts';

const bodySchema = z.object({ body: z.string() });

function commentIn(ctx: Ctx): CommentDoc {
  const comment = ctx.view.get('comment', Number(ctx.params.comment_id));
  if (comment?.repo !== ctx.repo.id) throw notFound();
  return comment;
}

function render(ctx: Ctx, comment: CommentDoc): Rendered {
  const issue = ctx.view.get('issue', comment.issue);
  if (!issue) throw notFound();
  return renderComment(ctx.world, ctx.view, ctx.repo, issue, comment);
}

function ownComment(ctx: Ctx): CommentDoc {
  const comment = commentIn(ctx);
  checkMayChange(ctx, comment.user);
  return comment;
}

type Find = (ctx: Ctx) => Subject;
const issueSubject: Find = (ctx) => ({ kind: 'issue', id: issueIn(ctx).id, repo: ctx.repo.id });
const commentSubject: Find = (ctx) => ({ kind: 'comment', id: commentIn(ctx).id, repo: ctx.repo.id });
const reviewSubject: Find = (ctx) => ({
  kind: 'reviewComment',
  id: reviewCommentIn(ctx).id,
  repo: ctx.repo.id,
});

const reactionsOf = (ctx: Ctx, subject: Subject): ReactionDoc[] =>
  ctx.view.list('reaction', (one) => one.subjectKind === subject.kind && one.subject === subject.id);

function reactionRoutes(prefix: string, find: Find): Routes {
  const path = `/repos/{owner}/{repo}/${prefix}/reactions`;
  return {
    [`GET ${path}`]: (ctx) => {
      const content = ctx.query.get('content');
      const shown = reactionsOf(ctx, find(ctx)).filter((one) => content === null || one.content === content);
      return page(ctx, shown, (one) => renderReaction(ctx.world, ctx.view, one));
    },
    [`POST ${path}`]: (ctx) => {
      const { content } = input(ctx, z.object({ content: z.enum(reactionContents) }));
      const { reaction, fresh } = react(ctx.deed, find(ctx), content);
      const body = renderReaction(ctx.world, ctx.view, reaction);
      return fresh ? created(body) : ok(body);
    },
    [`DELETE ${path}/{reaction_id}`]: (ctx) => {
      const id = Number(ctx.params.reaction_id);
      const one = reactionsOf(ctx, find(ctx)).find((reaction) => reaction.id === id);
      if (!one) throw notFound();
      if (ctx.deed.actor.login !== one.user) throw new GitHubError(403, 'Must be the author of the reaction');
      ctx.deed.tx.remove('reaction', id);
      return noContent();
    },
  };
}

function listOf(ctx: Ctx): Promise<Reply> {
  const issue = issueIn(ctx);
  const docs = since(
    ctx,
    ctx.view.list('comment', (one) => one.issue === issue.id),
  );
  return page(ctx, docs, (one) => render(ctx, one));
}

function listAll(ctx: Ctx): Promise<Reply> {
  const docs = since(
    ctx,
    ctx.view.list('comment', (one) => one.repo === ctx.repo.id),
  );
  return page(ctx, sorted(ctx, docs, 'asc'), (one) => render(ctx, one));
}

export const commentRoutes: Routes = {
  'GET /repos/{owner}/{repo}/issues/comments': listAll,
  'GET /repos/{owner}/{repo}/issues/{issue_number}/comments': listOf,
  'POST /repos/{owner}/{repo}/issues/{issue_number}/comments': (ctx) =>
    created(render(ctx, addComment(ctx.deed, issueIn(ctx), input(ctx, bodySchema).body))),
  'GET /repos/{owner}/{repo}/issues/comments/{comment_id}': (ctx) => ok(render(ctx, commentIn(ctx))),
  'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}': (ctx) =>
    ok(render(ctx, editComment(ctx.deed, ownComment(ctx), input(ctx, bodySchema).body))),
  'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}': (ctx) => {
    deleteComment(ctx.deed, ownComment(ctx));
    return noContent();
  },
  ...reactionRoutes('issues/{issue_number}', issueSubject),
  ...reactionRoutes('issues/comments/{comment_id}', commentSubject),
  ...reactionRoutes('pulls/comments/{comment_id}', reviewSubject),
};
