/** Which files only a plan that a person approved, and that names them, may change. Pure. */
import type { PlanAnswer } from '../answers.ts';
import { owns } from '../path-filter.ts';

/** A lock file changes by itself only where something replaces what everybody installs; with its manifest it is ordinary. */
const MANIFESTS: Readonly<Record<string, readonly string[]>> = {
  'package-lock.json': ['package.json'],
  'npm-shrinkwrap.json': ['package.json'],
  'yarn.lock': ['package.json'],
  'pnpm-lock.yaml': ['package.json', 'pnpm-workspace.yaml'],
  'bun.lock': ['package.json'],
  'Cargo.lock': ['Cargo.toml'],
  'go.sum': ['go.mod'],
  'poetry.lock': ['pyproject.toml'],
  'uv.lock': ['pyproject.toml'],
  'Pipfile.lock': ['Pipfile'],
  'Gemfile.lock': ['Gemfile'],
  'composer.lock': ['composer.json'],
  'gradle.lockfile': ['build.gradle', 'build.gradle.kts'],
  'packages.lock.json': ['*.csproj'],
  'mix.lock': ['mix.exs'],
  'pubspec.lock': ['pubspec.yaml'],
};

/** Those of `paths` that are protected, in their order; `paths` are all that one change touches. */
export function protectedAmong(paths: readonly string[], globs: readonly string[]): readonly string[] {
  return paths.filter((path) => owns(globs, path) || isLoneLock(path, paths));
}

/** Those that a plan names, in their order and each once. A folder is protected where a file in it could be. */
export function protectedIn(plan: Pick<PlanAnswer, 'subtasks'>, globs: readonly string[]): readonly string[] {
  const named = [...new Set(plan.subtasks.flatMap(({ files }) => files.map(plainPath)))];
  const files = new Set(protectedAmong(named, globs));
  return named.filter((path) => files.has(path) || owns(globs, `${path}/any`));
}

/** As git spells it: a model may write `./a`, `/a` or `a/`. */
export function plainPath(path: string): string {
  return path
    .trim()
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function isLoneLock(path: string, paths: readonly string[]): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const manifests = Object.hasOwn(MANIFESTS, name) ? MANIFESTS[name] : undefined;
  if (manifests === undefined) return false;
  return !paths.some((other) => manifests.some((manifest) => isNamed(other, manifest)));
}

/** In any folder: a workspace keeps one lock file for the manifests of all its packages. */
function isNamed(path: string, manifest: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return manifest.startsWith('*') ? name.endsWith(manifest.slice(1)) : name === manifest;
}
