/** Repositories and workspaces for the tests of this folder: real git, real folders, nothing faked but the log. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSandbox, SYSTEM_PATH } from '../../src/agents/sandbox/sandbox.ts';
import { createWorkspaces, type WorkspacesOptions } from '../../src/agents/workspace/workspaces.ts';
import type { Clock, Log } from '../../src/core/ports.ts';
import type { Repository } from '../../src/core/records.ts';
import type { PatchToApply, WorkspaceRequest, Workspaces } from '../../src/core/workspace-ports.ts';

export const REPOSITORY: Repository = {
  id: 7,
  owner: 'octo',
  name: 'app',
  installationId: 1,
  defaultBranch: 'main',
  private: true,
};

const GIT_ENV = {
  PATH: SYSTEM_PATH,
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_AUTHOR_DATE: '1700000000 +0000',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.com',
  GIT_COMMITTER_DATE: '1700000000 +0000',
};

/** A bare repository with a clone beside it to make its commits in. */
export class Origin {
  readonly dir = realpathSync(mkdtempSync(join(tmpdir(), 'origin-')));
  readonly bare = join(this.dir, 'origin.git');
  readonly clone = join(this.dir, 'clone');
  readonly url = `file://${this.bare}`;

  constructor() {
    this.git(['init', '-q', '--bare', '-b', 'main', this.bare], this.dir);
    this.git(['init', '-q', '-b', 'main', this.clone], this.dir);
  }

  git(args: readonly string[], cwd = this.clone): string {
    return execFileSync('git', args, { cwd, env: GIT_ENV, stdio: ['ignore', 'pipe', 'pipe'] })
      .toString()
      .trim();
  }

  /** Writes files (null removes), commits, pushes to `branch`, and answers the commit. */
  commit(files: Readonly<Record<string, string | Buffer | null>>, branch = 'main'): string {
    for (const [path, content] of Object.entries(files)) {
      const absolute = join(this.clone, path);
      mkdirSync(dirname(absolute), { recursive: true });
      if (content === null) rmSync(absolute);
      else writeFileSync(absolute, content);
    }
    return this.commitAll(branch);
  }

  commitAll(branch = 'main'): string {
    this.git(['add', '-A', '-f']);
    this.git(['commit', '-q', '--allow-empty', '-m', 'change']);
    this.git(['push', '-q', '-f', this.bare, `HEAD:refs/heads/${branch}`]);
    return this.git(['rev-parse', 'HEAD']);
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const clock: Clock = { now: () => new Date(), sleep: (ms) => sleep(ms) };

export interface Logged {
  readonly level: string;
  readonly fields: object;
  readonly message: string;
}

function collectingLog(lines: Logged[]): Log {
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message });
  const log: Log = {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    debug: at('debug'),
    child: () => log,
  };
  return log;
}

/** Workspaces under a root of their own, out of the sandbox unless told otherwise. */
export async function workspacesFor(
  origin: { readonly url: string; readonly token?: string },
  options: Partial<WorkspacesOptions> & { readonly lines?: Logged[] } = {},
): Promise<Workspaces & { readonly root: string }> {
  const root = options.root ?? realpathSync(mkdtempSync(join(tmpdir(), 'workspaces-')));
  const made = await createWorkspaces({
    sandbox: await createSandbox({ mode: 'off' }),
    cloneAccess: { forReading: async () => ({ url: origin.url, token: origin.token ?? null }) },
    log: collectingLog(options.lines ?? []),
    clock,
    ...options,
    root,
  });
  return { ...made, root };
}

export function request(baseSha: string, fields: Partial<WorkspaceRequest> = {}): WorkspaceRequest {
  const signal = new AbortController().signal;
  return { repository: REPOSITORY, subtaskId: 'subtask', baseSha, patches: [], signal, ...fields };
}

export function patchOf(subtaskKey: string, patch: string): PatchToApply {
  return {
    subtaskKey,
    patch,
    message: `Change of ${subtaskKey}\n\nCrew-Role: backend\n`,
    at: '2026-11-22T10:00:00.000Z',
  };
}

/** Smart HTTP over one bare repository by git's own backend; asks for the token and keeps what it was sent. */
export async function serveOverHttp(
  origin: Origin,
  token: string,
): Promise<{ readonly url: string; readonly requests: string[]; close(): void }> {
  const requests: string[] = [];
  const expected = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const server: Server = createServer((req, res) => {
    const url = new URL(req.url ?? '/', 'http://localhost');
    requests.push(
      `${req.method} ${req.url} ${req.headers.authorization === expected ? 'authorized' : 'anonymous'}`,
    );
    if (req.headers.authorization !== expected) {
      res.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('no');
      return;
    }
    const backend = execFile(
      'git',
      ['http-backend'],
      {
        encoding: 'buffer',
        maxBuffer: 50_000_000,
        env: {
          ...GIT_ENV,
          GIT_PROJECT_ROOT: origin.dir,
          GIT_HTTP_EXPORT_ALL: '1',
          REMOTE_USER: 'crew',
          PATH_INFO: url.pathname,
          QUERY_STRING: url.search.slice(1),
          REQUEST_METHOD: req.method ?? 'GET',
          CONTENT_TYPE: req.headers['content-type'] ?? '',
          HTTP_CONTENT_ENCODING: String(req.headers['content-encoding'] ?? ''),
          GIT_PROTOCOL: String(req.headers['git-protocol'] ?? ''),
        },
      },
      (_error, stdout) => {
        const end = stdout.indexOf('\r\n\r\n');
        const headers = stdout
          .subarray(0, end)
          .toString()
          .split('\r\n')
          .map((line) => line.split(': ') as [string, string]);
        const status = Number(headers.find(([name]) => name === 'Status')?.[1].slice(0, 3) ?? 200);
        res
          .writeHead(status, Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
          .end(stdout.subarray(end + 4));
      },
    );
    if (backend.stdin) req.pipe(backend.stdin);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { url: `http://127.0.0.1:${port}/origin.git`, requests, close: () => server.close() };
}
