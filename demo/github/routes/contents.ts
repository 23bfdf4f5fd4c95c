// Files of a repository through the contents API.
import { z } from 'zod';
import { readCommit, writeBlob, writeCommit, writeTree } from '../commits.ts';
import { syncRefs } from '../deeds/refs.ts';
import { checkWorkflows } from '../deeds/workflow-guard.ts';
import type { Rendered } from '../render/accounts.ts';
import { renderGitCommit } from '../render/commits.ts';
import { repoApiUrl, repoHtmlUrl } from '../render/repos.ts';
import { type Ctx, input, ok, type Reply } from '../reply.ts';
import type { Routes } from '../router.ts';
import { GitHubError, notFound, repoOf } from '../world.ts';
import { authorOf, markVerified, personSchema } from './git-data.ts';
import { dirOf } from './repos.ts';

interface Entry {
  readonly mode: string;
  readonly type: string;
  readonly sha: string;
  readonly size: number;
  readonly path: string;
}

async function entries(ctx: Ctx, sha: string, path: string): Promise<Entry[]> {
  const text = await ctx.world.git.text(dirOf(ctx), [
    'ls-tree',
    '-l',
    '-z',
    sha,
    ...(path === '' ? [] : ['--', path]),
  ]);
  return text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', blob = '', size = '0'] = line.slice(0, tab).split(/ +/);
      return { mode, type, sha: blob, size: Number(size) || 0, path: line.slice(tab + 1) };
    });
}

async function commitAt(ctx: Ctx, ref: string): Promise<string> {
  const { git } = ctx.world;
  const sha = (await git.commitOf(dirOf(ctx), `refs/heads/${ref}`)) ?? (await git.commitOf(dirOf(ctx), ref));
  if (sha === null) throw new GitHubError(404, `No commit found for the ref ${ref}`);
  return sha;
}

const typeOf = (entry: Entry): string => {
  if (entry.type === 'tree') return 'dir';
  if (entry.type === 'commit') return 'submodule';
  return entry.mode === '120000' ? 'symlink' : 'file';
};

function renderEntry(ctx: Ctx, ref: string, entry: Entry): Rendered {
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const url = `${repoApiUrl(ctx.world, ctx.repo)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const kind = entry.type === 'tree' ? 'tree' : 'blob';
  const git = `${repoApiUrl(ctx.world, ctx.repo)}/git/${kind}s/${entry.sha}`;
  const html = `${repoHtmlUrl(ctx.world, ctx.repo)}/${kind}/${ref}/${path}`;
  return {
    name: entry.path.split('/').at(-1) ?? '',
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url,
    html_url: html,
    git_url: git,
    download_url: entry.type === 'blob' ? `${repoHtmlUrl(ctx.world, ctx.repo)}/raw/${ref}/${path}` : null,
    type: typeOf(entry),
    _links: { self: url, git, html },
  };
}

async function get(ctx: Ctx): Promise<Reply> {
  const ref = ctx.query.get('ref') ?? ctx.repo.defaultBranch;
  const path = (ctx.params.path ?? '').replace(/^\/+|\/+$/g, '');
  const sha = await commitAt(ctx, ref);
  if (path !== '') {
    const [entry] = await entries(ctx, sha, path);
    if (!entry) throw notFound();
    if (entry.type !== 'tree') return fileReply(ctx, ref, entry);
  }
  const children = await entries(ctx, sha, path === '' ? '' : `${path}/`);
  return ok(children.map((entry) => renderEntry(ctx, ref, entry)));
}

async function fileReply(ctx: Ctx, ref: string, entry: Entry): Promise<Reply> {
  const content = (await ctx.world.git.run(dirOf(ctx), ['cat-file', 'blob', entry.sha])).stdout;
  if (/application\/vnd\.github(?:\.v3)?\.raw/.test(ctx.accept)) {
    return { status: 200, raw: { type: 'application/vnd.github.v3.raw; charset=utf-8', content } };
  }
  const text = content.toString('base64').replace(/.{1,60}/g, '$&\n');
  return ok({ ...renderEntry(ctx, ref, entry), content: text, encoding: 'base64' });
}

const putSchema = z.object({
  message: z.string(),
  content: z.string(),
  sha: z.string().optional(),
  branch: z.string().optional(),
  author: personSchema.optional(),
  committer: personSchema.optional(),
});

async function put(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, putSchema);
  const { git } = ctx.world;
  const path = ctx.params.path ?? '';
  const branch = wish.branch ?? ctx.repo.defaultBranch;
  const parent = await git.commitOf(dirOf(ctx), `refs/heads/${branch}`);
  if (parent === null) throw new GitHubError(404, `Branch ${branch} not found`);
  const [known] = await entries(ctx, parent, path);
  if (known && wish.sha === undefined) {
    throw new GitHubError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  }
  if (wish.sha !== undefined && known?.sha !== wish.sha) {
    throw new GitHubError(409, `${path} does not match ${wish.sha}`);
  }
  const blob = await writeBlob(git, dirOf(ctx), Buffer.from(wish.content, 'base64'));
  const tree = await writeTree(git, dirOf(ctx), parent, [{ path, mode: known?.mode ?? '100644', sha: blob }]);
  const author = authorOf(ctx, wish.author ?? wish.committer);
  const commit = await writeCommit(git, dirOf(ctx), {
    tree,
    parents: [parent],
    author,
    committer: wish.committer ? authorOf(ctx, wish.committer) : author,
    message: wish.message,
  });
  await checkWorkflows(ctx, commit);
  if (!wish.author && !wish.committer) markVerified(ctx, commit);
  await git.run(dirOf(ctx), ['update-ref', `refs/heads/${branch}`, commit, parent]);
  await syncRefs(ctx.deed, ctx.repo.id);
  const [entry] = await entries(ctx, commit, path);
  if (!entry) throw new Error(`${path} is not in the commit just written`);
  const repo = repoOf(ctx.deed.tx, ctx.repo.id);
  return {
    status: known ? 200 : 201,
    body: {
      content: renderEntry(ctx, branch, entry),
      commit: renderGitCommit(ctx.world, repo, await readCommit(git, dirOf(ctx), commit)),
    },
  };
}

const readmeNames = ['README.md', 'readme.md', 'README', 'README.txt'];

export const contentRoutes: Routes = {
  'GET /repos/{owner}/{repo}/contents/{path}': get,
  'PUT /repos/{owner}/{repo}/contents/{path}': put,
  'GET /repos/{owner}/{repo}/readme': async (ctx) => {
    const ref = ctx.query.get('ref') ?? ctx.repo.defaultBranch;
    const sha = await commitAt(ctx, ref);
    const found = (await entries(ctx, sha, '')).find((entry) => readmeNames.includes(entry.path));
    if (!found) throw notFound();
    return fileReply(ctx, ref, found);
  },
};
