// Stricter than GitHub: refuses a token that is wider than what it is used for. Each request is judged by itself, also those of
// a deed that takes several: whoever needs more for one of them takes another token for that one. What a request needs is what
// permissions.ts asks of it. Where that is "issues, or pull_requests when the number is a pull request's", a token may hold both,
// for whoever writes does not know which the number is. Reads are held to the one repository only: what a deed may write it
// may look at first.
import type { Auth } from './auth.ts';
import { permissionRules } from './permissions.ts';
import { GitHubError, type World } from './world.ts';

type Permissions = Readonly<Record<string, string>>;

/** To open a pull request is to look at two branches. */
const MORE: Readonly<Record<string, Permissions>> = {
  'POST /repos/{owner}/{repo}/pulls': { contents: 'read' },
};
/** See graph-nodes.ts and github.com/cli/cli/discussions/6924 on `contents`. */
const MUTATIONS: readonly (readonly [RegExp, Permissions])[] = [
  [
    /\b(?:un)?resolveReviewThread\b|\bmarkPullRequestReadyForReview\b|\bconvertPullRequestToDraft\b/i,
    { contents: 'write', pull_requests: 'write' },
  ],
  [/^/, { pull_requests: 'write' }],
];
const LEVELS = ['read', 'write', 'admin'];

/** `operation`: as in permissions.ts; only those in a repository are judged. */
export function demandNarrowRest(world: World, auth: Auth, operation: string): void {
  const rule = permissionRules.get(operation);
  if (rule === undefined) return;
  const [name = '', level = ''] = rule.split(':');
  const either = name === 'issues' || name === 'either';
  const needed = either ? { issues: level, pull_requests: level } : { [name]: level };
  demand(world, auth, operation, level === 'write' ? { ...needed, ...MORE[operation] } : null);
}

/** Null for what is no mutation. */
export function demandNarrowGraph(world: World, auth: Auth, mutation: string | null): void {
  const needed = mutation === null ? null : MUTATIONS.find(([pattern]) => pattern.test(mutation))?.[1];
  demand(world, auth, mutation === null ? 'a GraphQL query' : 'a GraphQL mutation', needed ?? null);
}

/** Git tells what it is for by itself. */
export function demandNarrowGit(world: World, auth: Auth, pushes: boolean): void {
  demand(world, auth, pushes ? 'git push' : 'git fetch', { contents: pushes ? 'write' : 'read' });
}

function demand(world: World, auth: Auth, what: string, needed: Permissions | null): void {
  if (!world.strictTokens || auth.kind !== 'installation') return;
  const { repoIds, permissions } = auth.token;
  const problems = [
    ...(repoIds?.length === 1
      ? []
      : [`it reaches ${repoIds === null ? 'all' : repoIds.length} repositories`]),
    ...(needed === null ? [] : beyond(permissions, { metadata: 'read', ...needed })),
  ];
  if (problems.length === 0) return;
  const problem = `the token is wider than this needs: ${problems.join(', ')}`;
  world.conformance.note({ kind: 'token', where: what, problem });
  throw new GitHubError(403, `${what}: ${problem}`);
}

function beyond(held: Permissions, needed: Permissions): readonly string[] {
  return Object.entries(held)
    .filter(([name, level]) => LEVELS.indexOf(level) > LEVELS.indexOf(needed[name] ?? ''))
    .map(([name, level]) => `it holds ${name}: ${level}`);
}
