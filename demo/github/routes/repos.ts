// A repository, its branches, commits, comparisons and collaborators.
import { readCommit, readCommits } from '../commits.ts';
import { atLeast, roleOf } from '../permissions.ts';
import { diffFiles, diffFlags, diffText, filesLimit, mergeBase } from '../pull-diff.ts';
import type { Role } from '../records.ts';
import { roles } from '../records.ts';
import { type Rendered, renderUser } from '../render/accounts.ts';
import { renderCommit } from '../render/commits.ts';
import { renderFile } from '../render/pulls.ts';
import { renderFullRepo, repoApiUrl, repoHtmlUrl } from '../render/repos.ts';
import { type Ctx, noContent, ok, page, type Reply } from '../reply.ts';
import type { Routes } from '../router.ts';
import { findUser, GitHubError, invalid, notFound } from '../world.ts';

export const dirOf = (ctx: Ctx): string => ctx.world.git.dirOf(ctx.repo);
const commitsReadLimit = 10_000;
const comparedCommitsLimit = 250;

const branchesOf = (ctx: Ctx): { name: string; sha: string }[] =>
  Object.entries(ctx.repo.refs)
    .filter(([ref]) => ref.startsWith('refs/heads/'))
    .map(([ref, sha]) => ({ name: ref.slice('refs/heads/'.length), sha }));

function listBranches(ctx: Ctx): Promise<Reply> {
  return page(ctx, branchesOf(ctx), ({ name, sha }) => ({
    name,
    commit: { sha, url: `${repoApiUrl(ctx.world, ctx.repo)}/commits/${sha}` },
    protected: false,
  }));
}

async function getBranch(ctx: Ctx): Promise<Reply> {
  const branch = branchesOf(ctx).find((one) => one.name === ctx.params.branch);
  if (!branch) throw new GitHubError(404, 'Branch not found');
  const url = `${repoApiUrl(ctx.world, ctx.repo)}/branches/${branch.name}`;
  const commit = await readCommit(ctx.world.git, dirOf(ctx), branch.sha);
  return ok({
    name: branch.name,
    commit: renderCommit(ctx.world, ctx.view, ctx.repo, commit),
    _links: { self: url, html: `${repoHtmlUrl(ctx.world, ctx.repo)}/tree/${branch.name}` },
    protected: false,
    protection: {
      enabled: false,
      required_status_checks: { enforcement_level: 'off', contexts: [], checks: [] },
    },
    protection_url: `${url}/protection`,
  });
}

/** A branch, tag or commit name as a commit, or GitHub's 422. */
export async function shaOf(ctx: Ctx, name: string): Promise<string> {
  const { git } = ctx.world;
  const sha =
    (await git.commitOf(dirOf(ctx), `refs/heads/${name}`)) ??
    (await git.commitOf(dirOf(ctx), `refs/tags/${name}`)) ??
    (await git.commitOf(dirOf(ctx), name.startsWith('heads/') ? `refs/${name}` : name));
  if (sha === null) throw invalid(`No commit found for SHA: ${name}`);
  return sha;
}

async function listCommits(ctx: Ctx): Promise<Reply> {
  const sha = await shaOf(ctx, ctx.query.get('sha') ?? ctx.repo.defaultBranch);
  const filters = [
    ...['since', 'until', 'author'].flatMap((name) => {
      const value = ctx.query.get(name);
      return value === null ? [] : [`--${name}=${value}`];
    }),
  ];
  const path = ctx.query.get('path');
  const text =
    path === null ? null : await ctx.world.git.text(dirOf(ctx), ['rev-list', ...filters, sha, '--', path]);
  const commits =
    text === null
      ? await readCommits(ctx.world.git, dirOf(ctx), [...filters, sha], commitsReadLimit)
      : await Promise.all(
          text
            .split('\n')
            .filter((line) => line !== '')
            .map((one) => readCommit(ctx.world.git, dirOf(ctx), one)),
        );
  return page(ctx, commits, (commit) => renderCommit(ctx.world, ctx.view, ctx.repo, commit));
}

async function getCommit(ctx: Ctx): Promise<Reply> {
  const { git } = ctx.world;
  const sha = await shaOf(ctx, ctx.params.ref ?? '');
  if (/\.sha(\+json)?/.test(ctx.accept)) {
    return { status: 200, raw: { type: 'application/vnd.github.sha; charset=utf-8', content: sha } };
  }
  const media = /application\/vnd\.github(?:\.v3)?\.(diff|patch)/.exec(ctx.accept)?.[1];
  const commit = await readCommit(git, dirOf(ctx), sha);
  const parent = commit.parents[0] ?? emptyTree;
  if (media) {
    const content =
      media === 'diff'
        ? await diffText(git, dirOf(ctx), parent, sha)
        : await git.text(dirOf(ctx), ['format-patch', '-1', '--stdout', ...diffFlags, sha]);
    return { status: 200, raw: { type: `application/vnd.github.v3.${media}; charset=utf-8`, content } };
  }
  const files = await diffFiles(git, dirOf(ctx), parent, sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return ok({
    ...renderCommit(ctx.world, ctx.view, ctx.repo, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: files.slice(0, filesLimit).map((file) => renderFile(ctx.world, ctx.repo, sha, file)),
  });
}

/** git knows the empty tree by this name without it being stored. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

async function compare(ctx: Ctx): Promise<Reply> {
  const { git } = ctx.world;
  const [left = '', right = ''] = (ctx.params.basehead ?? '').split('...', 2);
  const [base, head] = await Promise.all([shaOf(ctx, left), shaOf(ctx, right)]);
  const fork = await mergeBase(git, dirOf(ctx), { base, head });
  if (/application\/vnd\.github(?:\.v3)?\.diff/.test(ctx.accept)) {
    const content = await diffText(git, dirOf(ctx), fork, head);
    return { status: 200, raw: { type: 'application/vnd.github.v3.diff; charset=utf-8', content } };
  }
  const [ahead, behind, files] = await Promise.all([
    readCommits(git, dirOf(ctx), [`${base}..${head}`], commitsReadLimit),
    readCommits(git, dirOf(ctx), [`${head}..${base}`], commitsReadLimit),
    diffFiles(git, dirOf(ctx), fork, head),
  ]);
  const html = `${repoHtmlUrl(ctx.world, ctx.repo)}/compare/${left}...${right}`;
  const render = async (sha: string): Promise<Rendered> =>
    renderCommit(ctx.world, ctx.view, ctx.repo, await readCommit(git, dirOf(ctx), sha));
  return ok({
    url: ctx.url,
    html_url: html,
    permalink_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    base_commit: await render(base),
    merge_base_commit: await render(fork),
    status: compared(ahead.length, behind.length),
    ahead_by: ahead.length,
    behind_by: behind.length,
    total_commits: ahead.length,
    commits: ahead
      .reverse()
      .slice(0, comparedCommitsLimit)
      .map((commit) => renderCommit(ctx.world, ctx.view, ctx.repo, commit)),
    files: files.slice(0, 300).map((file) => renderFile(ctx.world, ctx.repo, head, file)),
  });
}

function compared(ahead: number, behind: number): string {
  if (ahead === 0) return behind === 0 ? 'identical' : 'behind';
  return behind === 0 ? 'ahead' : 'diverged';
}

function permissionsFor(role: Role): Rendered {
  const names = {
    pull: 'read',
    triage: 'triage',
    push: 'write',
    maintain: 'maintain',
    admin: 'admin',
  } as const;
  return Object.fromEntries(Object.entries(names).map(([name, level]) => [name, atLeast(role, level)]));
}

function listCollaborators(ctx: Ctx): Promise<Reply> {
  const logins = [ctx.repo.owner, ...Object.keys(ctx.repo.collaborators)];
  const people = [...new Set(logins)].flatMap((login) => {
    const user = findUser(ctx.view, login);
    return user?.type === 'User' && roleOf(ctx.repo, login) !== 'none' ? [user] : [];
  });
  return page(ctx, people, (user) => {
    const role = roleOf(ctx.repo, user.login);
    return { ...renderUser(ctx.world, user), permissions: permissionsFor(role), role_name: role };
  });
}

/** `permission` knows four levels: maintain counts as write and triage as read. `role_name` tells them apart. */
function collaboratorPermission(ctx: Ctx): Reply {
  const user = findUser(ctx.view, ctx.params.username ?? '');
  if (!user) throw new GitHubError(404, `${ctx.params.username} is not a user`);
  const known = roleOf(ctx.repo, user.login);
  const role = known === 'none' && !ctx.repo.private ? 'read' : known;
  const legacy = role === 'maintain' ? 'write' : role === 'triage' ? 'read' : role;
  const account = { ...renderUser(ctx.world, user), permissions: permissionsFor(role), role_name: role };
  return ok({ permission: legacy, role_name: roles.includes(role) ? role : 'none', user: account });
}

export const repoRoutes: Routes = {
  'GET /repos/{owner}/{repo}': (ctx) => ok(renderFullRepo(ctx.world, ctx.view, ctx.repo)),
  'GET /repos/{owner}/{repo}/branches': listBranches,
  'GET /repos/{owner}/{repo}/branches/{branch}': getBranch,
  'GET /repos/{owner}/{repo}/commits': listCommits,
  'GET /repos/{owner}/{repo}/commits/{ref}': getCommit,
  'GET /repos/{owner}/{repo}/compare/{basehead}': compare,
  'GET /repos/{owner}/{repo}/languages': () => ok({}),
  'GET /repos/{owner}/{repo}/collaborators': listCollaborators,
  'GET /repos/{owner}/{repo}/collaborators/{username}': (ctx) => {
    if (roleOf(ctx.repo, ctx.params.username ?? '') === 'none') throw notFound();
    return noContent();
  },
  'GET /repos/{owner}/{repo}/collaborators/{username}/permission': collaboratorPermission,
};
