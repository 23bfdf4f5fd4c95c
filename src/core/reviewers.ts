/** Who reviews a pull request: a pure function of the changed files and the roles' path patterns. */
import picomatch from 'picomatch';
import type { SurveyedFile } from './records.ts';
import type { Role } from './roles.ts';
import { ownsPath } from './roles.ts';

/** From this many areas on, the Architect reads the whole as well. */
const AREAS_FOR_ARCHITECT = 3;

/**
 * Specialists that own at least one changed file which `paths` does not leave out, in the order of `roles`. A change that nobody
 * owns goes to the Architect, and so does one that spans several areas.
 */
export function reviewersOf(
  files: readonly SurveyedFile[],
  roles: readonly Role[],
  paths: readonly string[],
): readonly string[] {
  const wanted = readableFiles(files, paths);
  if (wanted.length === 0) return [];
  const specialists = roles.filter((role) => role.tier === 2 && role.produces.includes('review'));
  const owners = specialists.filter((role) =>
    wanted.some((file) => ownsPath(role, file.path) || ownsPath(role, file.oldPath)),
  );
  const names = owners.map((role) => role.name);
  const architect = roles.find((role) => role.name === 'architect' && role.produces.includes('review'));
  const needed = names.length === 0 || names.length >= AREAS_FOR_ARCHITECT;
  return needed && architect !== undefined ? [...names, architect.name] : names;
}

/** Files that a reviewer could read: text, and chosen by the configuration's `paths` (`!` excludes; no patterns choose all). */
function readableFiles(files: readonly SurveyedFile[], paths: readonly string[]): readonly SurveyedFile[] {
  const included = paths.filter((pattern) => !pattern.startsWith('!'));
  const excluded = paths.filter((pattern) => pattern.startsWith('!')).map((pattern) => pattern.slice(1));
  const includes = included.length === 0 ? () => true : picomatch(included, { dot: true });
  const excludes = excluded.length === 0 ? () => false : picomatch(excluded, { dot: true });
  return files.filter((file) => !file.binary && includes(file.path) && !excludes(file.path));
}
