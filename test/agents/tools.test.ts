import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { limitOutput } from '../../src/agents/tools/limit-output.ts';
import { TOOL_LIMITS } from '../../src/agents/tools/tool-limits.ts';
import { ROLE_TOOLS } from '../../src/core/roles.ts';
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

describe('the list of tools', () => {
  it('is the same for every role of a kind of job, in the same order', () => {
    const names = (change: ToolChange) => JSON.stringify(toolsFor(change));

    expect(toolsFor().map(({ name }) => name)).toEqual([
      'read',
      'glob',
      'grep',
      'read_skill',
      'bash',
      'write',
      'edit',
    ]);
    expect(toolsFor({ mayChange: false }).map(({ name }) => name)).toEqual([
      'read',
      'glob',
      'grep',
      'read_skill',
      'git_log',
      'git_blame',
    ]);
    expect(names({ tools: ['read'] })).toBe(names({ tools: ROLE_TOOLS }));
  });

  it("refuses what is not among the role's tools when it is called", async () => {
    const commands: string[] = [];

    expect(await call('bash', { command: 'ls' }, { tools: ['read', 'grep'], commands })).toBe(
      'error: bash is not among the tools of the role qa. Use: read, grep.',
    );
    expect(commands).toEqual([]);
  });

  it('closes every input to fields that are not known', async () => {
    expect(await call('read', { file_path: 'src/a.js', follow: true })).toMatch(/^error: .*follow/s);
    expect(await call('edit', { file_path: 'src/a.js' })).toMatch(/^error: .*old_string/s);
  });
});

describe('files', () => {
  it('are read whole or in a range, written and edited', async () => {
    expect(await call('read', { file_path: 'src/a.js' })).toBe('one\ntwo\nthree\n');
    expect(await call('read', { file_path: 'src/a.js', view_range: [2, 2] })).toBe('two');
    await call('write', { file_path: 'lib/b.js', content: 'new' });
    await call('edit', { file_path: 'src/a.js', old_string: 'two', new_string: '2' });
    expect(await readFile(join(dir, 'lib/b.js'), 'utf8')).toBe('new');
    expect(await readFile(join(dir, 'src/a.js'), 'utf8')).toBe('one\n2\nthree\n');
  });

  it('that are empty are said to be empty', async () => {
    await writeFile(join(dir, 'empty'), '');

    expect(await call('read', { file_path: 'empty' })).toBe('(empty)');
  });

  it.each([
    ['above it', '../outside'],
    ['by an absolute path', '/etc/passwd'],
    ['through a link', 'link/passwd'],
  ])('outside the checkout are out of reach: %s', async (_, path) => {
    await symlink('/etc', join(dir, 'link'));

    for (const [name, more] of [
      ['read', {}],
      ['write', { content: 'x' }],
      ['edit', { old_string: 'root', new_string: 'x' }],
    ] as const) {
      expect(await call(name, { file_path: path, ...more })).toMatch(/^error: /);
    }
    expect(await call('grep', { pattern: 'root', path })).toMatch(/^error: /);
    expect(await call('glob', { pattern: `${path}*` })).not.toMatch(/passwd$/);
  });

  it('are found and searched with paths relative to the checkout', async () => {
    expect(await call('glob', { pattern: '**/*.js' })).toBe('src/a.js');
    expect((await call('grep', { pattern: 'tw.' })).trim()).toBe('src/a.js:2:two');
    expect((await call('grep', { pattern: 'tw.', path: 'src' })).trim()).toBe('src/a.js:2:two');
    expect(await call('grep', { pattern: 'four' })).toBe('no matches');
  });

  it('are found in folders with a dot and relative to a folder, but not below .git', async () => {
    for (const folder of ['.github', '.git']) await mkdir(join(dir, folder), { recursive: true });
    await writeFile(join(dir, '.github/ci.yml'), '');
    await writeFile(join(dir, '.git/ci.yml'), '');

    expect(await call('glob', { pattern: '**/*.yml' })).toBe('.github/ci.yml');
    expect(await call('glob', { pattern: './*.{yml,js}', path: 'src' })).toBe('src/a.js');
    expect(await call('glob', { pattern: '*', path: 'nowhere' })).toBe('error: There is no folder nowhere.');
  });

  it('are listed up to a number, which is said', async () => {
    await mkdir(join(dir, 'many'));
    for (let at = 0; at < 203; at += 1) await writeFile(join(dir, `many/${at}`), '');

    const lines = (await call('glob', { pattern: 'many/*' })).split('\n');

    expect(lines).toHaveLength(201);
    expect(lines.at(-1)).toBe('(and 3 older ones)');
  });

  it.each([
    ['again/**/a.js', 'no matches'],
    ['[a]gain/**', 'no matches'],
    ['*/src/**', 'no matches'],
    ['**/a.js', 'src/a.js'],
  ])('are not looked for beyond a link: %s', async (pattern, listed) => {
    await symlink('.', join(dir, 'again'));

    expect(await call('glob', { pattern })).toBe(listed);
  });

  it('are not looked for with what only looks like a glob', async () => {
    expect(await call('glob', { pattern: 'src/@(a|b).js' })).toMatch(
      /^error: The pattern has an extended glob /,
    );
  });
});

describe('bash', () => {
  it('runs in the workspace with a timeout of its own', async () => {
    const commands: string[] = [];

    expect(await call('bash', { command: 'npm test' }, { commands })).toBe('exit code: 0\nok');
    await call('bash', { command: 'npm test', timeout_seconds: 5 }, { commands });
    expect(commands).toEqual(['npm test 120000', 'npm test 5000']);
  });

  it.each([
    [{ exitCode: 3, output: 'bad' }, 'error: exit code: 3\nbad'],
    [{ exitCode: 1, output: '' }, 'error: exit code: 1\n(no output)'],
    [
      { exitCode: null, timedOut: true, output: 'so far' },
      /^error: timed out after 120 seconds and was ended\nso far$/,
    ],
    [{ exitCode: null, output: '' }, /^error: was ended by a signal/],
  ])('tells how a command ended: %o', async (run, text) => {
    const told = await call('bash', { command: 'x' }, { run });

    if (typeof text === 'string') expect(told).toBe(text);
    else expect(told).toMatch(text);
  });

  it.each([0, 601, 1.5])('does not take a timeout of %d seconds', async (timeout_seconds) => {
    expect(await call('bash', { command: 'x', timeout_seconds })).toMatch(/^error: .*timeout_seconds/s);
  });
});

describe('read_skill', () => {
  it('reads a skill by name and says which there are', async () => {
    expect(await call('read_skill', { name: 'bisecting' })).toBe('Halve it.');
    expect(await call('read_skill', { name: 'cooking' })).toMatch(/^error: .*bisecting/);
  });
});

it('runs calls that come together one after another, in their order', async () => {
  const tools = new Map(toolsFor().map((tool) => [tool.name, tool]));
  const read = tools.get('read');

  const results = await Promise.all([
    tools.get('write')?.run({ file_path: 'n', content: '1' }),
    tools.get('edit')?.run({ file_path: 'n', old_string: '1', new_string: '2' }),
    read?.run({ file_path: 'n' }),
    tools.get('edit')?.run({ file_path: 'n', old_string: '2', new_string: '3' }),
    read?.run({ file_path: 'n' }),
  ]);

  expect([results[2], results[4]]).toEqual(['2', '3']);
});

it('runs nothing once the run was stopped', async () => {
  const signal = AbortSignal.abort(new Error('stopped'));

  expect(await call('write', { file_path: 'late', content: 'x' }, { signal })).toMatch(/^error: .*stopped/);
  await expect(readFile(join(dir, 'late'))).rejects.toThrow('ENOENT');
});

describe('the output limiter', () => {
  it('keeps what fits as it is, and beginning and end of the rest', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 400, unit: 'binary' }),
        fc.integer({ min: 10, max: 100 }),
        (text, max) => {
          const shown = limitOutput(text, max);

          if (text.length <= max) expect(shown).toBe(text);
          else {
            const [head, mark, tail] = shown.split(/\n(\[cut: [\d,]+ of [\d,]+ characters shown\])\n/);
            expect(mark).toContain(`of ${text.length} characters`);
            expect(text.startsWith(head ?? '?') && text.endsWith(tail ?? '?')).toBe(true);
            expect((head ?? '').length + (tail ?? '').length).toBeLessThanOrEqual(max);
          }
        },
      ),
    );
  });

  it('bounds every result and every error', async () => {
    await writeFile(join(dir, 'long'), 'x'.repeat(TOOL_LIMITS.outputChars + 500));
    const run = { exitCode: 1, output: 'y'.repeat(TOOL_LIMITS.outputChars * 2) };

    expect((await call('read', { file_path: 'long' })).length).toBeLessThan(TOOL_LIMITS.outputChars + 100);
    expect((await call('bash', { command: 'x' }, { run })).length).toBeLessThan(
      TOOL_LIMITS.outputChars + 100,
    );
  });
});
