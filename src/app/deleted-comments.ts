/** Which findings stood on GitHub as a comment that somebody deleted since: nobody can settle them in a thread any more. */
import { isBefore } from '../core/decide/dismissals.ts';
import type { GitHubReader } from '../core/github-ports.ts';
import type { Repository, Subject } from '../core/records.ts';
import { reviewEffectKey } from '../core/review/lift-block.ts';
import type { TrackedFinding } from '../core/review/review-records.ts';
import type { TaskRecords } from '../core/store-ports.ts';

/** A comment that was published more recently may be missing in GitHub's reads only because they lag behind. */
const SHOWN_AFTER_MS = 60_000;

export interface DeletedCommentsQuery {
  readonly repository: Repository;
  readonly subject: Pick<Subject, 'number'>;
  /** Of that pull request. */
  readonly findings: readonly TrackedFinding[];
  readonly reader: Pick<GitHubReader, 'shownFindings'>;
  readonly records: (taskId: string) => Promise<TaskRecords | null>;
  readonly now: Date;
}

/** Fingerprints of those; none where it cannot be known. GitHub is asked nothing about what never was a comment. */
export async function deletedComments(query: DeletedCommentsQuery): Promise<readonly string[]> {
  const published = await publishedComments(query);
  if (published.length === 0) return [];
  const shown = await query.reader.shownFindings(query.repository, query.subject.number);
  if (shown === null) return [];
  const isShown = ({ fingerprint, task }: Published) =>
    shown.some((one) => one.fingerprint === fingerprint && !isBefore(one.createdAt, task));
  return published.filter((one) => !isShown(one)).map(({ fingerprint }) => fingerprint);
}

interface Published {
  readonly fingerprint: string;
  /** The review that raised it. */
  readonly task: TaskRecords['task'];
}

async function publishedComments({
  findings,
  records,
  now,
}: DeletedCommentsQuery): Promise<readonly Published[]> {
  const published: Published[] = [];
  for (const taskId of new Set(findings.map((finding) => finding.taskId))) {
    const known = await records(taskId);
    const review = known?.effects.find(({ key }) => key === reviewEffectKey({ id: taskId }));
    if (known === null || review?.state !== 'done' || review.doneAt === null) continue;
    if (now.getTime() - Date.parse(review.doneAt) < SHOWN_AFTER_MS) continue;
    const commented = new Set(review.outcome?.commented);
    for (const finding of findings) {
      const { fingerprint } = finding;
      if (finding.taskId === taskId && commented.has(fingerprint)) {
        published.push({ fingerprint, task: known.task });
      }
    }
  }
  return published;
}
