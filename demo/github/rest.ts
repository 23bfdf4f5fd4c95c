// One REST request from arrival to answer: faults, credentials, rate limit, route, permission, one transaction, conformance.
import { createHash } from 'node:crypto';
import { type Auth, actorOf, authenticate, rateKey } from './auth.ts';
import type { RequestFault } from './faults.ts';
import { laggingView } from './lagging-view.ts';
import { demandNarrowRest } from './narrow-tokens.ts';
import { authorize } from './permissions.ts';
import type { IssueDoc, RepoDoc } from './records.ts';
import { type Answer, type Ctx, type Handler, type Reply, toAnswer } from './reply.ts';
import { matchRoute, type Routes } from './router.ts';
import { readOnly, type Tx, type View } from './state.ts';
import { findIssue, findRepo, GitHubError, notFound, type World } from './world.ts';

interface RestRequest {
  readonly method: string;
  /** Below /api/v3, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly text: string;
}

export async function answerRest(
  world: World,
  routes: Routes,
  request: RestRequest,
  faults: readonly RequestFault[],
): Promise<Answer> {
  const match = matchRoute(routes, request.method, request.path);
  const seen = {
    method: request.method,
    template: match?.template ?? null,
    path: request.path,
    query: request.query,
    params: match?.params ?? {},
  };
  let body: unknown;
  let answer: Answer;
  try {
    body = parseBody(request.text);
    world.conformance.checkRequest({ ...seen, body });
    answer = await perform(world, request, match, body, faults);
  } catch (error) {
    if (!(error instanceof GitHubError)) console.error(error);
    answer = errorAnswer(world, error);
  }
  const json =
    answer.headers['content-type']?.startsWith('application/json') && typeof answer.body === 'string';
  world.conformance.checkResponse(
    { ...seen, body },
    {
      status: answer.status,
      body: json && answer.body !== '' ? JSON.parse(answer.body as string) : undefined,
    },
  );
  return withEtag(world, request, answer);
}

type Match = NonNullable<ReturnType<typeof matchRoute>>;

async function perform(
  world: World,
  request: RestRequest,
  match: Match | null,
  body: unknown,
  faults: readonly RequestFault[],
): Promise<Answer> {
  const auth = authenticate(world, world.store, request.headers.get('authorization') ?? undefined);
  const key = rateKey(auth);
  if (request.path !== '/rate_limit') world.limits.count(key, request.method, request.path);
  if (!match) throw notFound();
  const run = async (view: View, tx: Tx): Promise<Answer> => {
    const reply = await handle(world, request, match, body, auth, view, tx);
    return toAnswer(reply, world.limits.headers(key));
  };
  if (request.method === 'GET') {
    const view = laggingView(world, faults);
    return run(view, readOnly(view));
  }
  const answer = await world.store.write((tx) => run(tx, tx));
  world.outbox.kick();
  return answer;
}

async function handle(
  world: World,
  request: RestRequest,
  match: Match,
  body: unknown,
  auth: Auth,
  view: View,
  tx: Tx,
): Promise<Reply> {
  const { params } = match;
  const repo = params.owner && params.repo ? findRepo(view, params.owner, params.repo) : undefined;
  if (match.template.startsWith('/repos/') && match.template !== '/repos/{owner}/{repo}/installation') {
    if (!repo) throw notFound();
    const operation = `${request.method} ${match.template}`;
    authorize(view, auth, { repo, operation, issue: namedIssue(view, repo, params) });
    demandNarrowRest(world, auth, operation);
  }
  const ctx: Ctx = {
    world,
    view,
    auth,
    params,
    query: request.query,
    body,
    accept: request.headers.get('accept') ?? '',
    url: `${world.urls.api}${request.path}`,
    repo: repo as RepoDoc,
    deed: { world, tx, actor: actorOf(world, view, auth), viaApp: auth.kind === 'installation' },
  };
  const handler: Handler = match.handler;
  return handler(ctx);
}

function namedIssue(
  view: View,
  repo: RepoDoc,
  params: Readonly<Record<string, string>>,
): IssueDoc | undefined {
  const number = params.issue_number ?? params.pull_number;
  if (number !== undefined) return findIssue(view, repo, Number(number));
  const comment = view.get('comment', Number(params.comment_id));
  return comment ? view.get('issue', comment.issue) : undefined;
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new GitHubError(400, 'Problems parsing JSON');
  }
}

export function errorAnswer(world: World, error: unknown): Answer {
  const known = error instanceof GitHubError ? error : new GitHubError(500, 'Server Error');
  const body = {
    message: known.message,
    ...(known.errors ? { errors: known.errors } : {}),
    documentation_url: 'https://docs.github.com/rest',
    status: String(known.status),
  };
  return toAnswer(
    { status: known.status, body, headers: known.headers },
    known.headers['x-ratelimit-limit'] ? {} : world.limits.headers('anonymous'),
  );
}

/** A GET that matches the caller's ETag is answered 304, which does not count against the rate limit. */
function withEtag(world: World, request: RestRequest, answer: Answer): Answer {
  if (request.method !== 'GET' || answer.status !== 200) return answer;
  const etag = `W/"${createHash('sha256').update(answer.body).digest('hex')}"`;
  const headers = { ...answer.headers, etag };
  const wanted = request.headers.get('if-none-match');
  if (wanted === null || wanted.replace(/^W\//, '') !== etag.slice(2)) return { ...answer, headers };
  world.limits.giveBack(
    rateKey(authenticate(world, world.store, request.headers.get('authorization') ?? undefined)),
  );
  return { status: 304, headers, body: '' };
}
