// Pull requests: reading, opening, changing, merging, and what they contain.
import { z } from 'zod';
import { editIssue } from '../deeds/issues.ts';
import { mergePull, openPull, setBase, setReviewers } from '../deeds/pulls.ts';
import {
  commitsLimit,
  diffFlags,
  diffMediaFilesLimit,
  diffText,
  filesLimit,
  mergeBase,
  pullCommits,
  pullFiles,
  type Range,
} from '../pull-diff.ts';
import { type Rendered, renderLogin } from '../render/accounts.ts';
import { renderCommit } from '../render/commits.ts';
import {
  headLabel,
  isPull,
  type PullIssue,
  renderFile,
  renderFullPull,
  renderPull,
} from '../render/pulls.ts';
import { type Ctx, created, input, noContent, ok, page, type Reply, sorted } from '../reply.ts';
import type { Routes } from '../router.ts';
import { GitHubError, notFound } from '../world.ts';
import { pullIn } from './review-comments.ts';

const rangeOf = ({ pull }: PullIssue): Range => ({ base: pull.base.sha, head: pull.head.sha });
const dirOf = (ctx: Ctx): string => ctx.world.git.dirOf(ctx.repo);

function list(ctx: Ctx): Promise<Reply> {
  const state = ctx.query.get('state') ?? 'open';
  const head = ctx.query.get('head');
  const base = ctx.query.get('base');
  const found = ctx.view
    .list('issue', (issue) => issue.repo === ctx.repo.id && (state === 'all' || issue.state === state))
    .filter(isPull)
    .filter((issue) => head === null || head === headLabel(ctx.repo, issue))
    .filter(({ pull }) => base === null || base === pull.base.ref);
  return page(ctx, sorted(ctx, found, 'desc'), (issue) => renderPull(ctx.world, ctx.view, ctx.repo, issue));
}

async function get(ctx: Ctx): Promise<Reply> {
  const issue = pullIn(ctx);
  const media = /application\/vnd\.github(?:\.v3)?\.(diff|patch)/.exec(ctx.accept)?.[1];
  if (media === 'diff' || media === 'patch') return rawDiff(ctx, issue, media);
  return ok(await renderFullPull(ctx.world, ctx.view, ctx.repo, issue));
}

async function rawDiff(ctx: Ctx, issue: PullIssue, media: 'diff' | 'patch'): Promise<Reply> {
  const { git } = ctx.world;
  const range = rangeOf(issue);
  const files = await pullFiles(git, dirOf(ctx), range);
  if (files.length > diffMediaFilesLimit) {
    throw new GitHubError(
      406,
      `Sorry, the diff exceeded the maximum number of files (${diffMediaFilesLimit}). Consider using 'List pull requests files' API or locally cloning the repository instead.`,
      [{ resource: 'PullRequest', field: 'diff', code: 'too_large' }],
    );
  }
  const content =
    media === 'diff'
      ? await diffText(git, dirOf(ctx), await mergeBase(git, dirOf(ctx), range), range.head)
      : await git.text(dirOf(ctx), [
          'format-patch',
          '--stdout',
          ...diffFlags,
          `${range.base}..${range.head}`,
        ]);
  return { status: 200, raw: { type: `application/vnd.github.v3.${media}; charset=utf-8`, content } };
}

const newPullSchema = z.object({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
  maintainer_can_modify: z.boolean().optional(),
});

async function create(ctx: Ctx): Promise<Reply> {
  const { maintainer_can_modify: maintainerCanModify, ...wish } = input(ctx, newPullSchema);
  const issue = await openPull(ctx.deed, ctx.repo, { ...wish, maintainerCanModify });
  return created(await renderFullPull(ctx.world, ctx.view, ctx.repo, issue));
}

const pullChangeSchema = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
  base: z.string().optional(),
});

async function update(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, pullChangeSchema);
  let issue = pullIn(ctx);
  if (wish.base !== undefined) issue = await setBase(ctx.deed, issue, wish.base);
  await editIssue(ctx.deed, issue, { title: wish.title, body: wish.body, state: wish.state });
  return ok(await renderFullPull(ctx.world, ctx.view, ctx.repo, pullIn({ ...ctx, view: ctx.deed.tx })));
}

async function files(ctx: Ctx): Promise<Reply> {
  const issue = pullIn(ctx);
  const all = await pullFiles(ctx.world.git, dirOf(ctx), rangeOf(issue));
  return page(ctx, all.slice(0, filesLimit), (file) =>
    renderFile(ctx.world, ctx.repo, issue.pull.head.sha, file),
  );
}

async function commits(ctx: Ctx): Promise<Reply> {
  const all = await pullCommits(ctx.world.git, dirOf(ctx), rangeOf(pullIn(ctx)));
  return page(ctx, all.slice(0, commitsLimit), (commit) =>
    renderCommit(ctx.world, ctx.view, ctx.repo, commit),
  );
}

const reviewersSchema = z.object({ reviewers: z.array(z.string()).default([]) });

async function changeReviewers(ctx: Ctx, add: boolean): Promise<Reply> {
  const { reviewers } = input(ctx, reviewersSchema);
  const next = await setReviewers(ctx.deed, pullIn(ctx), reviewers, add);
  const body: Rendered = renderPull(ctx.world, ctx.view, ctx.repo, next);
  return add ? created(body) : ok(body);
}

const mergeSchema = z.object({
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
});

async function merge(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, mergeSchema);
  const sha = await mergePull(ctx.deed, pullIn(ctx), {
    method: wish.merge_method,
    title: wish.commit_title,
    message: wish.commit_message,
    sha: wish.sha,
  });
  return ok({ sha, merged: true, message: 'Pull Request successfully merged' });
}

export const pullRoutes: Routes = {
  'GET /repos/{owner}/{repo}/pulls': list,
  'POST /repos/{owner}/{repo}/pulls': create,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}': get,
  'PATCH /repos/{owner}/{repo}/pulls/{pull_number}': update,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/files': files,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/commits': commits,
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': (ctx) =>
    ok({
      users: pullIn(ctx).pull.reviewers.map((login) => renderLogin(ctx.world, ctx.view, login)),
      teams: [],
    }),
  'POST /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': (ctx) => changeReviewers(ctx, true),
  'DELETE /repos/{owner}/{repo}/pulls/{pull_number}/requested_reviewers': (ctx) =>
    changeReviewers(ctx, false),
  'GET /repos/{owner}/{repo}/pulls/{pull_number}/merge': (ctx) => {
    if (pullIn(ctx).pull.mergedAt === null) throw notFound();
    return noContent();
  },
  'PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge': merge,
  'GET /repos/{owner}/{repo}/commits/{commit_sha}/pulls': async (ctx) => {
    const sha = await ctx.world.git.commitOf(dirOf(ctx), ctx.params.commit_sha ?? '');
    const all = ctx.view.list('issue', (issue) => issue.repo === ctx.repo.id).filter(isPull);
    const found = all.filter(({ pull }) => pull.head.sha === sha || pull.mergeSha === sha);
    return page(ctx, found, (issue) => renderPull(ctx.world, ctx.view, ctx.repo, issue));
  },
};
