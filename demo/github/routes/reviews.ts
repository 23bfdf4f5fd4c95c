// Pull request reviews.
import { z } from 'zod';
import { createReview, deletePending, dismissReview, editReview, submitReview } from '../deeds/reviews.ts';
import type { ReviewDoc } from '../records.ts';
import type { Rendered } from '../render/accounts.ts';
import { renderReview } from '../render/reviews.ts';
import { type Ctx, input, ok, page, type Reply } from '../reply.ts';
import type { Routes } from '../router.ts';
import { notFound } from '../world.ts';
import { anchorShape, pullIn, renderIn, toAnchor } from './review-comments.ts';

const eventSchema = z.enum(['APPROVE', 'REQUEST_CHANGES', 'COMMENT']);
const reviewSchema = z.object({
  commit_id: z.string().optional(),
  body: z.string().optional(),
  event: eventSchema.optional(),
  comments: z.array(z.object(anchorShape)).optional(),
});

/** A pending review is seen by its author alone. */
function reviewIn(ctx: Ctx): ReviewDoc {
  const review = ctx.view.get('review', Number(ctx.params.review_id));
  if (!review || review.issue !== pullIn(ctx).id || !visible(ctx, review)) throw notFound();
  return review;
}

const visible = (ctx: Ctx, review: ReviewDoc): boolean =>
  review.state !== 'PENDING' || (ctx.auth.kind !== 'anonymous' && review.user === ctx.deed.actor.login);

const render = (ctx: Ctx, review: ReviewDoc): Rendered =>
  renderReview(ctx.world, ctx.view, ctx.repo, pullIn(ctx), review);

async function create(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, reviewSchema);
  const review = await createReview(ctx.deed, pullIn(ctx), {
    commitId: wish.commit_id,
    body: wish.body,
    event: wish.event,
    comments: wish.comments?.map(toAnchor),
  });
  return ok(render(ctx, review));
}

async function submit(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, z.object({ body: z.string().optional(), event: eventSchema }));
  return ok(render(ctx, await submitReview(ctx.deed, pullIn(ctx), reviewIn(ctx), wish.event, wish.body)));
}

function list(ctx: Ctx): Promise<Reply> {
  const pull = pullIn(ctx);
  const docs = ctx.view.list('review', (one) => one.issue === pull.id && visible(ctx, one));
  return page(ctx, docs, (one) => render(ctx, one));
}

const comments = (ctx: Ctx): Promise<Reply> => {
  const review = reviewIn(ctx);
  const docs = ctx.view.list('reviewComment', (one) => one.review === review.id);
  return page(ctx, docs, (one) => renderIn(ctx, one));
};

const one = '/repos/{owner}/{repo}/pulls/{pull_number}/reviews/{review_id}';

export const reviewRoutes: Routes = {
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/reviews': list,
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/reviews': create,
  [`GET ${one}`]: (ctx) => ok(render(ctx, reviewIn(ctx))),
  [`PUT ${one}`]: (ctx) => {
    const { body } = input(ctx, z.object({ body: z.string() }));
    return ok(render(ctx, editReview(ctx.deed, pullIn(ctx), reviewIn(ctx), body)));
  },
  [`DELETE ${one}`]: (ctx) => {
    const review = reviewIn(ctx);
    const body = render(ctx, review);
    deletePending(ctx.deed, review);
    return ok(body);
  },
  [`GET ${one}/comments`]: comments,
  [`POST ${one}/events`]: submit,
  [`PUT ${one}/dismissals`]: (ctx) => {
    input(ctx, z.object({ message: z.string() }));
    return ok(render(ctx, dismissReview(ctx.deed, pullIn(ctx), reviewIn(ctx))));
  },
};
