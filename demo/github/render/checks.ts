// Check runs, check suites, statuses as GitHub's JSON.
import { readCommit } from '../commits.ts';
import type { RepoDoc } from '../records.ts';
import type { CheckRunDoc, CheckSuiteDoc, StatusDoc } from '../records-ci.ts';
import type { View } from '../state.ts';
import { nodeId, userOf, type World } from '../world.ts';
import { type Rendered, renderApp, renderUser } from './accounts.ts';
import { renderSimpleCommit } from './commits.ts';
import { openPullsAt, renderPullRef } from './pulls.ts';
import { renderRepoLite, repoApiUrl, repoHtmlUrl } from './repos.ts';

/** A check made by people's side stands for another App, whose description differs in id and name only. */
function checkApp(world: World, view: View, slug: string): Rendered {
  const app = renderApp(world, view);
  if (slug === world.app.slug) return app;
  const html = `${world.urls.html}/apps/${slug}`;
  return {
    ...app,
    id: 15_368,
    slug,
    name: slug,
    node_id: nodeId('A', slug),
    html_url: html,
    external_url: html,
  };
}

interface SuiteState {
  readonly status: 'queued' | 'in_progress' | 'completed';
  readonly conclusion: string | null;
  readonly runs: number;
}

const worstFirst = [
  'failure',
  'timed_out',
  'cancelled',
  'action_required',
  'stale',
  'success',
  'neutral',
  'skipped',
];

/** A suite is done when its runs are, and ends as its worst run did. */
export function suiteState(view: View, suite: CheckSuiteDoc): SuiteState {
  // A job that was run again counts as it ended last.
  const named = view.list('checkRun', (run) => run.suite === suite.id).map((run) => [run.name, run] as const);
  const runs = [...new Map(named).values()];
  if (runs.length === 0) return { status: 'queued', conclusion: null, runs: 0 };
  if (runs.some((run) => run.status !== 'completed')) {
    const started = runs.some((run) => run.status !== 'queued');
    return { status: started ? 'in_progress' : 'queued', conclusion: null, runs: runs.length };
  }
  const conclusion = worstFirst.find((one) => runs.some((run) => run.conclusion === one)) ?? 'neutral';
  return {
    status: 'completed',
    conclusion: conclusion === 'skipped' ? 'neutral' : conclusion,
    runs: runs.length,
  };
}

function suiteBase(world: World, view: View, repo: RepoDoc, suite: CheckSuiteDoc): Rendered {
  const { status, conclusion } = suiteState(view, suite);
  return {
    id: suite.id,
    node_id: nodeId('CS', suite.id),
    head_branch: suite.headBranch,
    head_sha: suite.headSha,
    status,
    conclusion,
    url: `${repoApiUrl(world, repo)}/check-suites/${suite.id}`,
    before: suite.before,
    after: suite.headSha,
    pull_requests: openPullsAt(view, repo, suite.headSha).map((pull) => renderPullRef(world, repo, pull)),
    app: checkApp(world, view, suite.app),
    created_at: suite.createdAt,
    updated_at: suite.updatedAt,
  };
}

export async function renderHookSuite(
  world: World,
  view: View,
  repo: RepoDoc,
  suite: CheckSuiteDoc,
): Promise<Rendered> {
  return {
    ...suiteBase(world, view, repo, suite),
    latest_check_runs_count: suiteState(view, suite).runs,
    check_runs_url: `${repoApiUrl(world, repo)}/check-suites/${suite.id}/check-runs`,
    head_commit: renderSimpleCommit(await readCommit(world.git, world.git.dirOf(repo), suite.headSha)),
  };
}

export async function renderSuite(
  world: World,
  view: View,
  repo: RepoDoc,
  suite: CheckSuiteDoc,
): Promise<Rendered> {
  return {
    ...(await renderHookSuite(world, view, repo, suite)),
    repository: renderRepoLite(world, view, repo),
    rerequestable: true,
    runs_rerequestable: true,
  };
}

export function renderCheckRun(world: World, view: View, repo: RepoDoc, run: CheckRunDoc): Rendered {
  const url = `${repoApiUrl(world, repo)}/check-runs/${run.id}`;
  const html = `${repoHtmlUrl(world, repo)}/runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    name: run.name,
    external_id: run.externalId,
    url,
    html_url: html,
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite },
    app: checkApp(world, view, run.app),
    pull_requests: openPullsAt(view, repo, run.headSha).map((pull) => renderPullRef(world, repo, pull)),
  };
}

export function renderHookCheckRun(world: World, view: View, repo: RepoDoc, run: CheckRunDoc): Rendered {
  const suite = view.get('checkSuite', run.suite);
  if (!suite) throw new Error(`check run ${run.id} has no suite`);
  return { ...renderCheckRun(world, view, repo, run), check_suite: suiteBase(world, view, repo, suite) };
}

export function renderStatus(world: World, view: View, repo: RepoDoc, status: StatusDoc): Rendered {
  const creator = renderUser(world, userOf(view, status.user));
  return { ...renderSimpleStatus(world, view, repo, status), creator };
}

export function renderSimpleStatus(world: World, view: View, repo: RepoDoc, status: StatusDoc): Rendered {
  return {
    url: `${repoApiUrl(world, repo)}/statuses/${status.sha}`,
    avatar_url: renderUser(world, userOf(view, status.user)).avatar_url,
    id: status.id,
    node_id: nodeId('SC', status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: status.createdAt,
    updated_at: status.createdAt,
  };
}
