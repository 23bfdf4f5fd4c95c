// Starts an offline GitHub in a fresh directory for a test, with one small repository, an App and its Octokits.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { type GitHub, type GitHubOptions, startGitHub } from '../../demo/github/github.ts';

export const openapiPath = new URL('../../../shared/github/openapi.json', import.meta.url).pathname;
export const hasOpenapi = existsSync(openapiPath);
export const repoName = 'octo-org/shop';
export const owner = 'octo-org';
export const repo = 'shop';
export const webhookSecret = 'a-secret-for-tests';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
export const privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

const permissions = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  deployments: 'read',
  issues: 'write',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'write',
} as const;

const events = [
  'check_run',
  'check_suite',
  'create',
  'delete',
  'deployment',
  'deployment_status',
  'issue_comment',
  'issues',
  'label',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'push',
  'status',
  'workflow_job',
  'workflow_run',
];

export const app = {
  id: 4242,
  slug: 'hypercode-crew',
  name: 'HyperCode Crew',
  privateKeyPem,
  webhookSecret,
  permissions,
  events,
};

export interface Local {
  readonly github: GitHub;
  readonly dir: string;
  readonly stop: () => Promise<void>;
}

export async function startLocal(options: Partial<GitHubOptions> = {}): Promise<Local> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'local-github-')));
  const github = await startGitHub({ dir, app, ...(hasOpenapi ? { openapiPath } : {}), ...options });
  await seed(github);
  return {
    github,
    dir,
    stop: async () => {
      await github.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function seed(github: GitHub): Promise<void> {
  await github.seedRepository({
    owner,
    name: repo,
    collaborators: { alice: 'admin', bob: 'write', tina: 'triage', rita: 'read' },
  });
  if (Object.keys((await github.snapshot(repoName)).refs).length > 0) return;
  await github.as('alice').commit(repoName, {
    branch: 'main',
    message: 'Start the shop',
    files: { 'README.md': '# Shop\n', 'src/cart.js': cart },
  });
}

export const cart = Array.from({ length: 40 }, (_, index) => `const line${index + 1} = ${index + 1};\n`).join(
  '',
);

export function appOctokit(github: GitHub): Octokit {
  return new Octokit({
    baseUrl: github.apiUrl,
    authStrategy: createAppAuth,
    auth: { appId: app.id, privateKey: privateKeyPem },
    log: quiet,
  });
}

export async function installationOctokit(
  github: GitHub,
  narrow: { permissions?: Record<string, string>; repositories?: string[] } = {},
): Promise<Octokit> {
  return new Octokit({ baseUrl: github.apiUrl, auth: await installationToken(github, narrow), log: quiet });
}

export async function installationToken(
  github: GitHub,
  narrow: { permissions?: Record<string, string>; repositories?: string[] } = {},
): Promise<string> {
  const asApp = appOctokit(github);
  const { data } = await asApp.rest.apps.getRepoInstallation({ owner, repo });
  const made = await asApp.rest.apps.createInstallationAccessToken({ installation_id: data.id, ...narrow });
  return made.data.token;
}

export async function personOctokit(github: GitHub, login: string): Promise<Octokit> {
  return new Octokit({ baseUrl: github.apiUrl, auth: await github.as(login).token(), log: quiet });
}

const nothing = (): void => undefined;
export const quiet = { debug: nothing, info: nothing, warn: nothing, error: nothing };

export interface Received {
  readonly event: string;
  readonly guid: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly payload: { readonly action?: string } & Record<string, unknown>;
}

/** A plain receiver of webhooks; `answer` decides the status. */
export async function receiveHooks(answer: () => number = () => 202): Promise<{
  readonly url: string;
  readonly received: Received[];
  readonly stop: () => Promise<void>;
}> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      received.push({
        event: String(request.headers['x-github-event']),
        guid: String(request.headers['x-github-delivery']),
        headers: request.headers,
        text,
        payload: JSON.parse(text),
      });
      response.writeHead(answer()).end('ok');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** For what a test does in the App's place where tokens must be narrow. */
export function narrowOctokit(github: GitHub, permissions: Record<string, string>): Promise<Octokit> {
  return installationOctokit(github, { permissions, repositories: [repo] });
}

/** git as a user would run it: no configuration but what the address holds. */
export function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_AUTHOR_NAME: 'Alice',
      GIT_AUTHOR_EMAIL: 'alice@example.com',
      GIT_COMMITTER_NAME: 'Alice',
      GIT_COMMITTER_EMAIL: 'alice@example.com',
    },
  });
}
