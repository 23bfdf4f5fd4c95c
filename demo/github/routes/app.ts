// Operations of the App itself: who it is, its installations and tokens, its webhook and deliveries.
import { z } from 'zod';
import { createToken, installationRepos, tokenRepos } from '../auth.ts';
import type { DeliveryDoc, HookDoc, InstallationDoc } from '../records.ts';
import { type Rendered, renderApp, renderInstallation } from '../render/accounts.ts';
import { renderRepo } from '../render/repos.ts';
import { type Ctx, created, input, noContent, ok, page, type Reply } from '../reply.ts';
import type { Routes } from '../router.ts';
import { findRepo, findUser, GitHubError, installationOf, notFound } from '../world.ts';

function requireApp(ctx: Ctx): void {
  if (ctx.auth.kind !== 'app') {
    throw new GitHubError(401, 'A JSON web token could not be decoded');
  }
}

function installationIn(ctx: Ctx): InstallationDoc {
  requireApp(ctx);
  const found = ctx.view.get('installation', Number(ctx.params.installation_id));
  if (!found) throw notFound();
  return found;
}

const renderOne = (ctx: Ctx, found: InstallationDoc | undefined): Reply => {
  requireApp(ctx);
  if (!found) throw notFound();
  return ok(renderInstallation(ctx.world, ctx.view, found));
};

const tokenSchema = z.object({
  repositories: z.array(z.string()).optional(),
  repository_ids: z.array(z.number().int()).optional(),
  permissions: z.record(z.string(), z.string()).optional(),
});

function accessToken(ctx: Ctx): Reply {
  const installation = installationIn(ctx);
  const wish = input(ctx, tokenSchema);
  const token = createToken(ctx.world, ctx.deed.tx, installation, wish);
  const repos = installationRepos(ctx.view, installation).filter((repo) => token.repoIds?.includes(repo.id));
  return created({
    token: token.token,
    expires_at: token.expiresAt,
    permissions: token.permissions,
    repository_selection: token.repoIds === null ? installation.selection : 'selected',
    ...(token.repoIds === null
      ? {}
      : { repositories: repos.map((repo) => renderRepo(ctx.world, ctx.view, repo)) }),
  });
}

function installationRepositories(ctx: Ctx): Promise<Reply> {
  const { auth } = ctx;
  if (auth.kind !== 'installation') throw new GitHubError(403, 'Resource not accessible by integration');
  return page(
    ctx,
    tokenRepos(ctx.view, auth),
    (repo) => renderRepo(ctx.world, ctx.view, repo),
    (repositories, total_count) => ({
      total_count,
      repositories,
      repository_selection: auth.token.repoIds === null ? auth.installation.selection : 'selected',
    }),
  );
}

function revokeToken(ctx: Ctx): Reply {
  if (ctx.auth.kind !== 'installation') throw new GitHubError(401, 'Requires authentication');
  ctx.deed.tx.remove('token', ctx.auth.token.id);
  return noContent();
}

const hookOf = (ctx: Ctx): HookDoc => {
  requireApp(ctx);
  const hook = ctx.view.get('hook', 1);
  if (!hook) throw notFound();
  return hook;
};

const renderHook = (hook: HookDoc): Rendered => ({
  content_type: hook.contentType,
  insecure_ssl: '0',
  ...(hook.secret === '' ? {} : { secret: '********' }),
  url: hook.url ?? '',
});

const hookSchema = z.object({
  url: z.string().optional(),
  secret: z.string().optional(),
  content_type: z.enum(['json', 'form']).optional(),
});

function updateHook(ctx: Ctx): Reply {
  const hook = hookOf(ctx);
  const wish = input(ctx, hookSchema);
  const next = ctx.deed.tx.put('hook', {
    ...hook,
    url: wish.url ?? hook.url,
    secret: wish.secret ?? hook.secret,
    contentType: wish.content_type ?? hook.contentType,
  });
  return ok(renderHook(next));
}

function renderDelivery(one: DeliveryDoc): Rendered {
  return {
    id: one.id,
    guid: one.guid,
    delivered_at: one.deliveredAt ?? one.createdAt,
    redelivery: one.redelivery,
    duration: one.durationMs / 1000,
    status: one.status,
    status_code: one.statusCode,
    event: one.event,
    action: one.action,
    installation_id: one.installation,
    repository_id: one.repo,
    throttled_at: null,
  };
}

/** Newest first; the cursor is the id of the last delivery seen. */
function listDeliveries(ctx: Ctx): Reply {
  requireApp(ctx);
  const size = Math.min(Number(ctx.query.get('per_page') ?? 30) || 30, 100);
  const cursor = Number(ctx.query.get('cursor') ?? Number.MAX_SAFE_INTEGER) || Number.MAX_SAFE_INTEGER;
  const done = ctx.view.list('delivery', (one) => one.state === 'attempted' && one.id < cursor).reverse();
  const wanted = ctx.query.get('status');
  const matching = done.filter(
    (one) => wanted === null || (wanted === 'success') === (one.statusCode >= 200 && one.statusCode < 400),
  );
  const shown = matching.slice(0, size);
  const last = shown.at(-1);
  const more = matching.length > size && last !== undefined;
  const query = new URLSearchParams(ctx.query);
  if (more) query.set('cursor', String(last.id));
  return {
    ...ok(shown.map(renderDelivery)),
    headers: more ? { link: `<${ctx.url}?${query}>; rel="next"` } : {},
  };
}

function deliveryIn(ctx: Ctx): DeliveryDoc {
  requireApp(ctx);
  const found = ctx.view.get('delivery', Number(ctx.params.delivery_id));
  if (!found) throw notFound();
  return found;
}

function getDelivery(ctx: Ctx): Reply {
  const one = deliveryIn(ctx);
  return ok({
    ...renderDelivery(one),
    url: ctx.view.get('hook', 1)?.url ?? '',
    request: { headers: one.requestHeaders, payload: JSON.parse(one.payload) },
    response: { headers: one.responseHeaders, payload: one.responseBody },
  });
}

function redeliver(ctx: Ctx): Reply {
  const one = deliveryIn(ctx);
  ctx.deed.tx.put('delivery', {
    ...one,
    id: ctx.deed.tx.nextId(),
    redelivery: true,
    state: 'pending',
    status: 'pending',
    statusCode: 0,
    deliveredAt: null,
  });
  return { status: 202, body: {} };
}

function convertManifest(ctx: Ctx): Reply {
  const found = ctx.view.list('manifest', (one) => one.code === ctx.params.code)[0];
  if (!found) throw notFound();
  ctx.deed.tx.remove('manifest', found.id);
  const { app } = ctx.world;
  return created({
    ...renderApp(ctx.world, ctx.view),
    client_id: app.clientId,
    client_secret: 'unused-offline',
    webhook_secret: ctx.view.get('hook', 1)?.secret ?? null,
    pem: app.privateKeyPem,
  });
}

export const appRoutes: Routes = {
  'GET /app': (ctx) => {
    requireApp(ctx);
    const installations_count = ctx.view.list('installation').length;
    return ok({ ...renderApp(ctx.world, ctx.view), installations_count });
  },
  'GET /apps/{app_slug}': (ctx) => {
    if (ctx.params.app_slug !== ctx.world.app.slug) throw notFound();
    return ok(renderApp(ctx.world, ctx.view));
  },
  'GET /app/installations': (ctx) => {
    requireApp(ctx);
    return page(ctx, ctx.view.list('installation'), (one) => renderInstallation(ctx.world, ctx.view, one));
  },
  'GET /app/installations/{installation_id}': (ctx) => renderOne(ctx, installationIn(ctx)),
  'POST /app/installations/{installation_id}/access_tokens': accessToken,
  'GET /installation/repositories': installationRepositories,
  'DELETE /installation/token': revokeToken,
  'GET /repos/{owner}/{repo}/installation': (ctx) => {
    const repo = findRepo(ctx.view, ctx.params.owner ?? '', ctx.params.repo ?? '');
    return renderOne(ctx, repo && installationOf(ctx.view, repo));
  },
  'GET /users/{username}/installation': (ctx) => {
    const user = findUser(ctx.view, ctx.params.username ?? '');
    return renderOne(ctx, user && ctx.view.list('installation', (one) => one.account === user.login)[0]);
  },
  'GET /orgs/{org}/installation': (ctx) =>
    renderOne(ctx, ctx.view.list('installation', (one) => one.account === ctx.params.org)[0]),
  'GET /app/hook/config': (ctx) => ok(renderHook(hookOf(ctx))),
  'PATCH /app/hook/config': updateHook,
  'GET /app/hook/deliveries': listDeliveries,
  'GET /app/hook/deliveries/{delivery_id}': getDelivery,
  'POST /app/hook/deliveries/{delivery_id}/attempts': redeliver,
  'POST /app-manifests/{code}/conversions': convertManifest,
};
