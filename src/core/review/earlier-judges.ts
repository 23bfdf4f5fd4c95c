/** Who judges an earlier finding again, and what was said of it. Pure. */
import type { Result } from '../records.ts';
import { pathNow } from './finding-place.ts';
import type { EarlierFinding, FileGroup, Survey } from './review-records.ts';

/**
 * The group whose reviewers are asked: the one that reads its file. A finding without lines may be about a file that the pull
 * request never changed: there, those who raised it are asked, or whoever reads first. Null: nobody is.
 */
export function judgingGroup(
  { files, groups }: Pick<Survey, 'files' | 'groups'>,
  earlier: EarlierFinding,
): FileGroup | null {
  const path = pathNow(earlier);
  const named = files.filter((file) => file.path === path || file.oldPath === path);
  if (named.length > 0) {
    const names = new Set([path, ...named.map((file) => file.path)]);
    return groups.find(({ paths }) => paths.some((known) => names.has(known))) ?? null;
  }
  if (hasLeft({ files }, earlier)) return null;
  const { roles } = earlier.finding;
  return groups.find(({ reviewers }) => reviewers.some((role) => roles.includes(role))) ?? groups[0] ?? null;
}

/** It stood on changed lines of a file in which nothing is changed any more. */
export function hasLeft({ files }: Pick<Survey, 'files'>, earlier: EarlierFinding): boolean {
  const path = pathNow(earlier);
  const changed = files.some((file) => file.path === path || file.oldPath === path);
  return !changed && earlier.finding.anchor.kind === 'inline';
}

export function verdictIn(result: Result | null, id: string): 'fixed' | 'stands' | null {
  if (result?.outcome.kind !== 'findings') return null;
  const said = result.outcome.answer.earlier.find((one) => one.id.trim().toUpperCase() === id);
  return said?.verdict ?? null;
}
