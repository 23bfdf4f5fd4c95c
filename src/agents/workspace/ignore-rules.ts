/** The base commit's ignore rules as one list, so that an agent that edits a .gitignore does not unearth build output. */

/**
 * Patterns of a `.gitignore` in `dir` (no slash at either end; '' for the root) as they read at the root of the
 * repository. https://git-scm.com/docs/gitignore#_pattern_format
 */
export function ignoreRulesAtRoot(dir: string, gitignore: string): readonly string[] {
  return gitignore
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => atRoot(dir, line));
}

function atRoot(dir: string, line: string): string {
  const negated = line.startsWith('!');
  const pattern = negated ? line.slice(1) : line;
  // With a slash that is not its last character a pattern is bound to its folder; otherwise it holds at any depth.
  const bound = pattern
    .replace(/(?:\\ |\s)+$/, '')
    .slice(0, -1)
    .includes('/');
  const prefix = dir === '' ? '' : `/${dir.replace(/[\\*?[\]!# ]/g, '\\$&')}/`;
  if (prefix === '') return line;
  const rest = bound ? pattern.replace(/^\//, '') : `**/${pattern}`;
  return `${negated ? '!' : ''}${prefix}${rest}`;
}
