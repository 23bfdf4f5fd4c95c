// simple-git in a mirror: what it must not be able to do, print or leave behind.
import { execFile, execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { SYSTEM_PATH } from '../../src/agents/sandbox/sandbox.ts';
import { GitError } from '../../src/agents/workspace/git.ts';
import { inMirror, type MirrorCall, tryInMirror } from '../../src/agents/workspace/mirror-git.ts';
import { TransientError } from '../../src/core/errors.ts';
import { Origin, request, workspacesFor } from './workspace-fixture.ts';

const TOKEN = 'ghs_averysecrettoken0123456789';
const HEADER = Buffer.from(`x-access-token:${TOKEN}`).toString('base64');

let origin: Origin;
let head: string;
let call: MirrorCall;
beforeAll(() => {
  origin = new Origin();
  head = origin.commit({ 'a.txt': 'one\n' });
  call = { machine: { path: SYSTEM_PATH, env: {} }, gitDir: origin.bare, timeoutMs: 20_000 };
});
afterAll(() => origin.remove());

/** A git of our own in front of the real one. */
async function pathWith(script: string): Promise<string> {
  const dir = await mkdtemp(join(origin.dir, 'bin-'));
  await writeFile(join(dir, 'git'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return `${dir}:${SYSTEM_PATH}`;
}

/** A server that takes a request and never answers. */
async function silentServer() {
  let asked = 0;
  const server = createServer(() => {
    asked += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}/silent.git`, asked: () => asked, close };
}

function running(text: string): boolean {
  return execFileSync('ps', ['-eo', 'args']).includes(text);
}

describe('a command in a mirror', () => {
  test('answers its text, and failing is an error that names the command and holds what git said', async () => {
    expect(await inMirror(call, (git) => git.revparse(['refs/heads/main']))).toBe(head);

    const failing = inMirror(call, (git) => git.revparse(['--verify', 'refs/heads/none']));

    await expect(failing).rejects.toThrow(GitError);
    await expect(failing).rejects.toThrow('git rev-parse ended with 128: fatal: Needed a single revision');
  });

  test.each([
    ['that says nothing', 'exit 1'],
    ['by a signal', 'kill -9 $$'],
  ])('does not take an end %s for success', async (_how, script) => {
    const machine = { path: await pathWith(script), env: {} };

    expect(await tryInMirror({ ...call, machine }, (git) => git.raw(['merge-base', head, head]))).toBeNull();
  });

  test('has its time from start to end, however busily it prints', async () => {
    const machine = { path: await pathWith('while :; do echo x >&2; sleep 0.02; done'), env: {} };

    const endless = inMirror({ ...call, machine, timeoutMs: 300 }, (git) => git.raw(['gc']));

    await expect(endless).rejects.toMatchObject({ name: 'GitError', timedOut: true });
  });

  test('is ended when it prints too much', async () => {
    const machine = { path: await pathWith('exec yes'), env: {} };

    await expect(inMirror({ ...call, machine }, (git) => git.raw(['log']))).rejects.toThrow(
      'more than 1000000 bytes of output',
    );
  });

  test('that cannot be started is passing trouble', async () => {
    const machine = { path: '/nonexistent', env: {} };

    await expect(inMirror({ ...call, machine }, (git) => git.raw(['log']))).rejects.toThrow(TransientError);
  });

  test.each([
    ['a program as a setting', ['-c', 'core.sshCommand=touch x', 'log']],
    ['a program for the other side', ['fetch', '--upload-pack=touch x', '.']],
    ['a template', ['init', '--template=/tmp']],
    ['another repository', ['--git-dir=/tmp/x', 'log']],
  ])('is refused with %s', async (_what, args) => {
    const refused = inMirror(call, (git) => git.raw(args));

    await expect(refused).rejects.toThrow(/not permitted without enabling/);
    await expect(refused).rejects.not.toBeInstanceOf(GitError);
  });

  test('reaches nothing unless it is given a remote, and then over its protocol alone', async () => {
    const fetchHere = ['fetch', '--quiet', '--', origin.url, 'refs/heads/main'];
    const remote = { url: 'https://example.invalid/x.git', token: null };

    await expect(inMirror(call, (git) => git.raw(fetchHere))).rejects.toThrow("'file' not allowed");
    await expect(inMirror({ ...call, remote }, (git) => git.raw(fetchHere))).rejects.toThrow(
      "'file' not allowed",
    );
  });
});

test('an abort in the middle of a fetch ends git and what it started', async () => {
  const server = await silentServer();
  const stop = new AbortController();
  const workspaces = await workspacesFor({ url: server.url, token: TOKEN });

  const opening = workspaces.open(request(head, { signal: stop.signal }));
  await vi.waitFor(() => expect(server.asked()).toBe(1), { timeout: 10_000 });
  expect(running(server.url)).toBe(true);
  stop.abort(new Error('stopped by mona'));

  await expect(opening).rejects.toThrow('stopped by mona');
  await vi.waitFor(() => expect(running(server.url)).toBe(false));
  server.close();
  rmSync(workspaces.root, { recursive: true });
});

test('the token reaches git, and is not in what simple-git prints for debugging: the whole environment', async () => {
  const given = join(origin.dir, 'given');
  const path = await pathWith(
    `printf %s "$CREW_GIT_HEADER" > '${given}'; PATH='${SYSTEM_PATH}' exec git "$@"`,
  );
  const script = `
    const [module, call] = process.argv.slice(1);
    const { inMirror, remoteArgs } = await import(module);
    const given = JSON.parse(call);
    await inMirror(given, (git) => git.raw([...remoteArgs(given.remote), 'log', '--oneline', 'main']));
  `;
  const module = join(import.meta.dirname, '../../src/agents/workspace/mirror-git.ts');
  const debugged = { ...call, machine: { path, env: {} }, remote: { url: origin.url, token: TOKEN } };

  const { stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', script, module, JSON.stringify(debugged)],
    { env: { PATH: SYSTEM_PATH, DEBUG: '*' } },
  );

  expect(await readFile(given, 'utf8')).toBe(`Authorization: Basic ${HEADER}`);
  expect(stderr).toContain('CREW_GIT_HEADER: [secret]');
  for (const secret of [TOKEN, HEADER]) expect(stderr).not.toContain(secret);
});
