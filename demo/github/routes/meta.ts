// Operations about the service and its accounts.

import { rateKey } from '../auth.ts';
import { renderPublicUser } from '../render/accounts.ts';
import { ok } from '../reply.ts';
import type { Routes } from '../router.ts';
import { findUser, GitHubError, notFound } from '../world.ts';

export const metaRoutes: Routes = {
  'GET /meta': () => ok({ verifiable_password_authentication: false }),
  'GET /zen': () => ({
    status: 200,
    raw: { type: 'text/plain; charset=utf-8', content: 'Anything added dilutes everything else.' },
  }),
  'GET /rate_limit': (ctx) => {
    const core = ctx.world.limits.overview(rateKey(ctx.auth));
    return ok({ resources: { core, search: core, graphql: core }, rate: core });
  },
  'GET /user': (ctx) => {
    if (ctx.auth.kind === 'anonymous') throw new GitHubError(401, 'Requires authentication');
    if (ctx.auth.kind !== 'user') throw new GitHubError(403, 'Resource not accessible by integration');
    return ok(renderPublicUser(ctx.world, ctx.view, ctx.auth.user));
  },
  'GET /users/{username}': (ctx) => {
    const user = findUser(ctx.view, ctx.params.username ?? '');
    if (!user) throw notFound();
    return ok(renderPublicUser(ctx.world, ctx.view, user));
  },
};
