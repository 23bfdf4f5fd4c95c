/** Where `crew` begins, under a Node that is new enough and under one that is not. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const root = join(import.meta.dirname, '../..');
const LAUNCHER = join(root, 'src/crew.js');
const { bin, scripts, engines } = z
  .object({
    bin: z.record(z.string(), z.string()),
    scripts: z.record(z.string(), z.string()),
    engines: z.object({ node: z.string() }),
  })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));

function launch(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  return spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, LAUNCHER, '--help'],
    { encoding: 'utf8', env: {} },
  );
}

it.each(['20.20.2', '9.0.0', '23.11.1'])('says in one sentence that Node %s is too old', (version) => {
  const { status, stdout, stderr } = launch(version);

  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toMatch(
    new RegExp(`^HyperCode Crew needs Node 24 or later and this is Node ${version}: .*\\n$`),
  );
});

it.each(['24.0.0', process.versions.node, '100.1.0'])('starts under Node %s', (version) => {
  const { status, stdout } = launch(version);

  expect(status).toBe(0);
  expect(stdout).toContain('doctor');
});

it('is what the package, its scripts and the image start, and asks for the Node that the package does', () => {
  const image = readFileSync(join(root, 'Dockerfile'), 'utf8');

  expect(bin).toEqual({ crew: 'dist/src/crew.js' });
  for (const name of ['demo', 'start', 'crew']) expect(scripts[name]).toMatch(/^node src\/crew\.js\b/);
  expect(image).toContain('"node", "/app/dist/src/crew.js"');
  expect(readFileSync(LAUNCHER, 'utf8')).toContain(`NODE_MINIMUM = ${engines.node.replace('>=', '')};`);
});
