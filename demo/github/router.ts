// Finds the operation for a path among templates written as GitHub's description writes them.
import type { Handler } from './reply.ts';

/** "GET /repos/{owner}/{repo}" → handler. */
export type Routes = Readonly<Record<string, Handler>>;

interface RouteMatch {
  readonly template: string;
  readonly params: Readonly<Record<string, string>>;
  readonly handler: Handler;
}

interface Compiled extends Omit<RouteMatch, 'params'> {
  readonly method: string;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly weight: number;
}

/** Parameters that may hold slashes, encoded or not. */
const greedy = new Set(['ref', 'branch', 'basehead', 'name']);
const compiledRoutes = new WeakMap<Routes, readonly Compiled[]>();

export function matchRoute(routes: Routes, method: string, path: string): RouteMatch | null {
  const known = compiledRoutes.get(routes) ?? compileAll(routes);
  compiledRoutes.set(routes, known);
  for (const { template, handler, method: wanted, pattern, names } of known) {
    if (wanted !== method) continue;
    const found = pattern.exec(path);
    if (!found) continue;
    const params = Object.fromEntries(names.map((name, index) => [name, decode(found[index + 1] ?? '')]));
    return { template, handler, params };
  }
  return null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Longer and more literal templates first, so that `commits/{ref}/status` wins over `commits/{ref}`. */
function compileAll(routes: Routes): Compiled[] {
  return Object.entries(routes)
    .map(([key, handler]) => compile(key, handler))
    .sort((a, b) => b.weight - a.weight);
}

function compile(key: string, handler: Handler): Compiled {
  const [method = '', template = ''] = key.split(' ');
  const names: string[] = [];
  const source = template.replace(/\{(\w+)\}|[.*+?^${}()|[\]\\]/g, (whole, name: string | undefined) => {
    if (name === undefined) return `\\${whole}`;
    names.push(name);
    if (name === 'path') return '(.*)';
    return greedy.has(name) ? '(.+)' : '([^/]+)';
  });
  const parts = template.split('/');
  const literal = parts.filter((part) => !part.startsWith('{')).length;
  return {
    template,
    handler,
    method,
    names,
    // A file path may be empty: `contents` and `contents/` are the root.
    pattern: new RegExp(`^${source.replace('/(.*)', '(?:/(.*))?')}/?$`),
    weight: literal * 10 + parts.length,
  };
}
