/** The part of a decision that changes what reviews remember. No task is moved by it, so nothing is rung for. */
import type { Change } from '../core/change.ts';
import type { StoreOperations } from '../core/ports.ts';

type ReviewChange = Extract<
  Change,
  {
    kind:
      | 'settle_finding'
      | 'pause_reviews'
      | 'resume_reviews'
      | 'note_push'
      | 'note_person'
      | 'remember'
      | 'forget_memory';
  }
>;

/** What concerns one pull request waits for its lock, as every change of its tasks does: see `lockTask`. */
export async function applyToReviews(
  tx: StoreOperations,
  change: ReviewChange,
  actor: string,
): Promise<void> {
  if ('of' in change) await tx.tasks.lockSubject(change.of.repositoryId, change.of.number);
  switch (change.kind) {
    case 'settle_finding': {
      const { state, by = actor, reason } = change;
      await tx.findings.settle(change.of, change.fingerprint, { state, by, reason });
      return;
    }
    case 'pause_reviews':
      return tx.watches.pause(change.of, change.why, actor);
    case 'resume_reviews':
      return tx.watches.resume(change.of, actor);
    case 'note_push':
      return tx.watches.notePush(change.of, change.headSha);
    case 'note_person':
      return tx.watches.notePerson(change.of);
    case 'remember':
      return tx.memories.add(change.memory, actor);
    case 'forget_memory':
      await tx.memories.forget(change.repositoryId, change.memoryId, actor);
      return;
  }
}
