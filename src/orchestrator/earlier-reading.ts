/** What an earlier review of the same pull request read, for this one to go on from. */

import type { ReviewRequest } from '../core/request-records.ts';
import type { FileCoverage } from '../core/result-records.ts';
import { surveyOf } from '../core/review/candidates.ts';
import type { EarlierReading } from '../core/review/review-plan.ts';
import type { Store, TaskRecords } from '../core/store-ports.ts';

/** Null, which means that all is read, when there was none or when one of its reviewers did not come to an end. */
export async function earlierReading(
  store: Pick<Store, 'tasks'>,
  since: ReviewRequest['since'],
): Promise<EarlierReading | null> {
  const records = since === null ? null : await store.tasks.records(since.taskId);
  if (since === null || records === null) return null;
  const survey = surveyOf(records);
  const unread = records.subtasks.some(({ kind, state }) => kind === 'review' && state !== 'done');
  if (survey === null || unread) return null;
  const { files, manifest } = survey;
  return { files, manifest: asRead(manifest, records), headSha: since.headSha };
}

/** A reviewer may have been shown less than was planned. */
function asRead(manifest: readonly FileCoverage[], { results }: TaskRecords): readonly FileCoverage[] {
  const shown = new Map<string, FileCoverage>();
  for (const { outcome } of results) {
    if (outcome.kind !== 'findings') continue;
    for (const entry of outcome.coverage) {
      if (entry.read === 'skipped' || !shown.has(entry.path)) shown.set(entry.path, entry);
    }
  }
  return manifest.map((planned) => {
    const entry = shown.get(planned.path);
    return planned.read === 'full' && entry !== undefined ? entry : planned;
  });
}
