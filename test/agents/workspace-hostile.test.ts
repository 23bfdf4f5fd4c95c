// A repository, and an agent, that do everything they can to run code on the host or to smuggle something out.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { parseDiff } from '../../src/core/parse-diff.ts';
import type { Workspaces } from '../../src/core/workspace-ports.ts';
import { Origin, patchOf, request, workspacesFor } from './workspace-fixture.ts';

const ODD_NAMES = [
  'new\nline',
  '-leading-dash',
  '"quoted"',
  '\u202Egpj.exe',
  'CASE',
  'case',
  'tab\there',
  'back\\slash',
  ' blank ',
];

let origin: Origin;
let base: string;
let workspaces: Workspaces & { readonly root: string };

/** Written by whatever is run that must not be. */
const proof = () => join(origin.dir, 'PWNED');
const payload = () => `touch ${proof()}`;

beforeAll(async () => {
  origin = new Origin();
  const names = Object.fromEntries(ODD_NAMES.map((name) => [`odd/${name}`, `${name}\n`]));
  const evil = join(origin.clone, 'evil');
  mkdirSync(evil, { recursive: true });
  symlinkSync('/etc/passwd', join(evil, 'absolute'));
  symlinkSync('../../../../..', join(evil, 'upwards'));
  symlinkSync('loop', join(evil, 'loop'));
  writeFileSync(Buffer.concat([Buffer.from(`${evil}/`), Buffer.from([0xff, 0xfe])]), 'bytes\n');
  base = origin.commit({
    ...names,
    'file.txt': 'one\n',
    '.gitattributes':
      '* filter=evil diff=evil merge=evil\n*.lfs filter=lfs diff=lfs merge=lfs -text\n*.txt -diff\n',
    'big.lfs': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    '.gitmodules': `[submodule "x"]\n\tpath = sub\n\turl = ext::sh -c ${JSON.stringify(payload())}\n`,
    '.githooks/post-checkout': `#!/bin/sh\n${payload()}\n`,
    '.lfsconfig': `[lfs]\n\turl = file:///nowhere\n`,
  });
  origin.git(['update-index', '--add', '--cacheinfo', `160000,${base},sub`]);
  origin.git(['commit', '-q', '-m', 'submodule']);
  origin.git(['push', '-q', origin.bare, 'HEAD:refs/heads/main']);
  base = origin.git(['rev-parse', 'HEAD']);
  workspaces = await workspacesFor(origin);
});
afterAll(() => {
  origin.remove();
  rmSync(workspaces.root, { recursive: true, force: true });
});

/** A repository that runs code in whoever lets git look into it. */
function trap(dir: string): void {
  execFileSync('git', ['init', '-q', dir]);
  writeFileSync(join(dir, 'inside'), 'x');
  execFileSync('git', ['-C', dir, 'add', '.']);
  execFileSync('git', ['-C', dir, '-c', 'user.name=x', '-c', 'user.email=x@y', 'commit', '-q', '-m', 'x']);
  const config = `[core]\n\tfsmonitor = "${payload()}; false"\n\tsshCommand = "${payload()}"\n[filter "evil"]\n\tclean = "${payload()}; cat"\n\tsmudge = "${payload()}; cat"\n[diff "evil"]\n\ttextconv = "${payload()}; cat"\n\tcommand = "${payload()}"\n`;
  writeFileSync(join(dir, '.git/config'), config);
  writeFileSync(join(dir, '.git/hooks/post-checkout'), `#!/bin/sh\n${payload()}\n`, { mode: 0o755 });
  writeFileSync(join(dir, 'inside'), 'changed');
}

describe('a hostile repository', () => {
  test('is opened, changed, compared and closed with no effect outside', async () => {
    const workspace = await workspaces.open(request(base));
    writeFileSync(join(workspace.dir, 'file.txt'), 'two\n');

    const { patch } = await workspace.diff();
    const compared = await workspace.compare(origin.git(['rev-parse', `${base}~1`]), base, ['sub']);

    expect(parseDiff(patch).map((file) => [file.path, file.binary, file.additions])).toEqual([
      ['file.txt', false, 1],
    ]);
    expect(compared.map((file) => file.path)).toEqual(['sub']);
    expect(readdirSync(join(workspace.dir, 'odd')).sort()).toEqual([...ODD_NAMES].sort());
    expect(lstatSync(join(workspace.dir, 'evil/absolute')).isSymbolicLink()).toBe(true);
    await workspace.close();
    expect(existsSync(proof())).toBe(false);
    expect(readFileSync('/etc/passwd', 'utf8')).toContain('root');
  });

  test('cannot hide text from a review by its own attributes', async () => {
    const head = origin.commit({ 'hidden.txt': 'back door\n' });
    const workspace = await workspaces.open(request(head));

    const files = await workspace.compare(base, head, ['hidden.txt']);
    await workspace.close();

    expect(files).toContainEqual(
      expect.objectContaining({ path: 'hidden.txt', binary: false, additions: 1 }),
    );
  });
});

describe('a hostile agent', () => {
  test('odd names come through a patch as they are', async () => {
    const workspace = await workspaces.open(request(base));
    for (const name of ODD_NAMES) writeFileSync(join(workspace.dir, 'odd', name), 'changed\n');
    for (const name of ODD_NAMES) writeFileSync(join(workspace.dir, `new ${name}`), 'new\n');

    const { patch } = await workspace.diff();
    await workspace.close();

    const paths = [...ODD_NAMES.map((name) => `odd/${name}`), ...ODD_NAMES.map((name) => `new ${name}`)];
    expect(
      parseDiff(patch)
        .map((file) => file.path)
        .sort(),
    ).toEqual(paths.sort());
    const again = await workspaces.open(request(base, { patches: [patchOf('S1', patch)] }));
    for (const path of paths)
      expect(readFileSync(join(again.dir, path), 'utf8')).toMatch(/^(?:changed|new)\n$/);
    await again.close();
  });

  test('repositories, links, pipes and workflows in the tree are left out with a reason, and run nothing', async () => {
    const workspace = await workspaces.open(request(base));
    trap(join(workspace.dir, 'nested'));
    trap(join(workspace.dir, 'sub'));
    mkdirSync(join(workspace.dir, 'x/.git/hooks'), { recursive: true });
    writeFileSync(join(workspace.dir, 'x/.git/config'), `[core]\n\tfsmonitor = "${payload()}"\n`);
    writeFileSync(join(workspace.dir, '.git'), 'gitdir: sub/.git\n');
    for (const name of ['HEAD', 'config', 'objects', 'refs'])
      mkdirSync(join(workspace.dir, 'bare', name), { recursive: true });
    mkdirSync(join(workspace.dir, '.github/workflows'), { recursive: true });
    writeFileSync(join(workspace.dir, '.github/workflows/ci.yml'), 'on: push\n');
    symlinkSync('/etc', join(workspace.dir, 'etc'));
    symlinkSync('../../..', join(workspace.dir, 'odd/up'));
    symlinkSync('file.txt', join(workspace.dir, 'fine'));
    writeFileSync(Buffer.concat([Buffer.from(`${workspace.dir}/`), Buffer.from([0xff])]), 'bytes\n');
    rmSync(join(workspace.dir, 'odd/case'));
    execFileSync('mkfifo', [join(workspace.dir, 'odd/case'), join(workspace.dir, 'pipe')]);
    writeFileSync(join(workspace.dir, 'ok.txt'), 'ok\n');

    const { patch, leftOut } = await workspace.diff();
    await workspace.close();

    expect(parseDiff(patch).map((file) => file.path)).toEqual(['fine', 'ok.txt']);
    expect(leftOut).toEqual(
      expect.arrayContaining([
        { path: 'nested/', reason: 'it is a git repository of its own' },
        { path: '.github/workflows/ci.yml', reason: 'the App may not change workflows' },
        { path: 'etc', reason: 'it is a link out of the repository' },
        { path: 'odd/up', reason: 'it is a link out of the repository' },
        { path: '\ufffd', reason: 'its name is not UTF-8' },
        { path: 'odd/case', reason: 'it is no ordinary file' },
        { path: 'sub', reason: 'it is a submodule' },
      ]),
    );
    expect(existsSync(proof())).toBe(false);
  });

  test('a folder that became a link out of the repository takes nothing in', async () => {
    const workspace = await workspaces.open(request(base));
    const outside = join(origin.dir, 'outside');
    mkdirSync(outside, { recursive: true });
    for (const name of ODD_NAMES) writeFileSync(join(outside, name), 'secret\n');
    rmSync(join(workspace.dir, 'odd'), { recursive: true });
    symlinkSync(outside, join(workspace.dir, 'odd'));

    expect(await workspace.diff()).toEqual({
      patch: '',
      leftOut: [{ path: 'odd', reason: 'it is a link out of the repository' }],
    });
    await workspace.close();
    expect(readdirSync(outside)).toHaveLength(ODD_NAMES.length);
  });

  test('closing does not follow links out of the tree', async () => {
    const workspace = await workspaces.open(request(base));
    const kept = join(origin.dir, 'kept');
    mkdirSync(kept);
    writeFileSync(join(kept, 'file'), 'x');
    symlinkSync(kept, join(workspace.dir, 'link'));

    await workspace.close();

    expect(existsSync(join(kept, 'file'))).toBe(true);
  });
});

test('the traps of these tests do run when git looks into them', () => {
  const nested = join(origin.dir, 'sprung');
  trap(nested);

  execFileSync('git', ['-C', nested, 'status']);

  expect(existsSync(proof())).toBe(true);
});

test.each([
  ['file', 'x'.repeat(300)],
  ['folder', `${'y'.repeat(300)}/file.txt`],
])('a name of a %s that is longer than a disk takes is told as one', async (_, path) => {
  const longer = new Origin();
  try {
    longer.commit({ 'file.txt': 'one\n' });
    const blob = longer.git(['rev-parse', 'HEAD:file.txt']);
    longer.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
    longer.git(['commit', '-q', '-m', 'A name']);
    longer.git(['push', '-q', longer.bare, 'HEAD:refs/heads/main']);
    const theirs = await workspacesFor(longer);

    const opening = theirs.open(request(longer.git(['rev-parse', 'HEAD'])));

    await expect(opening).rejects.toThrow(UserError);
    await expect(opening).rejects.toThrow(`\`${path.slice(0, 200)}`);
    rmSync(theirs.root, { recursive: true });
  } finally {
    longer.remove();
  }
});
