/** Lists of globs as people write them: which paths they choose. Pure; a change can have thousands of files, so each list is compiled once. */
import { compileGlob, type Glob } from './glob.ts';

const compiled = new WeakMap<readonly string[], { readonly includes: Glob; readonly excludes: Glob }>();

/** Some pattern includes the path and no `!` pattern takes it out again; no patterns choose nothing. */
export function owns(patterns: readonly string[], path: string): boolean {
  const { includes, excludes } = matchersOf(patterns);
  const parts = path.split('/');
  return includes(parts) && !excludes(parts);
}

/** As `owns`, but where nothing is included by name, all is. */
export function chooses(patterns: readonly string[], path: string): boolean {
  const onlyTakesOut = patterns.every((pattern) => pattern.startsWith('!'));
  return onlyTakesOut ? !matchersOf(patterns).excludes(path.split('/')) : owns(patterns, path);
}

function matchersOf(patterns: readonly string[]) {
  const known = compiled.get(patterns);
  if (known !== undefined) return known;
  const isNegated = (pattern: string) => pattern.startsWith('!');
  const included = patterns.filter((pattern) => !isNegated(pattern));
  const excluded = patterns.filter(isNegated).map((pattern) => pattern.slice(1));
  const matchers = { includes: anyOf(included), excludes: anyOf(excluded) };
  compiled.set(patterns, matchers);
  return matchers;
}

/** An empty pattern matches nothing. */
function anyOf(patterns: readonly string[]): Glob {
  const globs = patterns.filter((pattern) => pattern !== '').map(compileGlob);
  return (parts) => globs.some((matches) => matches(parts));
}
