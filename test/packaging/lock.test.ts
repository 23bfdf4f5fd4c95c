/** package-lock.json as `npm ci` wants it on any machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';

const names = z.record(z.string(), z.string()).default({});
const entrySchema = z.looseObject({
  version: z.string().optional(),
  hasInstallScript: z.boolean().default(false),
  dependencies: names,
  optionalDependencies: names,
});
const root = join(import.meta.dirname, '../..');
const { packages } = z
  .looseObject({ packages: z.record(z.string(), entrySchema) })
  .parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));

// Where the registry lacks a platform's package for a while, npm leaves it out of the lock without a word.
it('names every dependency, those of other platforms too', () => {
  const missing = Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => !placesOf(path, name).some((place) => place in packages))
      .map((name) => `${path}: ${name}`),
  );

  expect(Object.keys(packages).length).toBeGreaterThan(100);
  expect(missing).toEqual([]);
});

it('says of every package with an install script whether it may run', () => {
  const { allowScripts } = z
    .looseObject({ allowScripts: z.record(z.string(), z.boolean()) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const withScript = Object.entries(packages)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''));

  expect(Object.keys(allowScripts).sort()).toEqual([...new Set(withScript)].sort());
});

/** Where Node looks for `name` from the package at `path`, nearest first. */
function placesOf(path: string, name: string): readonly string[] {
  const own = `${path}${path === '' ? '' : '/'}node_modules/${name}`;
  const above = path.lastIndexOf('node_modules/');
  return above < 0 ? [own] : [own, ...placesOf(path.slice(0, above).replace(/\/$/, ''), name)];
}
