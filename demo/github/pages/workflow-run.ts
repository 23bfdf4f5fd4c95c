// The pages of a workflow run and of one of its jobs.
import { html } from 'hono/html';
import { latestJobs } from '../deeds/workflow-runs.ts';
import type { RepoDoc } from '../records.ts';
import type { World } from '../world.ts';
import { type Html, layout, repoHead } from './layout.ts';

const logCharsShown = 100_000;

/** Null when the repository has no such run. */
export function workflowRunPage(world: World, repo: RepoDoc, id: number): Html | null {
  const run = world.store.get('workflowRun', id);
  if (run === undefined || run.repo !== repo.id) return null;
  const path = `/${repo.owner}/${repo.name}`;
  const rows = latestJobs(world.store, run).map(
    (job) =>
      html`<div class="row"><strong class="${job.conclusion ?? ''}">${job.conclusion ?? job.status}</strong> <a href="${path}/actions/runs/${run.id}/job/${job.id}">${job.name}</a></div>`,
  );
  return layout(
    `${run.name} · ${repo.owner}/${repo.name}`,
    html`${repoHead(repo, 'code')}<h2><strong class="${run.conclusion ?? ''}">${run.conclusion ?? run.status}</strong> ${run.name}</h2>
<p class="dim">attempt ${run.runAttempt}, on <a href="${path}/commit/${run.headSha}"><code>${run.headSha.slice(0, 7)}</code></a></p>
<div class="box">${rows}</div>`,
  );
}

/** Null when the repository has no such job. */
export function jobPage(world: World, repo: RepoDoc, id: number): Html | null {
  const job = world.store.get('job', id);
  if (job === undefined || job.repo !== repo.id) return null;
  const more = job.log.length - logCharsShown;
  return layout(
    `${job.name} · ${repo.owner}/${repo.name}`,
    html`${repoHead(repo, 'code')}<h2><strong class="${job.conclusion ?? ''}">${job.conclusion ?? job.status}</strong> ${job.name}</h2>
<p class="dim">a job of <a href="/${repo.owner}/${repo.name}/actions/runs/${job.run}">this run</a></p>
<pre>${job.log.slice(0, logCharsShown)}</pre>${more > 0 ? html`<p class="dim">${more} more characters are not shown.</p>` : ''}`,
  );
}
