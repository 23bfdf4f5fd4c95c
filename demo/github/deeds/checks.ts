// Check suites, check runs and commit statuses.
import { readCommit } from '../commits.ts';
import type { RepoDoc } from '../records.ts';
import type { AnnotationPart, CheckRunDoc, CheckSuiteDoc, StatusDoc } from '../records-ci.ts';
import { renderHookCheckRun, renderHookSuite, suiteState } from '../render/checks.ts';
import { renderCommit } from '../render/commits.ts';
import { repoApiUrl } from '../render/repos.ts';
import { type Deed, GitHubError, invalid, repoOf, stamp } from '../world.ts';
import { emit } from './emit.ts';

const annotationsPerRequest = 50;
const outputLimitChars = 65_535;

/** A push asks every App that writes checks for its suite. */
export async function requestSuite(
  deed: Deed,
  repo: RepoDoc,
  push: { readonly sha: string; readonly branch: string; readonly before: string },
): Promise<void> {
  if (deed.world.app.permissions.checks !== 'write') return;
  const known = findSuite(deed, repo, push.sha, deed.world.app.slug);
  if (known) return;
  const suite = addSuite(deed, repo, push.sha, deed.world.app.slug, push.branch, push.before);
  const body = { check_suite: await renderHookSuite(deed.world, deed.tx, repo, suite) };
  emit(deed, repo, 'check_suite', 'requested', body);
}

const findSuite = (deed: Deed, repo: RepoDoc, sha: string, app: string): CheckSuiteDoc | undefined =>
  deed.tx.list('checkSuite', (one) => one.repo === repo.id && one.headSha === sha && one.app === app)[0];

export function addSuite(
  deed: Deed,
  repo: RepoDoc,
  headSha: string,
  app: string,
  headBranch: string | null,
  before: string | null,
): CheckSuiteDoc {
  const { tx, world } = deed;
  const now = stamp(world);
  return tx.put('checkSuite', {
    id: tx.nextId(),
    repo: repo.id,
    app,
    headSha,
    headBranch,
    before,
    createdAt: now,
    updatedAt: now,
  });
}

function ensureSuite(deed: Deed, repo: RepoDoc, sha: string, app: string): CheckSuiteDoc {
  const known = findSuite(deed, repo, sha, app);
  if (known) return known;
  const branch = Object.entries(repo.refs).find(([ref, tip]) => tip === sha && ref.startsWith('refs/heads/'));
  return addSuite(deed, repo, sha, app, branch?.[0].slice('refs/heads/'.length) ?? null, null);
}

export interface CheckWish {
  readonly name?: string | undefined;
  readonly externalId?: string | undefined;
  readonly detailsUrl?: string | undefined;
  readonly status?: CheckRunDoc['status'] | undefined;
  readonly conclusion?: string | undefined;
  readonly startedAt?: string | undefined;
  readonly completedAt?: string | undefined;
  readonly title?: string | undefined;
  readonly summary?: string | undefined;
  readonly text?: string | undefined;
  readonly annotations?: readonly AnnotationPart[] | undefined;
}

export async function createCheckRun(
  deed: Deed,
  repo: RepoDoc,
  headSha: string,
  app: string,
  wish: CheckWish & { readonly name: string },
  own?: { readonly id: number; readonly suite: CheckSuiteDoc },
): Promise<CheckRunDoc> {
  const { tx, world } = deed;
  const sha = await world.git.commitOf(world.git.dirOf(repo), headSha);
  if (sha === null) throw invalid(`No commit found for SHA: ${headSha}`);
  const suite = own?.suite ?? ensureSuite(deed, repo, sha, app);
  const run = applyWish(
    deed,
    {
      id: own?.id ?? tx.nextId(),
      repo: repo.id,
      suite: suite.id,
      app,
      name: wish.name,
      headSha: sha,
      externalId: '',
      detailsUrl: null,
      status: 'queued',
      conclusion: null,
      startedAt: stamp(world),
      completedAt: null,
      title: null,
      summary: null,
      text: null,
      annotations: [],
    },
    wish,
  );
  emit(deed, repo, 'check_run', 'created', { check_run: renderHookCheckRun(world, tx, repo, run) });
  if (run.status === 'completed') await tellCompleted(deed, repo, run);
  return run;
}

export async function updateCheckRun(deed: Deed, run: CheckRunDoc, wish: CheckWish): Promise<CheckRunDoc> {
  const repo = repoOf(deed.tx, run.repo);
  const next = applyWish(deed, run, wish);
  if (next.status === 'completed' && run.status !== 'completed') await tellCompleted(deed, repo, next);
  return next;
}

function applyWish(deed: Deed, run: CheckRunDoc, wish: CheckWish): CheckRunDoc {
  checkOutput(wish);
  const conclusion = wish.conclusion ?? (wish.status && wish.status !== 'completed' ? null : run.conclusion);
  const status = wish.conclusion === undefined ? (wish.status ?? run.status) : 'completed';
  if (status === 'completed' && conclusion === null) {
    throw invalid('Invalid request.\n\nNo subschema in "anyOf" matched.\n"conclusion" wasn\'t supplied.');
  }
  return deed.tx.put('checkRun', {
    ...run,
    name: wish.name ?? run.name,
    externalId: wish.externalId ?? run.externalId,
    detailsUrl: wish.detailsUrl ?? run.detailsUrl,
    status,
    conclusion,
    startedAt: wish.startedAt ?? run.startedAt,
    completedAt: status === 'completed' ? (wish.completedAt ?? run.completedAt ?? stamp(deed.world)) : null,
    title: wish.title ?? run.title,
    summary: wish.summary ?? run.summary,
    text: wish.text ?? run.text,
    annotations: [...run.annotations, ...(wish.annotations ?? [])],
  });
}

function checkOutput(wish: CheckWish): void {
  if ((wish.annotations?.length ?? 0) > annotationsPerRequest) {
    throw invalid(`Invalid request.\n\nNo more than ${annotationsPerRequest} items are allowed.`);
  }
  for (const field of ['summary', 'text'] as const) {
    if ((wish[field]?.length ?? 0) <= outputLimitChars) continue;
    const message = `${field} exceeds a maximum bytesize of ${outputLimitChars}`;
    throw invalid('Validation Failed', [{ resource: 'CheckRun', code: 'custom', field, message }]);
  }
}

async function tellCompleted(deed: Deed, repo: RepoDoc, run: CheckRunDoc): Promise<void> {
  const { tx, world } = deed;
  emit(deed, repo, 'check_run', 'completed', { check_run: renderHookCheckRun(world, tx, repo, run) });
  const suite = tx.get('checkSuite', run.suite);
  if (!suite || suiteState(tx, suite).status !== 'completed') return;
  const body = { check_suite: await renderHookSuite(world, tx, repo, suite) };
  emit(deed, repo, 'check_suite', 'completed', body);
}

export async function rerequestCheckRun(deed: Deed, run: CheckRunDoc): Promise<void> {
  const repo = repoOf(deed.tx, run.repo);
  if (run.app !== deed.world.app.slug) throw new GitHubError(422, 'This check run is not rerequestable');
  const body = { check_run: renderHookCheckRun(deed.world, deed.tx, repo, run) };
  emit(deed, repo, 'check_run', 'rerequested', body);
}

export async function createStatus(
  deed: Deed,
  repo: RepoDoc,
  wish: Pick<StatusDoc, 'sha' | 'state' | 'context' | 'description' | 'targetUrl'>,
): Promise<StatusDoc> {
  const { tx, world, actor } = deed;
  const dir = world.git.dirOf(repo);
  const sha = await world.git.commitOf(dir, wish.sha);
  if (sha === null) throw invalid(`No commit found for SHA: ${wish.sha}`);
  const createdAt = stamp(world);
  const id = tx.nextId();
  const status = tx.put('status', { ...wish, sha, id, repo: repo.id, user: actor.login, createdAt });
  const commit = renderCommit(world, tx, repo, await readCommit(world.git, dir, sha));
  const { verified_at: _, ...verification } = (commit.commit as { verification: Record<string, unknown> })
    .verification;
  emit(deed, repo, 'status', null, {
    id: status.id,
    sha,
    name: `${repo.owner}/${repo.name}`,
    target_url: status.targetUrl,
    avatar_url: null,
    context: status.context,
    description: status.description,
    state: status.state,
    commit: { ...commit, commit: { ...(commit.commit as object), verification } },
    branches: Object.entries(repo.refs)
      .filter(([ref, tip]) => tip === sha && ref.startsWith('refs/heads/'))
      .slice(0, 10)
      .map(([ref]) => ({
        name: ref.slice('refs/heads/'.length),
        commit: { sha, url: `${repoApiUrl(world, repo)}/commits/${sha}` },
        protected: false,
      })),
    created_at: createdAt,
    updated_at: createdAt,
  });
  return status;
}
