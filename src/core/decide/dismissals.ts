/** What people did to the threads of our findings, as changes: what is settled by it, and what the crew learns. Pure. */
import type { Change } from '../change.ts';
import type { NewMemory } from '../memory-ports.ts';
import { unwantedFinding, valuedFinding } from '../messages/memories.ts';
import type { Task } from '../records.ts';
import type { ReviewThread, TrackedFinding } from '../review/review-records.ts';

/** What is known of one pull request's findings. */
export interface Discussed {
  readonly findings: readonly TrackedFinding[];
  readonly threads: readonly ReviewThread[];
  readonly tasks: readonly Task[];
}

/**
 * Once each, however often it is seen: what is settled already stays as it is, and what is known is not learned again.
 * `deleted`: fingerprints of those whose comment is known to be deleted.
 */
export function settledByPeople(discussed: Discussed, deleted: readonly string[]): readonly Change[] {
  const gone = withoutThread(discussed).filter(({ fingerprint }) => deleted.includes(fingerprint));
  return [...saidInThreads(discussed), ...gone.map(deletion)];
}

function saidInThreads(discussed: Discussed): readonly Change[] {
  return discussed.findings.flatMap((finding) => {
    const thread = finding.state === 'open' ? threadOf(finding, discussed) : undefined;
    if (thread === undefined) return [];
    const [disliker] = thread.dislikedBy;
    if (disliker !== undefined) return dismissal(finding, thread, disliker, 'reacted with 👎');
    if (isDismissed(thread)) return dismissal(finding, thread, thread.resolvedBy, 'resolved the thread');
    const [liker] = thread.likedBy;
    if (liker === undefined) return [];
    const memory = memoryOf(finding, thread, 'valued', { by: liker, did: 'reacted with 👍' });
    return [{ kind: 'remember', memory }];
  });
}

/** Open findings that were found on lines and have no thread: folded in a review's body, on their way, or deleted. */
export function withoutThread(discussed: Discussed): readonly TrackedFinding[] {
  return discussed.findings.filter(
    (finding) =>
      finding.state === 'open' &&
      finding.anchor.kind === 'inline' &&
      threadOf(finding, discussed) === undefined,
  );
}

/** The finding's newest thread. What was done to the threads of a fault that was fixed says nothing of it when it is back. */
export function threadOf(
  finding: Pick<TrackedFinding, 'fingerprint' | 'taskId'>,
  { threads, tasks }: Pick<Discussed, 'threads' | 'tasks'>,
): ReviewThread | undefined {
  const [newest] = threads
    .filter(({ fingerprint }) => fingerprint === finding.fingerprint)
    .toSorted((a, b) => b.commentId - a.commentId);
  const begun = newest?.comments.find(({ id }) => id === newest.commentId)?.createdAt;
  const review = tasks.find(({ id }) => id === finding.taskId);
  return begun !== undefined && review !== undefined && isBefore(begun, review) ? undefined : newest;
}

/** Whether a comment is older than the task. GitHub tells whole seconds. */
export function isBefore(commentCreatedAt: string, task: Pick<Task, 'createdAt'>): boolean {
  return Date.parse(commentCreatedAt) + 1_000 <= Date.parse(task.createdAt);
}

/** Whoever deletes the comment leaves no place to settle the finding in; who it was, GitHub does not tell. */
function deletion({ repositoryId, number, fingerprint }: TrackedFinding): Change {
  return {
    kind: 'settle_finding',
    of: { repositoryId, number },
    fingerprint,
    state: 'dismissed',
    by: 'system',
    reason: 'Its comment was deleted.',
  };
}

/** A thread is resolved also when its lines were changed as it asked: whether they were mended, the next review decides. */
function isDismissed(thread: ReviewThread): thread is ReviewThread & { readonly resolvedBy: string } {
  return thread.resolved && thread.resolvedBy !== null && !thread.outdated;
}

export function dismissal(
  finding: TrackedFinding,
  thread: ReviewThread,
  by: string,
  did: string,
): readonly Change[] {
  const { repositoryId, number, fingerprint } = finding;
  return [
    {
      kind: 'settle_finding',
      of: { repositoryId, number },
      fingerprint,
      state: 'dismissed',
      by,
      reason: `${by} ${did}.`,
    },
    { kind: 'remember', memory: memoryOf(finding, thread, 'dismissed', { by, did }) },
  ];
}

function memoryOf(
  finding: TrackedFinding,
  thread: ReviewThread,
  kind: 'dismissed' | 'valued',
  { by, did }: { readonly by: string; readonly did: string },
): NewMemory {
  const { repositoryId, number, fingerprint, path } = finding;
  return {
    repositoryId,
    kind,
    text: kind === 'dismissed' ? unwantedFinding(finding) : valuedFinding(finding),
    path,
    evidence: { by, number, url: thread.url, quote: did },
    key: `${kind}:${repositoryId}:${number}:${fingerprint}`,
  };
}
