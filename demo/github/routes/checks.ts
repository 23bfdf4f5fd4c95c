// Check runs, check suites and commit statuses.
import { z } from 'zod';
import { type CheckWish, createCheckRun, createStatus, updateCheckRun } from '../deeds/checks.ts';
import type { CheckRunDoc, CheckSuiteDoc } from '../records-ci.ts';
import { renderCheckRun, renderSimpleStatus, renderStatus, renderSuite } from '../render/checks.ts';
import { renderRepoLite, repoApiUrl } from '../render/repos.ts';
import { type Ctx, created, input, ok, page, type Reply } from '../reply.ts';
import type { Routes } from '../router.ts';
import { GitHubError, notFound } from '../world.ts';
import { shaOf } from './repos.ts';

const annotationSchema = z.object({
  path: z.string(),
  start_line: z.number().int(),
  end_line: z.number().int(),
  start_column: z.number().int().nullable().default(null),
  end_column: z.number().int().nullable().default(null),
  annotation_level: z.enum(['notice', 'warning', 'failure']),
  message: z.string(),
  title: z.string().nullable().default(null),
  raw_details: z.string().nullable().default(null),
});

const runSchema = z.object({
  name: z.string().optional(),
  head_sha: z.string().optional(),
  details_url: z.string().optional(),
  external_id: z.string().optional(),
  status: z.enum(['queued', 'in_progress', 'completed', 'waiting']).optional(),
  started_at: z.string().optional(),
  conclusion: z
    .enum(['action_required', 'cancelled', 'failure', 'neutral', 'success', 'skipped', 'stale', 'timed_out'])
    .optional(),
  completed_at: z.string().optional(),
  output: z
    .object({
      title: z.string().optional(),
      summary: z.string().optional(),
      text: z.string().optional(),
      annotations: z.array(annotationSchema).optional(),
    })
    .optional(),
});

const toWish = (body: z.output<typeof runSchema>): CheckWish => ({
  name: body.name,
  externalId: body.external_id,
  detailsUrl: body.details_url,
  status: body.status,
  conclusion: body.conclusion,
  startedAt: body.started_at,
  completedAt: body.completed_at,
  title: body.output?.title,
  summary: body.output?.summary,
  text: body.output?.text,
  annotations: body.output?.annotations,
});

const render = (ctx: Ctx, run: CheckRunDoc) => renderCheckRun(ctx.world, ctx.view, ctx.repo, run);

async function create(ctx: Ctx): Promise<Reply> {
  if (ctx.auth.kind !== 'installation') {
    throw new GitHubError(403, 'You must authenticate via a GitHub App.');
  }
  const body = input(ctx, runSchema.required({ name: true, head_sha: true }));
  const wish = { ...toWish(body), name: body.name };
  return created(
    render(ctx, await createCheckRun(ctx.deed, ctx.repo, body.head_sha, ctx.world.app.slug, wish)),
  );
}

function runIn(ctx: Ctx): CheckRunDoc {
  const run = ctx.view.get('checkRun', Number(ctx.params.check_run_id));
  if (run?.repo !== ctx.repo.id) throw notFound();
  return run;
}

async function update(ctx: Ctx): Promise<Reply> {
  const run = runIn(ctx);
  if (ctx.auth.kind !== 'installation' || run.app !== ctx.world.app.slug) {
    throw new GitHubError(
      403,
      'Invalid app_id `15368` - check run can only be modified by the GitHub App that created it.',
    );
  }
  return ok(render(ctx, await updateCheckRun(ctx.deed, run, toWish(input(ctx, runSchema)))));
}

/** `filter=latest` keeps the newest run of each name per App. */
function filtered(ctx: Ctx, runs: readonly CheckRunDoc[]): CheckRunDoc[] {
  const { query } = ctx;
  const matching = runs
    .filter((run) => !query.has('check_name') || run.name === query.get('check_name'))
    .filter((run) => !query.has('status') || run.status === query.get('status'))
    .filter(
      (run) =>
        !query.has('app_id') ||
        (run.app === ctx.world.app.slug) === (Number(query.get('app_id')) === ctx.world.app.id),
    );
  if (query.get('filter') === 'all') return matching;
  const latest = new Map(matching.map((run) => [`${run.app}/${run.name}`, run]));
  return [...latest.values()];
}

const runsPage = (ctx: Ctx, runs: readonly CheckRunDoc[]): Promise<Reply> =>
  page(
    ctx,
    filtered(ctx, runs),
    (run) => render(ctx, run),
    (check_runs, total_count) => ({ total_count, check_runs }),
  );

async function forRef(ctx: Ctx): Promise<Reply> {
  const sha = await shaOf(ctx, ctx.params.ref ?? '');
  return runsPage(
    ctx,
    ctx.view.list('checkRun', (run) => run.repo === ctx.repo.id && run.headSha === sha),
  );
}

async function suitesForRef(ctx: Ctx): Promise<Reply> {
  const sha = await shaOf(ctx, ctx.params.ref ?? '');
  const suites = ctx.view.list('checkSuite', (suite) => suite.repo === ctx.repo.id && suite.headSha === sha);
  return page(
    ctx,
    suites,
    (suite) => renderSuite(ctx.world, ctx.view, ctx.repo, suite),
    (check_suites, total_count) => ({ total_count, check_suites }),
  );
}

function suiteIn(ctx: Ctx): CheckSuiteDoc {
  const suite = ctx.view.get('checkSuite', Number(ctx.params.check_suite_id));
  if (suite?.repo !== ctx.repo.id) throw notFound();
  return suite;
}

const statusSchema = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  target_url: z.string().nullish(),
  description: z.string().nullish(),
  context: z.string().default('default'),
});

async function setStatus(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, statusSchema);
  const status = await createStatus(ctx.deed, ctx.repo, {
    sha: ctx.params.sha ?? '',
    state: wish.state,
    context: wish.context,
    description: wish.description ?? null,
    targetUrl: wish.target_url ?? null,
  });
  return created(renderStatus(ctx.world, ctx.view, ctx.repo, status));
}

async function statuses(ctx: Ctx): Promise<Reply> {
  const sha = await shaOf(ctx, ctx.params.ref ?? '');
  const docs = ctx.view.list('status', (one) => one.repo === ctx.repo.id && one.sha === sha).reverse();
  return page(ctx, docs, (one) => renderStatus(ctx.world, ctx.view, ctx.repo, one));
}

async function combined(ctx: Ctx): Promise<Reply> {
  const sha = await shaOf(ctx, ctx.params.ref ?? '');
  const docs = ctx.view.list('status', (one) => one.repo === ctx.repo.id && one.sha === sha);
  const latest = [...new Map(docs.map((one) => [one.context, one])).values()];
  const bad = latest.some((one) => one.state === 'failure' || one.state === 'error');
  const good = latest.length > 0 && latest.every((one) => one.state === 'success');
  const url = `${repoApiUrl(ctx.world, ctx.repo)}/commits/${sha}`;
  return page(
    ctx,
    latest,
    (one) => renderSimpleStatus(ctx.world, ctx.view, ctx.repo, one),
    (rendered, total_count) => ({
      state: bad ? 'failure' : good ? 'success' : 'pending',
      statuses: rendered,
      sha,
      total_count,
      repository: renderRepoLite(ctx.world, ctx.view, ctx.repo),
      commit_url: url,
      url: `${url}/status`,
    }),
  );
}

export const checkRoutes: Routes = {
  'POST /repos/{owner}/{repo}/check-runs': create,
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}': (ctx) => ok(render(ctx, runIn(ctx))),
  'PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}': update,
  'GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations': (ctx) => {
    const run = runIn(ctx);
    const blob = `${repoApiUrl(ctx.world, ctx.repo)}/contents`;
    return page(ctx, run.annotations, (one) => ({
      ...one,
      blob_href: `${blob}/${one.path}?ref=${run.headSha}`,
    }));
  },
  'GET /repos/{owner}/{repo}/commits/{ref}/check-runs': forRef,
  'GET /repos/{owner}/{repo}/commits/{ref}/check-suites': suitesForRef,
  'GET /repos/{owner}/{repo}/check-suites/{check_suite_id}': async (ctx) =>
    ok(await renderSuite(ctx.world, ctx.view, ctx.repo, suiteIn(ctx))),
  'GET /repos/{owner}/{repo}/check-suites/{check_suite_id}/check-runs': (ctx) => {
    const suite = suiteIn(ctx);
    return runsPage(
      ctx,
      ctx.view.list('checkRun', (run) => run.suite === suite.id),
    );
  },
  'POST /repos/{owner}/{repo}/statuses/{sha}': setStatus,
  'GET /repos/{owner}/{repo}/commits/{ref}/status': combined,
  'GET /repos/{owner}/{repo}/commits/{ref}/statuses': statuses,
};
