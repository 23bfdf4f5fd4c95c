// Git over HTTP: git's own http-backend as a CGI program behind GitHub's credentials and permissions.
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type Auth, actorOf, authenticate, tokenRepos } from './auth.ts';
import { syncRefs } from './deeds/refs.ts';
import { preReceiveHook } from './deeds/workflow-guard.ts';
import { demandNarrowGit } from './narrow-tokens.ts';
import { atLeast, roleOf, satisfies } from './permissions.ts';
import type { RepoDoc } from './records.ts';
import type { Answer } from './reply.ts';
import { findRepo, GitHubError, repoOf, type World } from './world.ts';

interface GitRequest {
  readonly method: string;
  readonly owner: string;
  readonly name: string;
  /** `info/refs`, `git-upload-pack` or `git-receive-pack`. */
  readonly file: string;
  readonly query: string;
  readonly headers: Headers;
  readonly body: Buffer;
}

export const gitFiles = ['info/refs', 'git-upload-pack', 'git-receive-pack'];

/** Hooks live outside the repositories, so that a bare repository can be looked at as it came. */
export async function writeHooks(dir: string): Promise<string> {
  const hooks = join(dir, 'hooks');
  await mkdir(hooks, { recursive: true });
  await writeFile(join(hooks, 'pre-receive'), preReceiveHook, { mode: 0o755 });
  return hooks;
}

export async function answerGit(
  world: World,
  hooks: string,
  request: GitRequest,
): Promise<Answer | Answer<Readable>> {
  const pushes = request.file === 'git-receive-pack' || request.query.includes('service=git-receive-pack');
  let caller: { repo: RepoDoc; auth: Auth };
  try {
    caller = admit(world, request, pushes);
  } catch (error) {
    if (error instanceof GitHubError) return gitError(error);
    throw error;
  }
  const { repo, auth } = caller;
  if (request.file !== 'git-receive-pack') return runBackend(world, hooks, request, repo, auth);

  const actor = actorOf(world, world.store, auth);
  const viaApp = auth.kind === 'installation';
  // Written before git moves anything: a restart in between attributes what moved to this actor.
  await world.store.write((tx) =>
    tx.put('repo', { ...repoOf(tx, repo.id), pushing: { login: actor.login, viaApp } }),
  );
  const { body, ...answer } = await runBackend(world, hooks, request, repo, auth);
  // It has ended when all of its answer is there, and has moved what it moves.
  const whole = await buffer(body);
  await world.store.write((tx) => syncRefs({ world, tx, actor, viaApp }, repo.id));
  world.outbox.kick();
  return { ...answer, body: whole };
}

function gitError(error: GitHubError): Answer {
  return {
    status: error.status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...(error.status === 401 ? { 'www-authenticate': 'Basic realm="GitHub"' } : {}),
    },
    body: `${error.message}\n`,
  };
}

function admit(world: World, request: GitRequest, pushes: boolean): { repo: RepoDoc; auth: Auth } {
  const auth = authenticate(world, world.store, request.headers.get('authorization') ?? undefined);
  const repo = findRepo(world.store, request.owner, request.name);
  if (auth.kind === 'anonymous' && (pushes || !repo || repo.private)) {
    throw new GitHubError(401, 'No anonymous write access.');
  }
  if (!repo) throw new GitHubError(404, 'Repository not found.');
  if (auth.kind === 'app') throw new GitHubError(403, 'Resource not accessible by integration');
  if (auth.kind === 'installation') {
    if (!tokenRepos(world.store, auth).some((one) => one.id === repo.id)) {
      throw new GitHubError(repo.private || !pushes ? 404 : 403, 'Repository not found.');
    }
    if (!satisfies(auth.token.permissions, pushes ? 'contents:write' : 'contents:read')) {
      throw new GitHubError(
        403,
        `Permission to ${repo.owner}/${repo.name}.git denied to ${world.app.slug}[bot].`,
      );
    }
    demandNarrowGit(world, auth, pushes);
  }
  if (auth.kind === 'user') {
    const role = roleOf(repo, auth.user.login);
    if (repo.private && role === 'none') throw new GitHubError(404, 'Repository not found.');
    if (pushes && !atLeast(role, 'write')) {
      throw new GitHubError(
        403,
        `Permission to ${repo.owner}/${repo.name}.git denied to ${auth.user.login}.`,
      );
    }
  }
  return { repo, auth };
}

function backendEnv(
  world: World,
  hooks: string,
  request: GitRequest,
  repo: RepoDoc,
  auth: Auth,
): Record<string, string> {
  const limited = auth.kind === 'installation' && auth.token.permissions.workflows !== 'write';
  const config = [
    ['core.hooksPath', hooks],
    ['http.receivepack', 'true'],
    ['http.uploadpack', 'true'],
    ['uploadpack.allowFilter', 'true'],
    ['uploadpack.allowAnySHA1InWant', 'true'],
    ['receive.hideRefs', 'refs/pull'],
    ['receive.autogc', 'false'],
    ['safe.directory', '*'],
  ];
  const pairs = config.flatMap(([key = '', value = ''], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  const dir = world.git.dirOf(repo);
  const encoding = request.headers.get('content-encoding');
  const protocol = request.headers.get('git-protocol');
  return {
    ...world.git.env(),
    ...Object.fromEntries(pairs),
    GIT_CONFIG_COUNT: String(config.length),
    CREW_WORKFLOWS: limited ? 'refused' : 'allowed',
    GIT_PROJECT_ROOT: dir,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/${request.file}`,
    REQUEST_METHOD: request.method,
    QUERY_STRING: request.query,
    CONTENT_TYPE: request.headers.get('content-type') ?? '',
    CONTENT_LENGTH: String(request.body.length),
    REMOTE_USER: actorOf(world, world.store, auth).login,
    REMOTE_ADDR: '127.0.0.1',
    ...(encoding === null ? {} : { HTTP_CONTENT_ENCODING: encoding }),
    ...(protocol === null ? {} : { HTTP_GIT_PROTOCOL: protocol, GIT_PROTOCOL: protocol }),
  };
}

/** With the time that its client takes to read. */
const backendTimeoutMs = 120_000;

/** What it answers, as it comes: of a large repository git is told while it is still being read. */
function runBackend(
  world: World,
  hooks: string,
  request: GitRequest,
  repo: RepoDoc,
  auth: Auth,
): Promise<Answer<Readable>> {
  const child = spawn('git', ['http-backend'], {
    env: backendEnv(world, hooks, request, repo, auth),
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: backendTimeoutMs,
  });
  const killedBy = new Promise<string | null>((resolve) => {
    child.once('error', ({ message }) => resolve(message));
    child.once('close', (_status, signal) => resolve(signal));
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(request.body);
  return parseCgi(child.stdout, killedBy);
}

const HEAD_END = '\r\n\r\n';

/** `killedBy`: at the end of it all; null where it ended by itself. */
async function parseCgi(output: Readable, killedBy: Promise<string | null>): Promise<Answer<Readable>> {
  const chunks: AsyncIterator<Buffer> = output[Symbol.asyncIterator]();
  let read = Buffer.alloc(0);
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) {
    read = Buffer.concat([read, next.value]);
    const end = read.indexOf(HEAD_END);
    if (end < 0) continue;
    const { status, ...headers } = headersIn(read.subarray(0, end).toString());
    const body = bytesOf(inTurn(read.subarray(end + HEAD_END.length), chunks, killedBy));
    // Also of a body that nobody began to read.
    body.once('close', () => output.destroy());
    return { status: Number(status?.slice(0, 3) ?? 200), headers, body };
  }
  const body = bytesOf([Buffer.from('git failed\n')]);
  return { status: 500, headers: { 'content-type': 'text/plain' }, body };
}

const bytesOf = (chunks: Iterable<Buffer> | AsyncIterable<Buffer>): Readable =>
  Readable.from(chunks, { objectMode: false });

async function* inTurn(
  first: Buffer,
  others: AsyncIterator<Buffer>,
  killedBy: Promise<string | null>,
): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  yield* { [Symbol.asyncIterator]: () => others };
  const reason = await killedBy;
  // Or half a repository would look like a whole one.
  if (reason !== null) throw new Error(`git http-backend was ended: ${reason}`);
}

function headersIn(head: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    head.split('\r\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
