/** Which earlier findings a reading is told of, who judges them again, and what was said of them. Pure. */
import type { Result } from '../result-records.ts';
import { pathNow } from './finding-place.ts';
import type { EarlierFinding, FileGroup, Survey } from './review-records.ts';
import { rank } from './severity.ts';

/** Earlier findings that the reviewers of a group are told of. */
export const EARLIER_SHOWN_MAX = 60;

interface Shown {
  readonly id: string;
  readonly earlier: EarlierFinding;
}

/** The group that the files of a subtask are; undefined when the survey knows of none. */
export function groupReading(
  { groups }: Pick<Survey, 'groups'>,
  files: readonly string[],
): FileGroup | undefined {
  return groups.find(({ paths }) => paths.some((path) => files.includes(path)));
}

/**
 * In the survey's order, with the names that they have in a briefing: `E1` is the first of all. Over the limit, what the group is to
 * judge goes before what is open elsewhere, that before what is settled, and the graver before the slighter; nobody is asked
 * for the rest, and no word on it counts.
 */
export function earlierShown(survey: Survey, group: FileGroup | undefined): readonly Shown[] {
  const all = survey.earlier.map((earlier, index) => {
    const open = earlier.finding.state === 'open' ? 1 : 2;
    const use = group !== undefined && isToJudge(survey, group, earlier) ? 0 : open;
    return { id: `E${index + 1}`, earlier, index, use };
  });
  return all
    .sort((a, b) => a.use - b.use || rank(a.earlier.finding.severity) - rank(b.earlier.finding.severity))
    .slice(0, EARLIER_SHOWN_MAX)
    .sort((a, b) => a.index - b.index);
}

export function earlierToJudge(survey: Survey, group: FileGroup): readonly Shown[] {
  return earlierShown(survey, group).filter(({ earlier }) => isToJudge(survey, group, earlier));
}

function isToJudge(survey: Survey, group: FileGroup, earlier: EarlierFinding): boolean {
  const { finding, reread } = earlier;
  return finding.state === 'open' && reread && judgingGroup(survey, earlier)?.index === group.index;
}

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
