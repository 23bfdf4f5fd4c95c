/** What people did to the threads of our findings, as changes: what is settled by it, and what the crew learns. Pure. */
import type { Change } from '../change.ts';
import { unwantedFinding, valuedFinding } from '../messages/memories.ts';
import type { NewMemory } from '../ports.ts';
import type { ReviewThread, TrackedFinding } from '../review/review-records.ts';

/** Once each, however often it is seen: what is settled already stays as it is, and what is known is not learned again. */
export function settledByPeople(
  findings: readonly TrackedFinding[],
  threads: readonly ReviewThread[],
): readonly Change[] {
  return threads.flatMap((thread) => {
    const finding = findings.find(({ fingerprint }) => fingerprint === thread.fingerprint);
    if (finding?.state !== 'open') return [];
    const [disliker] = thread.dislikedBy;
    if (disliker !== undefined) return dismissal(finding, thread, disliker, 'reacted with 👎');
    if (isDismissed(thread)) return dismissal(finding, thread, thread.resolvedBy, 'resolved the thread');
    const [liker] = thread.likedBy;
    if (liker === undefined) return [];
    const memory = memoryOf(finding, thread, 'valued', { by: liker, did: 'reacted with 👍' });
    return [{ kind: 'remember', memory }];
  });
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
