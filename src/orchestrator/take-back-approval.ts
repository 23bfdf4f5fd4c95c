/** Plans the end of approvals that a review speaks against; in the transaction that remembers what it found, with the pull request locked. */

import type { Task } from '../core/records.ts';
import { reviewEffectKey } from '../core/review/lift-block.ts';
import { mayApprove, takenBackApproval } from '../core/review/take-back-approval.ts';
import type { StoreOperations } from '../core/store-ports.ts';

export async function takeBackApproval(tx: StoreOperations, task: Task, why: string): Promise<void> {
  const tasks = await tx.tasks.onSubject(task.repository.id, task.subject.number);
  const reviews = [];
  for (const known of tasks.filter(mayApprove)) reviews.push(await tx.effects.byKey(reviewEffectKey(known)));
  const takenBack = takenBackApproval(reviews, { task, why });
  if (takenBack !== null) await tx.effects.plan([takenBack]);
}
