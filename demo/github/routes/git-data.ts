// Git's objects and refs through the API.
import { z } from 'zod';
import { type Person, readCommit, writeBlob, writeCommit, writeTree } from '../commits.ts';
import { syncRefs } from '../deeds/refs.ts';
import { checkWorkflows } from '../deeds/workflow-guard.ts';
import type { Rendered } from '../render/accounts.ts';
import { renderGitCommit } from '../render/commits.ts';
import { repoApiUrl } from '../render/repos.ts';
import { type Ctx, created, input, noContent, ok, page, type Reply } from '../reply.ts';
import type { Routes } from '../router.ts';
import { botLogin, GitHubError, invalid, nodeId, notFound, repoOf, stamp } from '../world.ts';
import { dirOf } from './repos.ts';

export const personSchema = z.object({ name: z.string(), email: z.string(), date: z.string().optional() });
const sha40 = z.string().regex(/^[0-9a-f]{40}$/);

export function authorOf(ctx: Ctx, wish: z.output<typeof personSchema> | undefined): Person {
  const { actor } = ctx.deed;
  const date = stamp(ctx.world);
  if (wish) return { name: wish.name, email: wish.email, date: wish.date ?? date };
  return { name: actor.login, email: `${actor.id}+${actor.login}@users.noreply.github.com`, date };
}

/** GitHub signs what the App commits through the API as itself. */
export function markVerified(ctx: Ctx, sha: string): void {
  if (ctx.deed.actor.login !== botLogin(ctx.world)) return;
  const repo = repoOf(ctx.deed.tx, ctx.repo.id);
  ctx.deed.tx.put('repo', { ...repo, verifiedShas: [...repo.verifiedShas, sha] });
}

const gitUrl = (ctx: Ctx): string => `${repoApiUrl(ctx.world, ctx.repo)}/git`;

async function objectType(ctx: Ctx, sha: string): Promise<string | null> {
  if (!sha40.safeParse(sha).success) return null;
  const { code, stdout } = await ctx.world.git.run(dirOf(ctx), ['cat-file', '-t', sha], { allow: [1, 128] });
  return code === 0 ? stdout.toString().trim() : null;
}

async function mustBe(ctx: Ctx, sha: string, type: string): Promise<void> {
  if ((await objectType(ctx, sha)) !== type) throw notFound();
}

async function getBlob(ctx: Ctx): Promise<Reply> {
  const sha = ctx.params.file_sha ?? '';
  await mustBe(ctx, sha, 'blob');
  const content = (await ctx.world.git.run(dirOf(ctx), ['cat-file', 'blob', sha])).stdout;
  if (/\.raw/.test(ctx.accept)) {
    return { status: 200, raw: { type: 'application/vnd.github.v3.raw; charset=utf-8', content } };
  }
  return ok({
    sha,
    node_id: nodeId('B', ctx.repo.id, sha),
    size: content.length,
    url: `${gitUrl(ctx)}/blobs/${sha}`,
    content: content.toString('base64'),
    encoding: 'base64',
  });
}

const blobSchema = z.object({ content: z.string(), encoding: z.enum(['utf-8', 'base64']).default('utf-8') });

async function createBlob(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, blobSchema);
  const bytes = Buffer.from(wish.content, wish.encoding === 'base64' ? 'base64' : 'utf8');
  const sha = await writeBlob(ctx.world.git, dirOf(ctx), bytes);
  return created({ sha, url: `${gitUrl(ctx)}/blobs/${sha}` });
}

async function treeReply(ctx: Ctx, sha: string, recursive: boolean): Promise<Rendered> {
  const args = ['ls-tree', '-l', '-z', ...(recursive ? ['-r', '-t'] : []), sha];
  const text = await ctx.world.git.text(dirOf(ctx), args);
  const tree = text
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const tab = line.indexOf('\t');
      const [mode = '', type = '', object = '', size = ''] = line.slice(0, tab).split(/ +/);
      const sized = type === 'blob' ? { size: Number(size) } : {};
      return {
        path: line.slice(tab + 1),
        mode,
        type,
        sha: object,
        ...sized,
        url: `${gitUrl(ctx)}/${type}s/${object}`,
      };
    });
  return { sha, url: `${gitUrl(ctx)}/trees/${sha}`, tree, truncated: false };
}

async function getTree(ctx: Ctx): Promise<Reply> {
  const name = ctx.params.tree_sha ?? '';
  const commit =
    (await ctx.world.git.commitOf(dirOf(ctx), `refs/heads/${name}`)) ??
    (await ctx.world.git.commitOf(dirOf(ctx), name));
  const sha = commit === null ? name : (await readCommit(ctx.world.git, dirOf(ctx), commit)).tree;
  await mustBe(ctx, sha, 'tree');
  return ok(await treeReply(ctx, sha, ctx.query.has('recursive')));
}

const treeSchema = z.object({
  base_tree: z.string().optional(),
  tree: z
    .array(
      z.object({
        path: z.string().min(1),
        mode: z.enum(['100644', '100755', '040000', '160000', '120000']).default('100644'),
        type: z.enum(['blob', 'tree', 'commit']).optional(),
        sha: z.string().nullish(),
        content: z.string().optional(),
      }),
    )
    .min(1),
});

async function createTree(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, treeSchema);
  const { git } = ctx.world;
  const changes = [];
  for (const entry of wish.tree) {
    const sha =
      entry.content === undefined ? (entry.sha ?? null) : await writeBlob(git, dirOf(ctx), entry.content);
    if (sha !== null && (await objectType(ctx, sha)) === null) {
      throw invalid(`tree.sha ${sha} is not a valid blob`);
    }
    changes.push({ path: entry.path, mode: entry.mode, sha });
  }
  const sha = await writeTree(git, dirOf(ctx), wish.base_tree ?? null, changes);
  return created(await treeReply(ctx, sha, false));
}

const commitSchema = z.object({
  message: z.string(),
  tree: sha40,
  parents: z.array(sha40).default([]),
  author: personSchema.optional(),
  committer: personSchema.optional(),
});

async function createCommit(ctx: Ctx): Promise<Reply> {
  const wish = input(ctx, commitSchema);
  if ((await objectType(ctx, wish.tree)) !== 'tree') throw invalid('Tree SHA does not exist');
  for (const parent of wish.parents) {
    if ((await objectType(ctx, parent)) !== 'commit')
      throw invalid('Parent SHA does not exist or is not a commit object');
  }
  const author = authorOf(ctx, wish.author);
  const committer = wish.committer ? authorOf(ctx, wish.committer) : author;
  const sha = await writeCommit(ctx.world.git, dirOf(ctx), { ...wish, author, committer });
  if (!wish.author && !wish.committer) markVerified(ctx, sha);
  return created(await commitReply(ctx, sha));
}

const commitReply = async (ctx: Ctx, sha: string): Promise<Rendered> =>
  renderGitCommit(
    ctx.world,
    repoOf(ctx.deed.tx, ctx.repo.id),
    await readCommit(ctx.world.git, dirOf(ctx), sha),
  );

async function refReply(ctx: Ctx, ref: string, sha: string): Promise<Rendered> {
  const type = (await objectType(ctx, sha)) ?? 'commit';
  return {
    ref,
    node_id: nodeId('REF', ctx.repo.id, ref),
    url: `${gitUrl(ctx)}/${ref}`,
    object: { sha, type, url: `${gitUrl(ctx)}/${type}s/${sha}` },
  };
}

const presentRefs = (ctx: Ctx): Promise<Record<string, string>> => ctx.world.git.refs(dirOf(ctx));

async function getRef(ctx: Ctx): Promise<Reply> {
  const ref = `refs/${ctx.params.ref}`;
  const sha = (await presentRefs(ctx))[ref];
  if (sha === undefined) throw notFound();
  return ok(await refReply(ctx, ref, sha));
}

async function matchingRefs(ctx: Ctx): Promise<Reply> {
  const refs = Object.entries(await presentRefs(ctx));
  const found = refs.filter(([ref]) => ref.startsWith(`refs/${ctx.params.ref}`));
  return page(ctx, found, ([ref, sha]) => refReply(ctx, ref, sha));
}

async function moveRef(ctx: Ctx, ref: string, sha: string, old: string): Promise<Rendered> {
  await checkWorkflows(ctx, sha);
  await ctx.world.git.run(dirOf(ctx), ['update-ref', ref, sha, old]);
  await syncRefs(ctx.deed, ctx.repo.id);
  return refReply(ctx, ref, sha);
}

async function createRef(ctx: Ctx): Promise<Reply> {
  const { ref, sha } = input(ctx, z.object({ ref: z.string(), sha: sha40 }));
  const checked = await ctx.world.git.run(dirOf(ctx), ['check-ref-format', ref], { allow: [1] });
  if (checked.code !== 0 || !/^refs\/(heads|tags)\//.test(ref)) throw invalid('Reference name is not valid');
  if ((await presentRefs(ctx))[ref] !== undefined) throw invalid('Reference already exists');
  if ((await objectType(ctx, sha)) === null) throw invalid('Object does not exist');
  return created(await moveRef(ctx, ref, sha, '0'.repeat(40)));
}

async function updateRef(ctx: Ctx): Promise<Reply> {
  const { sha, force } = input(ctx, z.object({ sha: sha40, force: z.boolean().default(false) }));
  const ref = `refs/${ctx.params.ref}`;
  const old = (await presentRefs(ctx))[ref];
  if (old === undefined) throw invalid('Reference does not exist');
  if ((await objectType(ctx, sha)) === null) throw invalid('Object does not exist');
  if (!force && !(await ctx.world.git.isAncestor(dirOf(ctx), old, sha))) {
    throw invalid('Update is not a fast forward');
  }
  return ok(await moveRef(ctx, ref, sha, old));
}

async function deleteRef(ctx: Ctx): Promise<Reply> {
  const ref = `refs/${ctx.params.ref}`;
  if ((await presentRefs(ctx))[ref] === undefined) throw invalid('Reference does not exist');
  if (ref === `refs/heads/${ctx.repo.defaultBranch}`)
    throw new GitHubError(422, 'Cannot delete the default branch');
  await ctx.world.git.run(dirOf(ctx), ['update-ref', '-d', ref]);
  await syncRefs(ctx.deed, ctx.repo.id);
  return noContent();
}

export const gitDataRoutes: Routes = {
  'GET /repos/{owner}/{repo}/git/blobs/{file_sha}': getBlob,
  'POST /repos/{owner}/{repo}/git/blobs': createBlob,
  'GET /repos/{owner}/{repo}/git/trees/{tree_sha}': getTree,
  'POST /repos/{owner}/{repo}/git/trees': createTree,
  'GET /repos/{owner}/{repo}/git/commits/{commit_sha}': async (ctx) => {
    await mustBe(ctx, ctx.params.commit_sha ?? '', 'commit');
    return ok(await commitReply(ctx, ctx.params.commit_sha ?? ''));
  },
  'POST /repos/{owner}/{repo}/git/commits': createCommit,
  'GET /repos/{owner}/{repo}/git/ref/{ref}': getRef,
  'GET /repos/{owner}/{repo}/git/matching-refs/{ref}': matchingRefs,
  'POST /repos/{owner}/{repo}/git/refs': createRef,
  'PATCH /repos/{owner}/{repo}/git/refs/{ref}': updateRef,
  'DELETE /repos/{owner}/{repo}/git/refs/{ref}': deleteRef,
};
