/** Findings that an earlier review of the pull request published. */
import { randomUUID } from 'node:crypto';
import type { TrackedFinding } from '../../src/core/review/review-records.ts';
import { reviewTask, trackedFinding } from '../support/records.ts';
import type { TestCrew } from './crew.ts';

/** The first has the fingerprint 000…0, the second 000…1, and so on. */
export async function raiseFindings(
  { store }: TestCrew,
  ...changes: readonly Partial<TrackedFinding>[]
): Promise<void> {
  const { task } = await store.tasks.create({ ...reviewTask(), requestKey: randomUUID() }, 'mona');
  await store.tasks.move(task.id, 'done', { reason: null, actor: 'system' });
  const findings = changes.map((change, at) =>
    trackedFinding({ taskId: task.id, fingerprint: String(at).padStart(16, '0'), ...change }),
  );
  await store.findings.raise(findings, 'system');
}
