// The HTTP front: which part of the offline GitHub answers which address, and the faults it is told to have.
import { Readable } from 'node:stream';
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { authenticate, rateKey } from './auth.ts';
import { faultsSchema, type RequestFault } from './faults.ts';
import { answerGraph, isMutation } from './graphql.ts';
import { laggingView } from './lagging-view.ts';
import { demandNarrowGraph } from './narrow-tokens.ts';
import { avatarSvg } from './pages/layout.ts';
import { pages } from './pages/pages.ts';
import { stylesheet } from './pages/style.ts';
import type { Answer } from './reply.ts';
import { answerRest, errorAnswer } from './rest.ts';
import { routes } from './routes/all.ts';
import { answerGit, gitFiles } from './smart-http.ts';
import { GitHubError, type WatchedRequest, type World } from './world.ts';

type Env = { Bindings: HttpBindings };
const apiBodyLimitBytes = 40 * 1024 * 1024;
const gitBodyLimitBytes = 512 * 1024 * 1024;
const restPrefix = '/api/v3';

export function createSite(world: World, hooks: string): Hono<Env> {
  const site = new Hono<Env>();
  site.route('/_crew', control(world));
  site.post('/api/graphql', async (c) => {
    const text = (await bodyOf(c, apiBodyLimitBytes)).toString('utf8');
    return faulty(world, c, faultPathOf(text), (faults) => graph(world, c, text, faults));
  });
  site.all(`${restPrefix}/*`, (c) => {
    const path = new URL(c.req.url).pathname.slice(restPrefix.length);
    return faulty(world, c, path, (faults) => rest(world, c, path, faults));
  });
  for (const file of gitFiles) {
    site.all(`/:owner/:name/${file}`, (c) => {
      const path = new URL(c.req.url).pathname;
      return faulty(world, c, path, () => git(world, hooks, c, file));
    });
  }
  site.route('/', pages(world));
  return site;
}

/** What the tests and the demo steer and read beside GitHub's own interface. */
function control(world: World): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/violations', (c) => c.json(world.conformance.violations()));
  app.get('/faults', (c) => c.json(world.faults.list()));
  app.post('/faults', async (c) => {
    const parsed = faultsSchema.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ message: parsed.error.message }, 422);
    world.faults.set(parsed.data.faults, parsed.data.seed);
    return c.json(world.faults.list());
  });
  app.get('/style.css', (c) => c.body(stylesheet, 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/avatar/:file', (c) => {
    const svg = avatarSvg(c.req.param('file').replace(/\.svg$/, ''));
    return c.body(svg, 200, {
      'content-type': 'image/svg+xml',
      'content-security-policy': "default-src 'none'",
    });
  });
  app.get('/idle', (c) => c.json({ idle: world.outbox.idle() }));
  app.get('/job-logs/:id', (c) => {
    const job = world.store.get('job', Number(c.req.param('id')));
    return job ? c.text(job.log) : c.notFound();
  });
  return app;
}

async function faulty(
  world: World,
  c: Context<Env>,
  path: string,
  answer: (faults: readonly RequestFault[]) => Promise<Answer | Answer<Readable>>,
): Promise<Response> {
  const authorization = c.req.header('authorization') ?? null;
  const isGit = !new URL(c.req.url).pathname.startsWith('/api/');
  const body = isGit || world.watchers.size === 0 ? null : await c.req.text();
  const host = c.req.header('host') ?? '';
  const request = { method: c.req.method, path, authorization, host, body };
  if (await isReset(world, request, null)) return reset(c);
  const struck = world.faults.strike(c.req.method, path);
  for (const fault of struck) {
    if (fault.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.latencyMs));
  }
  for (const fault of struck) {
    if (fault.kind === 'error')
      return failure(fault.status, fault.message?.replace('{authorization}', authorization ?? ''));
    if (fault.kind === 'limited') {
      const refusal = limited(fault.status, fault.retryAfterSeconds);
      const headers = Object.fromEntries(refusal.headers);
      return (await isReset(world, request, refusal.status, headers)) ? reset(c) : refusal;
    }
    if (fault.kind === 'reset' && !fault.afterEffect) return reset(c);
  }
  const given = await answer(struck);
  const unsent = (instead: Response): Response => {
    if (given.body instanceof Readable) given.body.destroy();
    return instead;
  };
  const { status } = given;
  const headers = { ...given.headers, 'x-github-request-id': requestId() };
  if (await isReset(world, request, given.status, given.headers)) return unsent(reset(c));
  for (const fault of struck) {
    if (fault.kind === 'lost-answer') {
      if (given.status < 300) world.faults.harmed('lostAnswers');
      return unsent(failure(fault.status));
    }
    if (fault.kind === 'reset') return unsent(reset(c));
  }
  const isBare = c.req.method === 'HEAD' || status === 204 || status === 304;
  return isBare
    ? unsent(new Response(null, { status, headers }))
    : new Response(bodyTo(given), { status, headers });
}

function bodyTo({ body }: Answer | Answer<Readable>): string | Uint8Array<ArrayBuffer> | ReadableStream {
  if (typeof body === 'string') return body;
  return body instanceof Readable ? Readable.toWeb(body) : new Uint8Array(body);
}

async function isReset(
  world: World,
  request: WatchedRequest,
  status: number | null,
  headers: Readonly<Record<string, string>> = {},
): Promise<boolean> {
  const answers = await Promise.all([...world.watchers].map((watcher) => watcher(request, status, headers)));
  return answers.includes('reset');
}

const requestId = (): string => crypto.randomUUID().slice(0, 18).toUpperCase().replaceAll('-', ':');

function failure(status: number, message = 'Server Error'): Response {
  return Response.json({ message }, { status });
}

function limited(status: number, retryAfterSeconds: number): Response {
  return Response.json(
    { message: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.' },
    { status, headers: { 'retry-after': String(retryAfterSeconds) } },
  );
}

function reset(c: Context<Env>): Response {
  c.env.incoming.socket.resetAndDestroy();
  return new Response(null);
}

async function bodyOf(c: Context<Env>, limitBytes: number): Promise<Buffer> {
  const bytes = Buffer.from(await c.req.arrayBuffer());
  if (bytes.length > limitBytes) throw new GitHubError(413, 'Payload too large');
  return bytes;
}

async function rest(
  world: World,
  c: Context<Env>,
  path: string,
  faults: readonly RequestFault[],
): Promise<Answer> {
  const text = (await bodyOf(c, apiBodyLimitBytes)).toString('utf8');
  const query = new URL(c.req.url).searchParams;
  return answerRest(
    world,
    routes,
    { method: c.req.method, path, query, headers: c.req.raw.headers, text },
    faults,
  );
}

/** Faults may strike what GraphQL changes and not what it reads. */
function faultPathOf(text: string): string {
  return /"query":"\s*(?:\\n)?\s*mutation\b/.test(text) ? '/graphql/mutation' : '/graphql';
}

async function graph(
  world: World,
  c: Context<Env>,
  text: string,
  faults: readonly RequestFault[],
): Promise<Answer> {
  try {
    const auth = authenticate(world, world.store, c.req.header('authorization'));
    if (auth.kind === 'anonymous' || auth.kind === 'app') {
      throw new GitHubError(401, 'This endpoint requires you to be authenticated.');
    }
    const body = JSON.parse(text) as Record<string, unknown>;
    const query = String(body.query ?? '');
    world.limits.count(rateKey(auth), isMutation(query) ? 'POST' : 'GET', '/graphql');
    demandNarrowGraph(world, auth, isMutation(query) ? query : null);
    const asked = {
      query,
      variables: body.variables as Record<string, unknown> | undefined,
      operationName: typeof body.operationName === 'string' ? body.operationName : undefined,
    };
    const result = await answerGraph(
      world,
      auth,
      asked,
      isMutation(query) ? null : laggingView(world, faults),
    );
    const headers = {
      ...world.limits.headers(rateKey(auth)),
      'content-type': 'application/json; charset=utf-8',
    };
    return { status: 200, headers, body: JSON.stringify(result) };
  } catch (error) {
    if (!(error instanceof GitHubError) && !(error instanceof SyntaxError)) console.error(error);
    return errorAnswer(
      world,
      error instanceof SyntaxError ? new GitHubError(400, 'Problems parsing JSON') : error,
    );
  }
}

async function git(
  world: World,
  hooks: string,
  c: Context<Env>,
  file: string,
): Promise<Answer | Answer<Readable>> {
  try {
    return await answerGit(world, hooks, {
      method: c.req.method,
      owner: c.req.param('owner') ?? '',
      name: (c.req.param('name') ?? '').replace(/\.git$/, ''),
      file,
      query: new URL(c.req.url).search.slice(1),
      headers: c.req.raw.headers,
      body: await bodyOf(c, gitBodyLimitBytes),
    });
  } catch (error) {
    return errorAnswer(world, error);
  }
}
