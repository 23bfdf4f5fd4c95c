/** How much of a pull request was read in the end, file by file. Pure. */

import { resultOf } from '../result-of.ts';
import type { FileCoverage } from '../result-records.ts';
import type { TaskRecords } from '../store-ports.ts';
import { groupOf, surveyOf } from './candidates.ts';
import { carriedSince } from './review-plan.ts';

export interface Coverage {
  /** One entry a changed file. */
  readonly files: readonly FileCoverage[];
  /** Of them, how many did not change since an earlier review read them, by its commit's short name. */
  readonly carriedOver: ReadonlyMap<string, number>;
}

const BEST_FIRST = ['full', 'part', 'skipped'] as const;
const NOBODY: Omit<FileCoverage, 'path'> = { read: 'skipped', reason: 'its reviewers did not finish' };

/** A file counts as read as well as its best reader read it, and never better than was planned. */
export function coverageOf(records: TaskRecords): Coverage {
  const survey = surveyOf(records);
  if (survey === null) return { files: [], carriedOver: new Map() };
  const grouped = new Map(survey.groups.flatMap(({ index, paths }) => paths.map((path) => [path, index])));
  const read = readByReviewers(records);
  const files = survey.manifest.map((planned) => {
    const group = grouped.get(planned.path);
    if (group === undefined) return planned;
    const best = read.get(key(group, planned.path)) ?? { path: planned.path, ...NOBODY };
    return worse(planned, best);
  });
  const carriedOver = new Map<string, number>();
  for (const entry of survey.manifest) {
    const since = carriedSince(entry);
    if (since !== null) carriedOver.set(since, (carriedOver.get(since) ?? 0) + 1);
  }
  return { files, carriedOver };
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
