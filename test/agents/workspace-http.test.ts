// Fetching and pushing over HTTP with a token: where it goes, and where it must never be.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SYSTEM_PATH } from '../../src/agents/sandbox/sandbox.ts';
import { UserError } from '../../src/core/errors.ts';
import type { PatchToApply, PushRequest, Workspaces } from '../../src/core/workspace-ports.ts';
import {
  type Logged,
  Origin,
  patchOf,
  REPOSITORY,
  request,
  serveOverHttp,
  workspacesFor,
} from './workspace-fixture.ts';

const TOKEN = 'ghs_averysecrettoken0123456789';

let origin: Origin;
let base: string;
let server: Awaited<ReturnType<typeof serveOverHttp>>;
let workspaces: Workspaces & { readonly root: string };
let patches: readonly PatchToApply[];
let treeSha: string;
const lines: Logged[] = [];
beforeAll(async () => {
  origin = new Origin();
  base = origin.commit({ 'a.txt': 'one\n' });
  origin.git(['config', 'http.receivepack', 'true'], origin.bare);
  server = await serveOverHttp(origin, TOKEN);
  workspaces = await workspacesFor({ url: server.url, token: TOKEN }, { lines });
  const workspace = await workspaces.open(request(base));
  await writeFile(join(workspace.dir, 'a.txt'), 'two\n');
  patches = [patchOf('S1', (await workspace.diff()).patch)];
  await workspace.close();
  const applied = await workspaces.open(request(base, { patches }));
  ({ treeSha } = applied);
  await applied.close();
});
afterAll(() => {
  server.close();
  origin.remove();
  rmSync(workspaces.root, { recursive: true, force: true });
});

const AUTHOR = { name: 'crew[bot]', email: '7+crew[bot]@users.noreply.github.com' };

const pushTo = (branch: string, fields: Partial<PushRequest> = {}) =>
  workspaces.push({
    repository: REPOSITORY,
    branch,
    baseSha: base,
    patches,
    expectedTree: treeSha,
    onto: null,
    force: false,
    author: AUTHOR,
    url: server.url,
    token: TOKEN,
    signal: new AbortController().signal,
    ...fields,
  });

const headOf = (branch: string) =>
  origin.git(['rev-parse', '--verify', '-q', `refs/heads/${branch}`], origin.bare);

/** Every file below a folder, as one text. */
function everything(dir: string): string {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n');
}

describe('the token', () => {
  test('is sent with each request and stored nowhere', async () => {
    const workspace = await workspaces.open(request(base));
    const record = await workspace.run('env; cat /proc/self/environ', {
      timeoutMs: 10_000,
      signal: new AbortController().signal,
    });

    expect(server.requests.filter((line) => line.endsWith('anonymous'))).toEqual([]);
    expect(server.requests.join('\n')).not.toContain(TOKEN);
    const kept = everything(workspaces.root) + record.output + JSON.stringify(lines);
    for (const secret of [TOKEN, Buffer.from(`x-access-token:${TOKEN}`).toString('base64')]) {
      expect(kept).not.toContain(secret);
    }
    await workspace.close();
  });

  test('that is refused is not in the error', async () => {
    const wrong = 'ghs_wrongtoken';
    const refused = await workspacesFor({ url: server.url, token: wrong });

    const error = await refused.open(request(base)).catch((caught: unknown) => caught);

    const text = `${error} ${JSON.stringify(error, Object.getOwnPropertyNames(error))} ${(error as Error).cause}`;
    expect(error).toBeInstanceOf(Error);
    expect(text).not.toContain(wrong);
    expect(text).not.toContain(Buffer.from(`x-access-token:${wrong}`).toString('base64'));
    rmSync(refused.root, { recursive: true });
  });

  test('a warm mirror needs no request for a commit of the default branch', async () => {
    const before = server.requests.length;

    await (await workspaces.open(request(base))).close();

    expect(server.requests.length).toBe(before);
  });
});

describe('pushing', () => {
  test('makes the branch in the author’s name, with the files that the workspace showed, and doing it again changes nothing', async () => {
    const { headSha } = await pushTo('crew/1');

    expect(await pushTo('crew/1')).toEqual({ headSha });
    expect(headOf('crew/1')).toBe(headSha);
    const told = origin.git(['log', '-1', '--format=%T|%P|%an <%ae>|%cn <%ce>', headSha], origin.bare);
    const person = `${AUTHOR.name} <${AUTHOR.email}>`;
    expect(told).toBe(`${treeSha}|${base}|${person}|${person}`);
    expect(readdirSync(join(workspaces.root, 'work'))).toEqual([]);
  });

  test('moves a branch on from where it is said to stand, and doing it again changes nothing', async () => {
    origin.git(['update-ref', 'refs/heads/crew/on', base], origin.bare);

    const { headSha } = await pushTo('crew/on', { onto: base });

    expect(headOf('crew/on')).toBe(headSha);
    expect(await pushTo('crew/on', { onto: base })).toEqual({ headSha });
  });

  test('replaces what stands on a branch only while it is what it was said to be', async () => {
    origin.git(['checkout', '-q', '-b', 'old', base]);
    const old = origin.commit({ 'old.txt': 'x\n' }, 'crew/forced');

    const { headSha } = await pushTo('crew/forced', { onto: old, force: true });

    expect(headOf('crew/forced')).toBe(headSha);
    const theirs = origin.commit({ 'theirs.txt': 'x\n' }, 'crew/forced');
    const again = pushTo('crew/forced', { onto: old, force: true });
    await expect(again).rejects.toThrow(UserError);
    await expect(again).rejects.toThrow('Somebody pushed to the branch `crew/forced`');
    expect(headOf('crew/forced')).toBe(theirs);
    origin.git(['checkout', '-q', 'main']);
  });

  test('never goes on from a commit that the work does not stand on', async () => {
    const elsewhere = origin.git(['rev-parse', 'HEAD']);

    await expect(pushTo('crew/1', { onto: `${elsewhere.slice(0, 39)}0` })).rejects.toThrow('does not go on');
  });

  test.each([
    ['behind, from where it could be moved on', () => base],
    ['elsewhere', () => origin.commit({ 'other.txt': 'x\n' })],
  ])('never moves a branch that stands %s', async (where, commit) => {
    const [branch, sha] = [`crew/${where.slice(0, 6)}`, commit()];
    origin.git(['update-ref', `refs/heads/${branch}`, sha], origin.bare);

    const pushing = pushTo(branch);

    await expect(pushing).rejects.toThrow(UserError);
    await expect(pushing).rejects.toThrow('stands at another commit');
    expect(headOf(branch)).toBe(sha);
  });

  test('pushes nothing when the commits come out differently', async () => {
    await expect(pushTo('crew/2', { expectedTree: base })).rejects.toThrow('nothing was pushed');
    expect(() => headOf('crew/2')).toThrow();
  });

  test("passes on GitHub's reason for a refusal", async () => {
    const hook = join(origin.bare, 'hooks/pre-receive');
    await writeFile(hook, '#!/bin/sh\necho "refusing to allow a GitHub App" >&2; exit 1\n', { mode: 0o755 });

    const pushing = pushTo('crew/3');

    await expect(pushing).rejects.toThrow('GitHub refused the branch `crew/3`: pre-receive hook declined');
    rmSync(hook);
  });

  test.each(['--mirror', 'a..b', 'refs/../x', 'x.lock', ''])('%j is no branch name', async (branch) => {
    await expect(pushTo(branch)).rejects.toThrow('not a branch name');
  });
});

test('git is never given the token as an argument', async () => {
  const record = join(origin.dir, 'arguments');
  const recorder = `#!/bin/sh\nprintf '%s ' "$@" >> '${record}'\nexec /usr/bin/env PATH='${SYSTEM_PATH}' git "$@"\n`;
  await mkdir(join(origin.dir, 'bin'));
  await writeFile(join(origin.dir, 'bin/git'), recorder, { mode: 0o755 });
  const path = `${join(origin.dir, 'bin')}:${SYSTEM_PATH}`;
  const recorded = await workspacesFor({ url: server.url, token: TOKEN }, { path });

  await (await recorded.open(request(base))).close();

  const seen = readFileSync(record, 'utf8');
  expect(seen).toContain(
    `fetch --quiet --no-tags --no-write-fetch-head --no-auto-maintenance --update-shallow -- ${server.url}`,
  );
  expect(seen).not.toContain(TOKEN);
  rmSync(recorded.root, { recursive: true });
});
