/** How much of a pull request was read in the end, file by file. Pure. */
import { groupOf, resultOf, surveyOf } from './candidates.ts';
import type { TaskRecords } from './ports.ts';
import type { FileCoverage } from './records.ts';

export interface Coverage {
  /** One entry a changed file. */
  readonly files: readonly FileCoverage[];
  /** Of them, those that an earlier review read and that did not change since. */
  readonly carriedOver: number;
  /** Commit at which they were read. */
  readonly since: string | null;
}

const BEST_FIRST = ['full', 'part', 'skipped'] as const;
const NOBODY: Omit<FileCoverage, 'path'> = { read: 'skipped', reason: 'its reviewers did not finish' };

/** A file counts as read as well as its best reader read it, and never better than was planned. */
export function coverageOf(records: TaskRecords): Coverage {
  const survey = surveyOf(records);
  if (survey === null) return { files: [], carriedOver: 0, since: null };
  const grouped = new Map(survey.groups.flatMap(({ index, paths }) => paths.map((path) => [path, index])));
  const read = readByReviewers(records);
  const files = survey.manifest.map((planned) => {
    const group = grouped.get(planned.path);
    if (group === undefined) return planned;
    const best = read.get(key(group, planned.path)) ?? { path: planned.path, ...NOBODY };
    return worse(planned, best);
  });
  const carried = survey.manifest.filter(({ path, read: how }) => !grouped.has(path) && how !== 'skipped');
  return { files, carriedOver: carried.length, since: survey.since?.headSha ?? null };
}

function readByReviewers(records: TaskRecords): ReadonlyMap<string, FileCoverage> {
  const best = new Map<string, FileCoverage>();
  for (const subtask of records.subtasks) {
    const outcome = subtask.kind === 'review' ? resultOf(records, subtask)?.outcome : undefined;
    if (outcome?.kind !== 'findings') continue;
    for (const file of outcome.coverage) {
      const name = key(groupOf(subtask), file.path);
      const known = best.get(name);
      if (known === undefined || order(file) < order(known)) best.set(name, file);
    }
  }
  return best;
}

function worse(a: FileCoverage, b: FileCoverage): FileCoverage {
  return order(b) > order(a) ? b : a;
}

function order({ read }: FileCoverage): number {
  return BEST_FIRST.indexOf(read);
}

function key(group: number, path: string): string {
  return `${group}:${path}`;
}
