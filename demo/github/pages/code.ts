// The pages of the code: a commit with its diff, the files at a branch's head, and one file.
import { html } from 'hono/html';
import { readCommit } from '../commits.ts';
import { diffFiles } from '../pull-diff.ts';
import type { RepoDoc } from '../records.ts';
import type { World } from '../world.ts';
import { fileDiff } from './diff-view.ts';
import { type Html, layout, repoHead, verified } from './layout.ts';

const diffFilesShown = 300;
const treeFilesShown = 5_000;
const fileBytesShown = 1024 * 1024;
/** What git calls the tree without a file: the side before a first commit. */
const emptyTree = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** Null when there is no such commit. */
export async function commitPage(world: World, repo: RepoDoc, name: string): Promise<Html | null> {
  const dir = world.git.dirOf(repo);
  const sha = await world.git.commitOf(dir, name);
  if (sha === null) return null;
  const commit = await readCommit(world.git, dir, sha);
  const files = await diffFiles(world.git, dir, commit.parents[0] ?? emptyTree, sha);
  const [title = '', ...rest] = commit.message.split('\n');
  const body = rest.join('\n').trim();
  const path = `/${repo.owner}/${repo.name}`;
  return layout(
    `${title} · ${repo.owner}/${repo.name}@${sha.slice(0, 7)}`,
    html`${repoHead(repo, 'code')}<h2>${title}</h2>${body === '' ? '' : html`<pre>${body}</pre>`}
<p class="dim"><strong>${commit.author.name}</strong> ${commit.author.date} ${verified(repo, sha)} · commit <code>${sha}</code> ·
parents ${commit.parents.map((parent) => html`<a href="${path}/commit/${parent}"><code>${parent.slice(0, 7)}</code></a> `)}·
<a href="${path}/tree/${sha}">Files</a></p>
<h2>${files.length} changed ${files.length === 1 ? 'file' : 'files'}</h2>
${files.slice(0, diffFilesShown).map((file) => fileDiff(world, file, []))}${leftOut(files.length, diffFilesShown)}`,
  );
}

/** `place` is a branch, a tag or a commit, and perhaps a folder below it; null when it is none. */
export async function treePage(world: World, repo: RepoDoc, place: string): Promise<Html | null> {
  const found = await resolve(world, repo, place);
  if (found === null) return null;
  const paths = await pathsOf(world, repo, found);
  if (paths.length === 0 && found.path !== '') return null;
  const path = `/${repo.owner}/${repo.name}`;
  return layout(
    `${repo.owner}/${repo.name} at ${place}`,
    html`${repoHead(repo, 'code')}<p><code>${place}</code> at
<a href="${path}/commit/${found.sha}"><code>${found.sha.slice(0, 7)}</code></a></p>
<div class="box">${paths
      .slice(0, treeFilesShown)
      .map(
        (file) =>
          html`<div class="row"><a href="${path}/blob/${encoded(found.ref)}/${encoded(file)}">${file}</a></div>`,
      )}${leftOut(paths.length, treeFilesShown)}</div>`,
  );
}

/** Null when there is no such file. */
export async function blobPage(world: World, repo: RepoDoc, place: string): Promise<Html | null> {
  const found = await resolve(world, repo, place);
  if (found === null || !(await pathsOf(world, repo, found)).includes(found.path)) return null;
  const dir = world.git.dirOf(repo);
  const content = (await world.git.run(dir, ['cat-file', 'blob', `${found.sha}:${found.path}`])).stdout;
  const shown = content.subarray(0, fileBytesShown);
  const lines = shown.toString('utf8').replace(/\n$/, '').split('\n');
  const body = shown.includes(0)
    ? html`<div class="row dim">Binary file</div>`
    : html`<table class="diff">${lines.map((line, at) => html`<tr id="L${at + 1}"><td class="num">${at + 1}</td><td>${line}</td></tr>`)}</table>`;
  const path = `/${repo.owner}/${repo.name}`;
  return layout(
    `${found.path} at ${found.ref}`,
    html`${repoHead(repo, 'code')}<p><a href="${path}/tree/${encoded(found.ref)}"><code>${found.ref}</code></a></p>
<div class="box"><div class="head"><strong>${found.path}</strong><span class="dim">${content.length} bytes</span></div>
${body}${content.length > fileBytesShown ? html`<div class="row dim">Only its first ${fileBytesShown} bytes are shown.</div>` : ''}</div>`,
  );
}

interface Place {
  readonly ref: string;
  readonly sha: string;
  /** '' is the root. */
  readonly path: string;
}

/** A branch's name may hold slashes, so the longest one that fits is meant. */
async function resolve(world: World, repo: RepoDoc, place: string): Promise<Place | null> {
  const names = Object.keys(repo.refs).map((ref) => ref.replace(/^refs\/(?:heads|tags)\//, ''));
  const [first = ''] = place.split('/');
  const fitting = names.filter((name) => place === name || place.startsWith(`${name}/`));
  const ref =
    fitting.sort((a, b) => b.length - a.length)[0] ?? (/^[0-9a-f]{7,40}$/.test(first) ? first : null);
  if (ref === null) return null;
  const sha =
    repo.refs[`refs/heads/${ref}`] ??
    repo.refs[`refs/tags/${ref}`] ??
    (await world.git.commitOf(world.git.dirOf(repo), ref));
  return sha === null ? null : { ref, sha, path: place.slice(ref.length + 1).replace(/\/+$/, '') };
}

async function pathsOf(world: World, repo: RepoDoc, { sha, path }: Place): Promise<readonly string[]> {
  const below = path === '' ? [] : ['--', `:(literal)${path}`];
  const text = await world.git.text(world.git.dirOf(repo), [
    'ls-tree',
    '-r',
    '-z',
    '--name-only',
    sha,
    ...below,
  ]);
  return text.split('\0').filter((line) => line !== '');
}

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

function leftOut(count: number, shown: number): Html | string {
  return count > shown ? html`<div class="row dim">${count - shown} more are not shown.</div>` : '';
}
