// The small parts below workspaces: the lock between processes, and ignore rules moved to the root.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diskFailure, fetchFailure } from '../../src/agents/workspace/failures.ts';
import { withFileLock } from '../../src/agents/workspace/file-lock.ts';
import { GitError } from '../../src/agents/workspace/git.ts';
import { ignoreRulesAtRoot } from '../../src/agents/workspace/ignore-rules.ts';
import { isGone, parseOwner, thisOwner } from '../../src/agents/workspace/owner.ts';
import { TransientError, UserError } from '../../src/core/errors.ts';
import { clock } from './workspace-fixture.ts';

const dir = mkdtempSync(join(tmpdir(), 'workspace-rules-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** The number of a process that has ended. */
const deadPid = () => spawnSync('true').pid;

describe('the lock of a mirror', () => {
  const lock = (name: string, waitMs = 10_000) => ({ path: join(dir, name), waitMs, clock });

  test('lets one in at a time', async () => {
    let [inside, most] = [0, 0];
    const body = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };

    await Promise.all(Array.from({ length: 8 }, () => withFileLock(lock('one'), body)));

    expect(most).toBe(1);
  });

  test('is given back when the work fails', async () => {
    await expect(withFileLock(lock('failing'), () => Promise.reject(new Error('broken')))).rejects.toThrow(
      'broken',
    );

    expect(await withFileLock(lock('failing', 0), async () => 'in')).toBe('in');
  });

  test.each([
    ['whose process has ended', () => ({ ...thisOwner(), pid: deadPid() })],
    ['of an earlier process with this number', () => ({ ...thisOwner(), startId: 'before' })],
  ])('%s is taken over by one of those who wait', async (_what, owner) => {
    writeFileSync(join(dir, 'stale'), JSON.stringify(owner()));
    let inside = 0;

    await Promise.all(
      Array.from({ length: 4 }, () =>
        withFileLock(lock('stale'), async () => {
          expect(++inside).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          inside -= 1;
        }),
      ),
    );
  });

  test('of another host is respected while it is fresh, and taken over when it has gone stale', async () => {
    const path = join(dir, 'foreign');
    writeFileSync(path, JSON.stringify({ ...thisOwner(), host: 'another' }));

    await expect(withFileLock(lock('foreign', 60), async () => 'in')).rejects.toThrow(TransientError);
    const longAgo = new Date(Date.now() - 3_600_000);
    utimesSync(path, longAgo, longAgo);
    expect(await withFileLock(lock('foreign'), async () => 'in')).toBe('in');
  });
});

test('an owner that cannot be read, or is elsewhere, is not called gone', () => {
  expect(parseOwner('{"host":')).toBeNull();
  expect(isGone({ ...thisOwner(), host: 'another', pid: deadPid() })).toBe(false);
  expect(isGone(thisOwner())).toBe(false);
  expect(isGone({ ...thisOwner(), pid: deadPid() })).toBe(true);
});

describe('ignore rules at the root mean what they meant in their folder', () => {
  const PATHS = [
    'a.log',
    'x/a.log',
    'x/y/a.log',
    'x/y/build/o',
    'x/build/o',
    'x/lib/k',
    'x/y/lib/k',
    'z/x/a.log',
    'x/ #1/t',
  ];
  const ignored = (files: Readonly<Record<string, string>>, exclude: string): readonly string[] => {
    const tree = mkdtempSync(join(dir, 'tree-'));
    execFileSync('git', ['init', '-q', tree]);
    for (const [path, text] of [...PATHS.map((path) => [path, ''] as const), ...Object.entries(files)]) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
    writeFileSync(join(tree, '.git/info/exclude'), exclude);
    const listed = execFileSync('git', ['ls-files', '-oi', '--exclude-standard', '-z'], {
      cwd: tree,
    }).toString();
    return listed.split('\0').filter((path) => PATHS.includes(path));
  };

  test.each([
    '*.log',
    '/a.log',
    'y/a.log',
    'build/',
    '/lib',
    '*.log\n!a.log',
    '# no\n\n  \nlib/\r',
    'y/',
    '\\ #1',
    '**/build',
  ])('%j', (rules) => {
    const moved = ignoreRulesAtRoot('x', rules).join('\n');

    expect(ignored({}, moved)).toEqual(ignored({ 'x/.gitignore': rules }, ''));
  });

  test('of the root stay as they are', () => {
    expect(ignoreRulesAtRoot('', 'dist/\n!keep')).toEqual(['dist/', '!keep']);
  });
});

describe('failures are put into kinds', () => {
  const gitError = (stderr: string) => new GitError('fetch', { exitCode: 128, stderr, timedOut: false });

  test.each([
    ['fatal: write error: No space left on device', TransientError],
    ['fatal: unable to access: Could not resolve host: github.com', TransientError],
    ['fatal: Authentication failed for https://github.com/', TransientError],
    ['remote: Repository not found.\nfatal: repository https://github.com/a/b/ not found', UserError],
    ['fatal: unable to access: The requested URL returned error: 403', TransientError],
    ['remote: You have exceeded a secondary rate limit.\nfatal: returned error: 403', TransientError],
    ['remote: Permission to a/b.git denied to crew[bot].\nfatal: returned error: 403', UserError],
    ['remote: Write access to repository not granted.\nfatal: returned error: 403', UserError],
    ['fatal: remote error: upload-pack: not our ref 0123', UserError],
  ])('%s', (stderr, kind) => {
    expect(fetchFailure(gitError(stderr), 'fetching')).toBeInstanceOf(kind);
  });

  test('a full disk passes, whoever reports it; a bug stays what it is', () => {
    const bug = new TypeError('x is undefined');

    expect(diskFailure(new Error('ENOSPC: no space left on device, write'))).toBeInstanceOf(TransientError);
    expect(diskFailure(bug)).toBe(bug);
  });
});
