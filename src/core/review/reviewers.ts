/** Who reviews a change: a pure function of the files that are read and of the roles' path patterns. */
import { owns } from '../path-filter.ts';
import type { SurveyedFile } from '../result-records.ts';
import type { Role } from '../roles.ts';

/** From this many areas on, the Architect reads the whole as well. */
const AREAS_FOR_ARCHITECT = 3;

/**
 * Specialists that own at least one of the files, in the order of `roles`. Files that nobody owns go to the Architect, and so
 * do those that span several areas; `acrossAreas` says that they are part of a change which does.
 */
export function reviewersOf(
  files: readonly Pick<SurveyedFile, 'path' | 'oldPath'>[],
  roles: readonly Role[],
  acrossAreas = false,
): readonly string[] {
  if (files.length === 0) return [];
  const owners = specialistsOf(files, roles);
  const architect = roles.find((role) => role.name === 'architect' && role.produces.includes('review'));
  const needed = acrossAreas || owners.length === 0 || owners.length >= AREAS_FOR_ARCHITECT;
  return needed && architect !== undefined ? [...owners, architect.name] : owners;
}

/** Whether files span so many areas that the Architect reads the whole of them. */
export function spansAreas(
  files: readonly Pick<SurveyedFile, 'path' | 'oldPath'>[],
  roles: readonly Role[],
): boolean {
  return specialistsOf(files, roles).length >= AREAS_FOR_ARCHITECT;
}

function specialistsOf(
  files: readonly Pick<SurveyedFile, 'path' | 'oldPath'>[],
  roles: readonly Role[],
): readonly string[] {
  const specialists = roles.filter((role) => role.tier === 2 && role.produces.includes('review'));
  const owners = specialists.filter(({ paths }) =>
    files.some((file) => owns(paths, file.path) || owns(paths, file.oldPath)),
  );
  return owners.map((role) => role.name);
}
