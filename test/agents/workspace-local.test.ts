// A repository on this machine, as `crew review --repo` has it: read over git's own file transport, whatever its settings say.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { chown, readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Origin, request, workspacesFor } from './workspace-fixture.ts';

let origin: Origin;
let dir: string;

beforeEach(() => {
  origin = new Origin();
  dir = realpathSync(mkdtempSync(join(tmpdir(), 'local clone-')));
});
afterEach(() => {
  origin.remove();
  rmSync(dir, { recursive: true, force: true });
});

async function reviewed(url: string, base: string, head: string) {
  const workspaces = await workspacesFor({ url });
  try {
    const workspace = await workspaces.open(request(head));
    const files = await workspace.changedFiles(base, head);
    const log = await workspace.log(head, null);
    await workspace.close();
    return { files: files.map(({ path }) => path), log };
  } finally {
    rmSync(workspaces.root, { recursive: true, force: true });
  }
}

test.each(['a file:// address', 'its path'])('is read by %s, odd characters in it or not', async (by) => {
  const base = origin.commit({ 'a.txt': 'a\n' });
  const head = origin.commit({ 'b.txt': 'b\n' });
  const clone = join(dir, 'odd #%20? name');
  cpSync(origin.clone, clone, { recursive: true });

  const { files } = await reviewed(by === 'its path' ? clone : pathToFileURL(clone).href, base, head);

  expect(files).toEqual(['b.txt']);
});

test('its own settings and hooks run nothing, and it is not written to', async () => {
  const base = origin.commit({ 'a.txt': 'a\n' });
  const head = origin.commit({ 'b.txt': 'b\n' });
  const [proof, program] = [join(dir, 'proof'), join(dir, 'evil.sh')];
  writeFileSync(program, `#!/bin/sh\necho "$0 $@" >> '${proof}'\nexec "$@"\n`);
  chmodSync(program, 0o755);
  const settings = [
    'core.fsmonitor',
    'core.sshCommand',
    'core.gitProxy',
    'core.pager',
    'core.alternateRefsCommand',
    'uploadpack.packObjectsHook',
    'diff.external',
    'credential.helper',
    'remote.origin.uploadpack',
    'filter.evil.clean',
    'filter.evil.smudge',
    'filter.evil.process',
  ];
  for (const key of settings) origin.git(['config', key, program]);
  origin.git(['config', 'core.hooksPath', dir]);
  for (const hook of ['post-checkout', 'reference-transaction', 'pre-auto-gc', 'post-index-change'])
    cpSync(program, join(dir, hook));
  // The trap works on who steps into it.
  execFileSync('git', ['status'], { cwd: origin.clone, stdio: 'ignore' });
  expect(existsSync(proof)).toBe(true);
  rmSync(proof);
  const before = await readdir(origin.clone, { recursive: true });

  const { files } = await reviewed(origin.clone, base, head);

  expect(files).toEqual(['b.txt']);
  expect(existsSync(proof)).toBe(false);
  expect(await readdir(origin.clone, { recursive: true })).toEqual(before);
});

test.skipIf(process.getuid?.() !== 0)(
  'one of another user is not read, and it says why (skipped unless root can make one)',
  async () => {
    const base = origin.commit({ 'a.txt': 'a\n' });
    for (const path of [origin.clone, join(origin.clone, '.git')]) await chown(path, 12_345, 12_345);

    await expect(reviewed(origin.clone, base, base)).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('belongs to another user'),
    });
  },
);

describe('a clone that lacks', () => {
  test('its older history is read, and the log says what is not there', async () => {
    for (const at of ['one', 'two']) origin.commit({ 'a.txt': `${at}\n` });
    const base = origin.commit({ 'a.txt': 'three\n' });
    const head = origin.commit({ 'b.txt': 'b\n' });
    const shallow = join(dir, 'shallow');
    origin.git(['clone', '-q', '--depth=2', origin.url, shallow], dir);

    const { files, log } = await reviewed(shallow, base, head);

    expect(files).toEqual(['b.txt']);
    expect(log.split('\n')).toHaveLength(3);
    expect(log).toContain('[the repository was cloned without its older history');
  });

  test('the contents of files is refused with what git says, and nothing is fetched from elsewhere', async () => {
    const base = origin.commit({ 'a.txt': 'one\n'.repeat(100) });
    const head = origin.commit({ 'a.txt': 'two\n'.repeat(100) });
    origin.git(['config', 'uploadpack.allowFilter', 'true'], origin.bare);
    const partial = join(dir, 'partial');
    origin.git(['clone', '-q', '--filter=blob:none', '--no-checkout', origin.url, partial], dir);

    await expect(reviewed(partial, base, head)).rejects.toThrow('fetching octo/app');
  });
});

test('a server cannot send git to a folder of this machine', async () => {
  const base = origin.commit({ 'a.txt': 'a\n' });
  const asked: string[] = [];
  const server = createServer((req, res) => {
    asked.push(req.url ?? '');
    res.writeHead(302, { location: `${origin.url}${req.url}` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;

  await expect(reviewed(`http://127.0.0.1:${port}/x.git`, base, base)).rejects.toThrow('fetching octo/app');

  server.close();
  expect(asked.length).toBeGreaterThan(0);
});

test.each(['ext::sh -c true', 'ssh://host/x', 'git://host/x', '../x', 'host:x'])(
  '%s is refused before git sees it',
  async (url) => {
    const base = origin.commit({ 'a.txt': 'a\n' });

    await expect(reviewed(url, base, base)).rejects.toThrow('over https, http or file only');
  },
);
