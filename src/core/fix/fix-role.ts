/** Whose round it is: the specialist who owns most of the paths concerned. Pure. */
import type { FixRequest } from '../request-records.ts';
import { ableTo, ownsPath, type Role } from '../roles.ts';

const LOG_PATHS_MAX = 200;
/** A path with a folder or an ending, as compilers and test runners print them. */
const PATH = /(?<![\w./@-])(?:\.\/)?((?:[\w@.-]+\/)*[\w@.-]+\.[a-z]{1,5})(?=[:(),\s"'\]]|$)/gi;

export function fixerOf(request: FixRequest, roles: readonly Role[]): string {
  const able = ableTo('work', roles, request.config);
  const bySource = [pathsInLogs(request), pathsOfThreads(request), request.paths];
  for (const paths of bySource) {
    const owner = ownerOfMost(paths, able);
    if (owner !== null) return owner;
  }
  return able[0]?.name ?? 'backend';
}

function ownerOfMost(paths: readonly string[], roles: readonly Role[]): string | null {
  let best: { readonly name: string; readonly count: number } | null = null;
  for (const role of roles) {
    const count = paths.filter((path) => ownsPath(role, path)).length;
    if (count > (best?.count ?? 0)) best = { name: role.name, count };
  }
  return best?.name ?? null;
}

/** Only files of the pull request count, where it is known what it changes: a log names those of libraries, too. */
function pathsInLogs({ cause, paths }: FixRequest): readonly string[] {
  if (cause.kind !== 'checks') return [];
  const named = cause.checks.flatMap(({ log }) =>
    [...(log ?? '').matchAll(PATH)].slice(0, LOG_PATHS_MAX).map(([, path = '']) => path),
  );
  const known = paths.filter((path) => named.some((name) => path === name || name.endsWith(`/${path}`)));
  return known.length > 0 ? known : [...new Set(named)];
}

function pathsOfThreads({ feedback }: FixRequest): readonly string[] {
  return feedback.flatMap(({ path }) => (path === null ? [] : [path]));
}
