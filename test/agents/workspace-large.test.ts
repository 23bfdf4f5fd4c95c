// Pull requests of a size that GitHub itself gives up on: all of their files are listed, in bounded memory.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Origin } from './workspace-fixture.ts';

const MEMORY_MAX_MB = 512;
let origin: Origin;
let root: string;

beforeAll(() => {
  origin = new Origin();
  root = mkdtempSync(join(tmpdir(), 'large-'));
});
afterAll(() => {
  origin.remove();
  rmSync(root, { recursive: true, force: true });
});

async function read(base: string, head: string) {
  const program = join(import.meta.dirname, 'read-large.ts');
  const { stdout } = await promisify(execFile)('node', [program, origin.url, root, base, head]);
  return JSON.parse(stdout) as unknown;
}

const underTheLimit = expect.toSatisfy((mb: number) => mb > 0 && mb < MEMORY_MAX_MB);
const linesOf = (count: number, text: string) =>
  Array.from({ length: count }, (_, at) => `${at} ${text}\n`).join('');

test('3,000 files', { timeout: 120_000 }, async () => {
  const files = (text: string) =>
    Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`src/f${at}.ts`, linesOf(20, text)]));
  mkdirSync(join(origin.clone, 'src'));
  const base = origin.commit(files('before'));
  const head = origin.commit(files('after'));

  expect(await read(base, head)).toEqual({
    listed: 3_000,
    measured: 3_000,
    additions: 60_000,
    compared: 3_000,
    withText: 3_000,
    maxRssMb: underTheLimit,
  });
});

test('a file of 20,000 lines beside a small one', { timeout: 60_000 }, async () => {
  const base = origin.commit({ 'small.ts': 'a\n' });
  const head = origin.commit({ 'small.ts': 'b\n', 'long.ts': linesOf(20_000, 'x'.repeat(100)) });

  expect(await read(base, head)).toEqual({
    listed: 2,
    measured: 2,
    additions: 20_001,
    compared: 2,
    withText: 2,
    maxRssMb: underTheLimit,
  });
});

test('files of many empty lines, and one of 40 MB', { timeout: 120_000 }, async () => {
  const base = origin.commit({ 'small.ts': 'c\n' });
  const head = origin.commit({
    'small.ts': 'd\n',
    ...Object.fromEntries(
      Array.from({ length: 3 }, (_, at) => [`empty${at}.ts`, '\n'.repeat(1_000_000 + at)]),
    ),
    'huge.ts': Buffer.alloc(40_000_000, 'line of the huge file\n'),
  });

  expect(await read(base, head)).toEqual({
    listed: 5,
    measured: 1,
    additions: expect.any(Number),
    compared: 5,
    withText: 1,
    maxRssMb: underTheLimit,
  });
});
