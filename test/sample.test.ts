import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readSampleTexts, seedSample } from '../demo/sample.ts';

const run = promisify(execFile);
const SAMPLE = join(import.meta.dirname, '../demo/sample');

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sample-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('the sample repository', () => {
  it.each([
    ['as it is', ['base'], 8],
    ['with the pull request', ['base', 'pull-request'], 10],
  ] as const)('passes its own tests %s, in less than three seconds', async (_, layers, passed) => {
    const tree = await folder();
    for (const layer of layers) await cp(join(SAMPLE, layer), tree, { recursive: true });
    const began = performance.now();

    const { stdout } = await run('npm', ['test'], { cwd: tree });

    expect(performance.now() - began).toBeLessThan(3000);
    expect(stdout).toMatch(new RegExp(`pass ${passed}\\b`));
    expect(stdout).toMatch(/fail 0\b/);
  });

  it('is the same repository wherever and whenever it is built', async () => {
    const parent = await folder();

    const first = await seedSample({ bareDir: join(parent, 'first') });
    const second = await seedSample({ bareDir: join(parent, 'second') });

    expect(second).toEqual(first);
    expect(first.mainSha).toMatch(/^[0-9a-f]{40}$/);
    expect(first.pullBranch).toBe('search-and-notes');
  });

  it('has a history on main, everything that lies in its folder, and the pull request one commit ahead', async () => {
    const bareDir = join(await folder(), 'bare');
    const { mainSha, pullSha } = await seedSample({ bareDir });
    const git = async (...args: string[]) =>
      (await run('git', ['--git-dir', bareDir, ...args])).stdout.trim();

    const tree = join(await folder(), 'tree');
    await run('git', ['clone', '--quiet', bareDir, tree]);

    expect(await git('rev-list', '--count', mainSha)).toBe('5');
    expect(await git('rev-parse', `${pullSha}^`)).toBe(mainSha);
    expect(await git('diff', '--diff-filter=D', '--name-only', mainSha, pullSha)).toBe('');
    await run('diff', ['--recursive', '--exclude=.git', join(SAMPLE, 'base'), tree]);
  });

  it('comes with an issue and a pull request, each with title and body', async () => {
    const { issue, pull } = await readSampleTexts();

    for (const text of [issue, pull]) {
      expect(text.title).not.toMatch(/^#|^$/);
      expect(text.body.length).toBeGreaterThan(100);
    }
  });
});
