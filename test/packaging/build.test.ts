/** What `npm run build` makes, run by itself beside the files that the package brings. */
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const BUILD_TIMEOUT_MS = 120_000;
const SHIPPED = ['package.json', 'app.yml', 'hive-mind', 'migrations'];

let installed: string;

beforeAll(() => {
  installed = mkdtempSync(join(tmpdir(), 'crew-build-'));
  execFileSync(process.execPath, [join(root, 'scripts/build.ts'), '--out', join(installed, 'dist')]);
  for (const path of SHIPPED) cpSync(join(root, path), join(installed, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(installed, 'node_modules'));
  mkdirSync(join(installed, 'elsewhere'));
}, BUILD_TIMEOUT_MS);

afterAll(() => rmSync(installed, { recursive: true, force: true }));

/** In a folder that has nothing to do with the package. */
function runNode(...args: readonly string[]): string {
  return execFileSync(process.execPath, args, {
    cwd: join(installed, 'elsewhere'),
    encoding: 'utf8',
    env: {},
  });
}

describe('the build', () => {
  it.each(['crew.js', 'cli.js'])('answers by %s with its commands', (file) => {
    const help = runNode(join(installed, 'dist/src', file), '--help');

    for (const name of ['start', 'web', 'worker', 'migrate', 'doctor', 'demo']) expect(help).toContain(name);
  });

  it('has every file that is not TypeScript beside its code, and no TypeScript', () => {
    const files = (dir: string) =>
      globSync('{src,demo}/**', { cwd: dir, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(dir.length + 1));
    const data = files(root).filter((file) => extname(file) !== '.ts');
    const built = files(join(installed, 'dist'));

    expect(data.length).toBeGreaterThan(50);
    expect(data.filter((file) => !built.includes(file))).toEqual([]);
    expect(built.filter((file) => file.endsWith('.ts'))).toEqual([]);
  });

  it.each([
    { load: 'app/probot/load-commands.js', call: 'loadCommands', folder: 'app/commands' },
    { load: 'app/publisher/load-effects.js', call: 'loadEffects', folder: 'app/publisher/effects' },
  ])('finds what is registered in $folder', ({ load, call, folder }) => {
    const module = JSON.stringify(join(installed, 'dist/src', load));
    const script = `const found = await (await import(${module})).${call}(); console.log(found.length ?? found.size)`;

    const count = Number(runNode('--input-type=module', '--eval', script));

    expect(count).toBe(readdirSync(join(root, 'src', folder)).length);
  });

  it('finds its roles and hive mind', () => {
    const module = JSON.stringify(join(installed, 'dist/src/wire/crew-files.js'));
    const script = `const found = await (await import(${module})).loadCrewFiles(); console.log(found.roles.size)`;

    const count = Number(runNode('--input-type=module', '--eval', script));

    expect(count).toBe(readdirSync(join(root, 'src/agents/roles')).length);
  });
});
