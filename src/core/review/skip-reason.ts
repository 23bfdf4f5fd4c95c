/**
 * Which changed files a reviewer is not shown, and why. By path and kind only: what a file says about itself, such as
 * "generated", is the word of whoever wrote the change. Pure.
 */

const LOCK_FILES = new Set([
  'bun.lock',
  'bun.lockb',
  'Cargo.lock',
  'composer.lock',
  'deno.lock',
  'flake.lock',
  'Gemfile.lock',
  'go.sum',
  'gradle.lockfile',
  'mix.lock',
  'npm-shrinkwrap.json',
  'package-lock.json',
  'packages.lock.json',
  'Package.resolved',
  'pdm.lock',
  'Pipfile.lock',
  'pnpm-lock.yaml',
  'Podfile.lock',
  'poetry.lock',
  'pubspec.lock',
  'uv.lock',
  'yarn.lock',
]);

const VENDORED = /(?:^|\/)(?:node_modules|bower_components|vendor|third_party|Pods)\//;
const GENERATED =
  /(?:^|\/)(?:dist|coverage|__snapshots__|\.next)\/|\.min\.(?:js|css)$|\.(?:map|snap)$|\.pb\.go$|_pb2(?:_grpc)?\.py$|\.generated\.\w+$|\.g\.(?:dart|cs)$/;

/** Null when nothing in the kind of file speaks against reading it. */
export function skipReason(file: {
  readonly path: string;
  readonly binary: boolean;
  readonly submodule?: true;
}): string | null {
  if (file.submodule === true) return 'submodule: its commits are elsewhere';
  if (file.binary) return 'binary';
  if (LOCK_FILES.has(file.path.split('/').at(-1) ?? '')) return 'lock file';
  if (VENDORED.test(file.path)) return 'vendored';
  if (GENERATED.test(file.path)) return 'generated';
  return null;
}
