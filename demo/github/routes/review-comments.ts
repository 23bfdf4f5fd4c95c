// Review comments outside the creation of a review.
import { z } from 'zod';
import { commentAtOnce, deleteReviewComment, editReviewComment, replyTo } from '../deeds/review-comments.ts';
import { placeOne } from '../deeds/reviews.ts';
import type { ReviewCommentDoc } from '../records.ts';
import type { Rendered } from '../render/accounts.ts';
import { isPublished, isPull, type PullIssue } from '../render/pulls.ts';
import { renderReviewComment } from '../render/reviews.ts';
import { type Ctx, created, input, noContent, ok, page, type Reply, since, sorted } from '../reply.ts';
import type { Routes } from '../router.ts';
import { notFound } from '../world.ts';
import { issueIn } from './issues.ts';
import { checkMayChange } from './may-change.ts';

export function pullIn(ctx: Ctx): PullIssue {
  const issue = issueIn(ctx);
  if (!isPull(issue)) throw notFound();
  return issue;
}

export function reviewCommentIn(ctx: Ctx): ReviewCommentDoc {
  const comment = ctx.view.get('reviewComment', Number(ctx.params.comment_id));
  if (comment?.repo !== ctx.repo.id || !isPublished(ctx.view, comment.review)) throw notFound();
  return comment;
}

function pullOf(ctx: Ctx, comment: ReviewCommentDoc): PullIssue {
  const issue = ctx.view.get('issue', comment.issue);
  if (!issue || !isPull(issue)) throw notFound();
  return issue;
}

export const renderIn = (ctx: Ctx, comment: ReviewCommentDoc): Rendered =>
  renderReviewComment(ctx.world, ctx.view, ctx.repo, pullOf(ctx, comment), comment);

const side = z.enum(['LEFT', 'RIGHT']);
export const anchorShape = {
  path: z.string(),
  body: z.string(),
  line: z.number().int().optional(),
  side: side.optional(),
  start_line: z.number().int().nullish(),
  start_side: side.or(z.literal('side')).nullish(),
  position: z.number().int().optional(),
};

const commentSchema = z.object({
  ...anchorShape,
  commit_id: z.string(),
  subject_type: z.enum(['line', 'file']).optional(),
  in_reply_to: z.number().int().optional(),
});

/** The wire's names in the anchoring rule's terms. */
export function toAnchor(wish: Omit<z.output<typeof commentSchema>, 'commit_id'>) {
  return {
    path: wish.path,
    body: wish.body,
    line: wish.line,
    side: wish.side,
    startLine: wish.start_line ?? undefined,
    startSide: wish.start_side === 'side' ? undefined : (wish.start_side ?? undefined),
    position: wish.position,
    subjectType: wish.subject_type,
  };
}

async function create(ctx: Ctx): Promise<Reply> {
  const pull = pullIn(ctx);
  const raw = input(ctx, z.object({ in_reply_to: z.number().int().optional(), body: z.string() }));
  if (raw.in_reply_to !== undefined) return created(reply(ctx, raw.in_reply_to, raw.body));
  const wish = input(ctx, commentSchema);
  const place = await placeOne(ctx.deed, pull, wish.commit_id, toAnchor(wish));
  const made = commentAtOnce(ctx.deed, pull, {
    place,
    body: wish.body,
    commitId: wish.commit_id,
    first: null,
  });
  return created(renderIn(ctx, made));
}

function reply(ctx: Ctx, parentId: number, body: string): Rendered {
  const parent = ctx.view.get('reviewComment', parentId);
  const pull = pullIn(ctx);
  if (parent?.issue !== pull.id) throw notFound();
  return renderIn(ctx, replyTo(ctx.deed, pull, parent, body));
}

const published = (ctx: Ctx, where: (one: ReviewCommentDoc) => boolean): ReviewCommentDoc[] =>
  since(
    ctx,
    ctx.view.list('reviewComment', (one) => where(one) && isPublished(ctx.view, one.review)),
  );

function listOf(ctx: Ctx): Promise<Reply> {
  const pull = pullIn(ctx);
  const docs = published(ctx, (one) => one.issue === pull.id);
  return page(ctx, sorted(ctx, docs, 'asc'), (one) => renderIn(ctx, one));
}

function ownComment(ctx: Ctx): ReviewCommentDoc {
  const comment = reviewCommentIn(ctx);
  checkMayChange(ctx, comment.user);
  return comment;
}

export const reviewCommentRoutes: Routes = {
  'GET /repos/{owner}/{repo}/pulls/comments': (ctx) => {
    const docs = published(ctx, (one) => one.repo === ctx.repo.id);
    return page(ctx, sorted(ctx, docs, 'asc'), (one) => renderIn(ctx, one));
  },
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/comments': listOf,
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments': create,
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/comments/{comment_id}/replies': (ctx) =>
    created(reply(ctx, Number(ctx.params.comment_id), input(ctx, z.object({ body: z.string() })).body)),
  'GET /repos/{owner}/{repo}/pulls/comments/{comment_id}': (ctx) => ok(renderIn(ctx, reviewCommentIn(ctx))),
  'PATCH /repos/{owner}/{repo}/pulls/comments/{comment_id}': (ctx) => {
    const comment = ownComment(ctx);
    const { body } = input(ctx, z.object({ body: z.string() }));
    return ok(renderIn(ctx, editReviewComment(ctx.deed, pullOf(ctx, comment), comment, body)));
  },
  'DELETE /repos/{owner}/{repo}/pulls/comments/{comment_id}': (ctx) => {
    const comment = ownComment(ctx);
    deleteReviewComment(ctx.deed, pullOf(ctx, comment), comment);
    return noContent();
  },
};
