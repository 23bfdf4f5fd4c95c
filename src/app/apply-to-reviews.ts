/** The part of a decision that changes what reviews remember. No task is moved by it; answers the effects that follow from it. */
import type { Change } from '../core/change.ts';
import type { NewEffect } from '../core/effect-ports.ts';
import { liftedBlock, mayBlock, reviewEffectKey } from '../core/review/lift-block.ts';
import type { StoreOperations } from '../core/store-ports.ts';

type ReviewChange = Extract<
  Change,
  {
    kind:
      | 'settle_finding'
      | 'pause_reviews'
      | 'resume_reviews'
      | 'note_push'
      | 'note_person'
      | 'note_ask'
      | 'remember'
      | 'forget_memory';
  }
>;

/** What concerns one pull request waits for its lock, as every change of its tasks does: see `lockTask`. */
export async function applyToReviews(
  tx: StoreOperations,
  change: ReviewChange,
  actor: string,
): Promise<readonly NewEffect[]> {
  if ('of' in change) await tx.tasks.lockSubject(change.of.repositoryId, change.of.number);
  switch (change.kind) {
    case 'settle_finding': {
      const { state, by = actor, reason } = change;
      const settled = await tx.findings.settle(change.of, change.fingerprint, { state, by, reason });
      return settled && state !== 'open' ? liftBlock(tx, change) : [];
    }
    case 'pause_reviews':
      await tx.watches.pause(change.of, change.why, actor);
      return [];
    case 'resume_reviews':
      await tx.watches.resume(change.of, actor);
      return [];
    case 'note_push':
      await tx.watches.notePush(change.of, change.headSha);
      return [];
    case 'note_person':
      await tx.watches.notePerson(change.of);
      return [];
    case 'note_ask':
      await tx.asks.note(change.of, actor);
      return [];
    case 'remember':
      await tx.memories.add(change.memory, actor);
      return [];
    case 'forget_memory':
      await tx.memories.forget(change.repositoryId, change.memoryId, actor);
      return [];
  }
}

/** Without a push and without a review, the last finding that called for changes may just have been settled. */
async function liftBlock(
  tx: StoreOperations,
  { of, fingerprint }: Extract<ReviewChange, { kind: 'settle_finding' }>,
): Promise<readonly NewEffect[]> {
  const tasks = await tx.tasks.onSubject(of.repositoryId, of.number);
  const reviews = [];
  for (const task of tasks.filter(mayBlock)) reviews.push(await tx.effects.byKey(reviewEffectKey(task)));
  const findings = await tx.findings.ofPull(of);
  const lifted = liftedBlock({ tasks, reviews, findings }, { finding: fingerprint });
  return lifted === null ? [] : [lifted];
}
