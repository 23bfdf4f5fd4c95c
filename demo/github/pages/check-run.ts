// The page of a check run: its outcome, what it says, and its annotations.
import { html } from 'hono/html';
import type { RepoDoc } from '../records.ts';
import type { AnnotationPart, CheckRunDoc } from '../records-ci.ts';
import type { World } from '../world.ts';
import { type Html, layout, repoHead } from './layout.ts';
import { markdown } from './markdown.ts';

/** Null when the repository has no such run. */
export function checkRunPage(world: World, repo: RepoDoc, id: number): Html | null {
  const run = world.store.get('checkRun', id);
  return run === undefined || run.repo !== repo.id ? null : view(repo, run);
}

function view(repo: RepoDoc, run: CheckRunDoc): Html {
  const path = `/${repo.owner}/${repo.name}`;
  return layout(
    `${run.name} · ${repo.owner}/${repo.name}`,
    html`${repoHead(repo, 'code')}<h2><strong class="${run.conclusion ?? ''}">${run.conclusion ?? run.status}</strong> ${run.name}</h2>
<p class="dim">by ${run.app} on <a href="${path}/commit/${run.headSha}"><code>${run.headSha.slice(0, 7)}</code></a>,
started ${run.startedAt}${run.completedAt === null ? '' : `, completed ${run.completedAt}`}</p>
<div class="box"><div class="head"><strong>${run.title ?? 'No title'}</strong></div>
<div class="body">${markdown(run.summary)}${markdown(run.text)}</div></div>
${run.annotations.length === 0 ? '' : html`<h2>Annotations</h2>`}
${run.annotations.map((one) => annotation(path, run.headSha, one))}`,
  );
}

function annotation(path: string, sha: string, one: AnnotationPart): Html {
  const lines =
    one.start_line === one.end_line ? `line ${one.start_line}` : `lines ${one.start_line} to ${one.end_line}`;
  const file = one.path.split('/').map(encodeURIComponent).join('/');
  return html`<div class="box"><div class="head"><strong class="${one.annotation_level}">${one.annotation_level}</strong>
<a href="${path}/blob/${sha}/${file}#L${one.start_line}"><code>${one.path}</code></a> <span class="dim">${lines}</span></div>
<div class="body">${one.title === null ? '' : html`<strong>${one.title}</strong>`}<pre>${one.message}</pre>${one.raw_details === null ? '' : html`<pre>${one.raw_details}</pre>`}</div></div>`;
}
