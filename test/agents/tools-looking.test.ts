import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { TOOL_LIMITS } from '../../src/agents/tools/tool-limits.ts';
import { UserError } from '../../src/core/errors.ts';
import { callIn, type ToolChange, toolsIn } from './tool-calls.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'crew-tools-'));
  await mkdir(join(dir, 'src'));
  await writeFile(join(dir, 'src/a.js'), 'one\ntwo\nthree\n');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const toolsFor = (change?: ToolChange) => toolsIn(dir, change);
const call = (name: string, input: unknown, change?: ToolChange) => callIn(dir, name, input, change);

describe('whoever only looks', () => {
  const looking = { mayChange: false } as const;

  it('has no tool that runs or changes anything, whatever the role may do', () => {
    const names = toolsFor(looking).map(({ name }) => name);

    expect(names.filter((name) => ['bash', 'write', 'edit'].includes(name))).toEqual([]);
  });

  it('reads the history of the commit that is checked out', async () => {
    const git = (asked: string) => asked;

    expect(await call('git_log', { path: null }, { ...looking, git })).toBe('log c null');
    expect(await call('git_log', { path: 'src' }, { ...looking, git })).toBe('log c src');
    expect(await call('git_blame', { file_path: 'src/a.js', lines: [2, 3] }, { ...looking, git })).toBe(
      'blame c src/a.js 2 3',
    );
  });

  it.each([[[3]], [[3, 2]], [[1, 2, 3]], [[0, 2]], [[1, TOOL_LIMITS.blameLines + 1]]])(
    'is refused the lines %j',
    async (lines) => {
      const asked: string[] = [];
      const git = (what: string) => String(asked.push(what));

      expect(await call('git_blame', { file_path: 'a', lines }, { ...looking, git })).toMatch(/^error: /);
      expect(asked).toEqual([]);
    },
  );

  it('is told what git cannot tell, within the limit of every output', async () => {
    const refuse = () => {
      throw new UserError('`a` is not in that commit.');
    };
    const long = () => 'x'.repeat(TOOL_LIMITS.outputChars * 2);

    expect(await call('git_log', { path: 'a' }, { ...looking, git: refuse })).toBe(
      'error: `a` is not in that commit.',
    );
    expect((await call('git_log', { path: null }, { ...looking, git: long })).length).toBeLessThan(
      TOOL_LIMITS.outputChars + 100,
    );
  });

  it('without the right to read has no history either', async () => {
    expect(await call('git_log', { path: null }, { ...looking, tools: ['grep'] })).toBe(
      'error: git_log is not among the tools of the role qa. Use: grep.',
    );
  });

  it('finds nothing outside the checkout through links that the change brings', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'crew-outside-'));
    onTestFinished(() => rm(outside, { recursive: true, force: true }));
    await writeFile(join(outside, 'secret.txt'), 'hunter2');
    await symlink(join(outside, 'secret.txt'), join(dir, 'src/file-link'));
    await symlink(outside, join(dir, 'src/folder-link'));
    await symlink('folder-link', join(dir, 'src/link-to-link'));

    const shown = [
      await call('read', { file_path: 'src/file-link' }, looking),
      await call('read', { file_path: 'src/folder-link/secret.txt' }, looking),
      await call('read', { file_path: 'src/link-to-link/secret.txt' }, looking),
      await call('read', { file_path: 'src/folder-link/../../secret.txt' }, looking),
      await call('grep', { pattern: 'hunter' }, looking),
      await call('grep', { pattern: 'hunter', path: 'src/file-link' }, looking),
      await call('grep', { pattern: 'hunter', path: 'src/folder-link' }, looking),
      await call('glob', { pattern: '**/*' }, looking),
      await call('glob', { pattern: '*', path: 'src/folder-link' }, looking),
      await call('glob', { pattern: 'src/folder-link/*' }, looking),
    ];

    expect(shown.filter((text) => /hunter2|secret\.txt$/m.test(text))).toEqual([]);
  });
});
