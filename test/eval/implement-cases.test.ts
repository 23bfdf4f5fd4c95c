import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Case, loadCase } from '../../eval/implement/load-case.ts';
import { loadCases } from '../../eval/shared/load-cases.ts';

const SHIPPED = join(import.meta.dirname, '../../eval/cases/implement');
/** What was never shown to the crew: for each case, files that resolve it. */
const SOLUTIONS = join(import.meta.dirname, 'solutions');
const shipped = await loadCases(SHIPPED, loadCase);
const byName = shipped.map((one) => [one.name, one] as const);

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-implement-cases-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the shipped cases of implementing', () => {
  it('are at least five, each with a solution', async () => {
    expect(shipped.length).toBeGreaterThanOrEqual(5);
    expect((await readdir(SOLUTIONS)).sort()).toEqual(shipped.map(({ name }) => name).sort());
  });

  it.each(byName)('%s: its hidden tests fail on the base, and pass on a solution', async (name, one) => {
    const base = await checkout(one, []);
    const solved = await checkout(one, [join(SOLUTIONS, name)]);

    const before = await run(one.command, await withHidden(one, base));
    const after = await run(one.command, await withHidden(one, solved));

    // 126 and 127: it could not be run, which proves nothing.
    expect([0, 126, 127]).not.toContain(before.status);
    expect(after).toMatchObject({ status: 0 });
  });

  it.each(byName)("%s: the repository's own tests pass before and after", async (name, one) => {
    const own = one.name.startsWith('node-') ? 'npm test' : 'make test';
    const base = await checkout(one, []);
    const solved = await checkout(one, [join(SOLUTIONS, name)]);

    expect(await run(own, base)).toMatchObject({ status: 0 });
    expect(await run(own, solved)).toMatchObject({ status: 0 });
  });
});

async function checkout({ source }: Case, over: readonly string[]): Promise<string> {
  if (source.kind !== 'folder') throw new Error('a shipped case is a folder');
  const into = await mkdtemp(join(dir, 'checkout-'));
  for (const from of [source.dir, ...over]) await cp(from, into, { recursive: true });
  return into;
}

async function withHidden({ hiddenDir }: Case, into: string): Promise<string> {
  await cp(hiddenDir, into, { recursive: true });
  return into;
}

async function run(
  command: string,
  cwd: string,
): Promise<{ readonly status: number; readonly output: string }> {
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}`, HOME: dir };
  try {
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], { cwd, env });
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, output: stdout + stderr };
  }
}
